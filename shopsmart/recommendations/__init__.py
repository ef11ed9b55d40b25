"""What somebody may want next: bought before, bought with what lies in the cart, bought around here just now."""
