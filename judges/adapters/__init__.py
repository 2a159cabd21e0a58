"""Ways to providers whose protocol our own client does not speak."""
