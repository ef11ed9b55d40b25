"""What a store's shelf shows: listings joined with their products and with what is left of them."""
