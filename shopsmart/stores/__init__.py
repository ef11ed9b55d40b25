"""Dark stores: where they are, whom they serve, and when they are open."""
