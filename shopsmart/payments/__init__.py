"""Money: attempts to pay, what was captured, what went back, and what gateways tell us about it."""
