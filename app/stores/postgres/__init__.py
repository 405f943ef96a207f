"""PostgreSQL: connections, sessions, and units of work."""
