"""What is really on the shelf: stock, holds and the ledger that explains them."""
