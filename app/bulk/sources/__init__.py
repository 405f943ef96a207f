"""Bytes and lines of a file, and what kind of file it is."""
