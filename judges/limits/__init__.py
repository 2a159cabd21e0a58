"""What holds calls back: places in flight, rates, a breaker, and the dispatcher that owns all retries."""
