"""The durable store: one code path for SQLite (a single process) and PostgreSQL."""
