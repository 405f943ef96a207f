"""The members of products and variants: one table of them, their types, and how each is read."""
