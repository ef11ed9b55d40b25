"""What may be sold: products, their categories, and each store's list of them with its price."""
