"""Files of shops as import lines: the rows are gathered by product, and each product is a line."""
