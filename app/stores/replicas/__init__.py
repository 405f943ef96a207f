"""Reads on replicas of PostgreSQL that have what the caller wrote."""
