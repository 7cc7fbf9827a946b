"""The ports, filled by real parts: SQL, Valkey, child processes."""
