"""What somebody means to buy. A cart takes no stock and freezes no price."""
