"""Many products at once: batches, imports, exports and feeds."""
