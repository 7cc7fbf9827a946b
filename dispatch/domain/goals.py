"""Goals of a zone: the figures that its desk wants to reach. They steer people, not the planner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goals:
    """A zone's goals; `version` counts the changes, 0 is what every zone begins with.

    At least `on_time_pct` of the deliveries of an hour by their promise, at least `orders_per_courier_hour`; at most
    `at_risk_pct` and `late_pct` of the open orders, at most `door_min` minutes from order to door for half of them, and
    at most `waiting_orders` orders that have had no courier for longer than `waiting_s`.
    """

    version: int = 0
    on_time_pct: float = 95.0
    at_risk_pct: float = 10.0
    late_pct: float = 3.0
    door_min: float = 40.0
    orders_per_courier_hour: float = 2.0
    waiting_orders: int = 0
    waiting_s: int = 120


FIRST_GOALS = Goals()
"""95% on time, and a courier within two minutes: what a zone that has set nothing is measured by."""
