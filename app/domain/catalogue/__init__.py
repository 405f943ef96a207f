"""Products, categories and images: their members, rows, lists and edits."""
