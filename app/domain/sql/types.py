"""The types of values that statements bind."""

POSTGRESQL = {str: "text", int: "bigint", float: "double precision"}
"""PostgreSQL's names of types, by Python's."""
