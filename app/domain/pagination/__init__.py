"""Keyset pagination: cursors, the SQL of a page, and the columns that it reads."""
