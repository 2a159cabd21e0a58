"""GPQA: four options in an order that only id and draw decide, a prompt of our own, and an exam that proves itself."""
