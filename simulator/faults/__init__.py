"""Real processes that are killed, stopped, starved and cut off while couriers ride, and the audit of what is left."""
