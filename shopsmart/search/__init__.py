"""Finding goods: words to products, and the lists, filters and suggestions built on that."""
