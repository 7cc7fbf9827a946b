"""What a plan costs: every term with its unit, its price and its reason, in this one place.

All prices are in seconds of riding: a term priced 0.3 per second trades one of its seconds for 0.3 s on the road.
Figures without a source are house figures, to be tuned against the benchmarks.
"""

from dataclasses import dataclass

from dispatch.domain.vehicle import Profile

FUEL_PER_S: dict[Profile, float] = {
    Profile.FOOT: 0.0,
    Profile.BIKE: 0.0,
    Profile.EBIKE: 0.02,
    Profile.MOTORBIKE: 0.15,
    Profile.CAR: 0.35,
    Profile.VAN: 0.5,
}
"""What a second on the road burns, energy and its CO2, in seconds of a courier's time (house figures)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The price of each term; `TERMS` says what each is for."""

    travel: float = 1.0
    fuel: float = 1.0
    waiting: float = 0.1
    delivery: float = 0.3
    late: float = 2.0
    late_square_s: float = 300.0
    late_margin_s: float = 0.0
    """So long before the promise an arrival counts as late: how long stops take is never known to the minute."""
    on_board: float = 4.0
    overtime: float = 1.0
    fairness: float = 1.0
    unfamiliar: float = 60.0
    refusal: float = 1.0
    moved_order: float = 240.0
    reordered_route: float = 45.0
    reordered_soon: float = 90.0
    soon_s: float = 600.0
    unserved: float = 100_000.0
    max_route_orders: int = 12


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the objective, for people: `weight` names the field of `Weights` that prices it."""

    name: str
    unit: str
    weight: str
    reason: str


TERMS: tuple[Term, ...] = (
    Term("travel", "s on the road", "travel", "a courier's time and kilometres; the currency of all other terms"),
    Term("fuel", "s on the road", "fuel", "energy and CO2: the van stays in when the bike will do"),
    Term(
        "waiting", "s at stops", "waiting", "waiting for goods is cheap: their ready time binds more than the courier"
    ),
    Term("delivery", "s from ready to the door", "delivery", "among plans without lateness, the sooner meal is better"),
    Term("late", "s after the promise", "late", "a promise broken costs more than the detour that would have kept it"),
    Term("late_square", "s² after the promise", "late_square_s", "one order 20 min late is worse than two 10 min late"),
    Term("on_board", "s longer than allowed", "on_board", "what is cold or fragile does not ride around"),
    Term("overtime", "s after the shift", "overtime", "people go home when they were told"),
    Term("fairness", "s", "fairness", "who has had little work and pay comes first; freelancers come after the own"),
    Term("unfamiliar", "orders", "unfamiliar", "who knows the doors of an area is faster there than the map says"),
    Term("refusal", "s", "refusal", "an offer that will probably be refused costs a timer and a customer's patience"),
    Term("moved_order", "orders", "moved_order", "an order that changes courier breaks what two people had in mind"),
    Term(
        "reordered_route",
        "routes",
        "reordered_route",
        "a courier who has seen a sequence is not given another for seconds",
    ),
    Term("reordered_soon", "routes", "reordered_soon", "the sooner the stop that changes, the more it disturbs"),
    Term("unserved", "orders", "unserved", "more than any lateness: whoever can be served is served"),
)
