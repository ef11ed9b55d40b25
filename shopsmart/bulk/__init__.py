"""Files of products and listings: read in, row by row, and written out."""
