"""Header fields: parsed and printed."""
