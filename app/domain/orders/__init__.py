"""Orders: placed, read and cancelled."""
