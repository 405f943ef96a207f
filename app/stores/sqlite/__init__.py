"""SQLite: reads, snapshots, and one writer."""
