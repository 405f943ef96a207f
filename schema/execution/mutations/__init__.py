"""Mutations: one object, or a batch with a result for each operation."""
