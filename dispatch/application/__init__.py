"""Use cases: the zone writer, the planner, tracking, views; everything from outside comes through `ports`."""
