"""Which store serves an order, and why."""
