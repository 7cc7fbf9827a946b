"""Which part of a zone to improve next: a handful of couriers who come near each other, enough for a second of search.

Near means in space and in time: two couriers who pass one corner within minutes of each other have orders to exchange,
two who pass it an hour apart have not. The choice is made from a sketch, so that only the part is looked at closely.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dispatch.planning.problem import PlanCourier, PlanOrder, Problem

Floats = npt.NDArray[np.float64]

MAX_COURIERS = 14
MAX_ORDERS = 90
_PACE_MPS = 4.0
"""How fast a courier comes about in a straight line, to weigh metres against seconds."""
_TIME_SHARE = 0.25
"""A second apart in time counts so many seconds apart in space: what is later can still be moved to earlier."""


@dataclass(frozen=True, eq=False, slots=True)
class Sketch:
    """n couriers by their spots: where they are, and their stops ahead.

    `east_m`, `north_m` are [n, spots], NaN where there is none; `in_s` [n, spots] says in how many seconds they will be
    there; `orders` [n] how many orders they have.
    """

    ids: tuple[str, ...]
    east_m: Floats
    north_m: Floats
    in_s: Floats
    orders: npt.NDArray[np.int64]


def neighbourhood(
    sketch: Sketch, centre_id: str, max_couriers: int = MAX_COURIERS, max_orders: int = MAX_ORDERS
) -> list[str]:
    """The ids of a courier and the nearest others, at most so many couriers with so many orders; the centre first.

    At most a third of them have nothing to do: one more idle courier offers little that the nearest ones do not.
    """
    centre = sketch.ids.index(centre_id)
    near = np.argsort(_apart_s(sketch, centre), kind="stable")
    idle = sketch.orders[near] == 0
    near = near[~idle | (np.cumsum(idle) <= max_couriers // 3)][:max_couriers]
    orders = np.cumsum(sketch.orders[near])
    enough = max(1, int(np.searchsorted(orders, max_orders, side="right")))
    return [sketch.ids[row] for row in near[:enough].tolist()]


def _apart_s(sketch: Sketch, centre: int) -> Floats:
    """[n] seconds between the centre and each courier where they come nearest to each other."""
    apart = np.full(len(sketch.ids), np.inf)
    for spot in np.flatnonzero(~np.isnan(sketch.east_m[centre])).tolist():
        ahead_m = np.hypot(sketch.east_m - sketch.east_m[centre, spot], sketch.north_m - sketch.north_m[centre, spot])
        seconds = ahead_m / _PACE_MPS + _TIME_SHARE * np.abs(sketch.in_s - sketch.in_s[centre, spot])
        apart = np.fmin(apart, np.fmin.reduce(seconds, axis=1))
    apart[centre] = -1.0
    return apart


class Turns:
    """Whose neighbourhood is next: those who changed at once, the others again after `again_ms` of business time.

    Everybody has a moment when they are due, and the earliest comes first; so when there is too little time for all,
    those who changed come sooner than the others, but nobody is forgotten.
    """

    def __init__(self, again_ms: int) -> None:
        self._again_ms = again_ms
        self._changed: set[str] = set()
        self._covered_at_ms: dict[str, int] = {}

    def change(self, courier_id: str) -> None:
        """Something about a courier's work is new."""
        self._changed.add(courier_id)

    def cover(self, ids: Collection[str], now_ms: int) -> None:
        """These were just part of a round."""
        self._changed.difference_update(ids)
        self._covered_at_ms |= dict.fromkeys(ids, now_ms)

    def waiting(self, ids: Iterable[str], now_ms: int) -> int:
        """How many of these are due."""
        return sum(self._due_at_ms(each) <= now_ms for each in ids)

    def next(self, ids: Iterable[str], now_ms: int) -> str | None:
        """Who of these is due first; None when nobody is."""
        first = min(ids, key=lambda each: (self._due_at_ms(each), each), default=None)
        return first if first is not None and self._due_at_ms(first) <= now_ms else None

    def _due_at_ms(self, courier_id: str) -> int:
        covered_at_ms = self._covered_at_ms.get(courier_id)
        if covered_at_ms is None:
            return 0
        return covered_at_ms + (0 if courier_id in self._changed else self._again_ms)


def focus(problem: Problem, seed: int) -> Problem:
    """The problem of one courier with work (another one for each seed), the nearest others, and the waiting orders.

    The whole problem when it is small. Routes outside are left as they are.
    """
    busy = [courier for courier in problem.couriers if courier.planned]
    if not busy or _small(problem):
        return problem
    centre = busy[seed % len(busy)]
    near = sorted(problem.couriers, key=lambda courier: (_apart_ms(problem, centre, courier), courier.id))
    chosen: list[PlanCourier] = []
    orders = 0
    for courier in near[:MAX_COURIERS]:
        orders += problem.order_counts[courier.id]
        if chosen and orders > MAX_ORDERS:
            break
        chosen.append(courier)
    ids = {courier.id for courier in chosen}
    room = max(0, MAX_ORDERS - sum(problem.order_counts[courier_id] for courier_id in ids))
    waiting = set(problem.waiting[:room])
    kept = {o: order for o, order in problem.orders.items() if o in waiting or problem.routed.get(o) in ids}
    return _compact(replace(problem, couriers=tuple(c for c in problem.couriers if c.id in ids), orders=kept))


def _compact(problem: Problem) -> Problem:
    """The same problem over the places that it still uses, so that it is small enough to send around."""
    orders = problem.orders.values()
    ends = [place for o in orders for place in (o.pickup, o.dropoff, *(option.place for option in o.options))]
    couriers = [place for c in problem.couriers for place in (c.start, c.end) if place >= 0]
    used = sorted({*ends, *couriers})
    new = {place: k for k, place in enumerate(used)} | {-1: -1}
    profiles = {courier.profile for courier in problem.couriers}
    return replace(
        problem,
        couriers=tuple(replace(c, start=new[c.start], end=new[c.end]) for c in problem.couriers),
        orders={o.id: _moved(o, new) for o in orders},
        travel_ms={p: legs[np.ix_(used, used)] for p, legs in problem.travel_ms.items() if p in profiles},
    )


def _moved(order: PlanOrder, new: dict[int, int]) -> PlanOrder:
    options = tuple(replace(option, place=new[option.place]) for option in order.options)
    return replace(order, pickup=new[order.pickup], dropoff=new[order.dropoff], options=options)


def _small(problem: Problem) -> bool:
    return len(problem.couriers) <= MAX_COURIERS and len(problem.orders) <= MAX_ORDERS


def _apart_ms(problem: Problem, centre: PlanCourier, courier: PlanCourier) -> int:
    """How far a courier is from the places of the centre's stops, by the nearest of them."""
    if courier is centre:
        return -1
    legs = problem.travel_ms[courier.profile]
    return min(int(legs[courier.start, problem.place(stop)]) for stop in centre.planned)
