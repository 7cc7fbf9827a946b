"""What a plan costs: every term with its unit, its price and its reason, in this one place.

All prices are in seconds of riding: a term priced 0.3 per second trades one of its seconds for 0.3 s on the road.
Figures without a source are house figures, to be tuned against the benchmarks.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """The price of each term; `TERMS` says what each is for."""

    travel: float = 1.0
    waiting: float = 0.1
    delivery: float = 0.3
    late: float = 2.0
    late_square_s: float = 300.0
    moved_order: float = 240.0
    reordered_route: float = 45.0
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
    Term(
        "waiting", "s at stops", "waiting", "waiting for goods is cheap: their ready time binds more than the courier"
    ),
    Term("delivery", "s from ready to the door", "delivery", "among plans without lateness, the sooner meal is better"),
    Term("late", "s after the promise", "late", "a promise broken costs more than the detour that would have kept it"),
    Term("late_square", "s² after the promise", "late_square_s", "one order 20 min late is worse than two 10 min late"),
    Term("moved_order", "orders", "moved_order", "an order that changes courier breaks what two people had in mind"),
    Term(
        "reordered_route",
        "routes",
        "reordered_route",
        "a courier who has seen a sequence is not given another for seconds",
    ),
    Term("unserved", "orders", "unserved", "more than any lateness: whoever can be served is served"),
)
