"""Places by name: where people say they are, and what the spot under a pin is called."""
