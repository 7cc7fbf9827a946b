"""The whole service in one process on virtual time: seeded schedules and faults, and a judge over all that happened."""
