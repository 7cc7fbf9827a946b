"""The fast path: new orders into the routes as they are, each where it costs least; nothing else moves.

Only the nearest couriers are priced; frozen stops, capacity, refusals and locks bind. Which order is put in next
matters when several wait, so two ways are gone and the better one is kept:

- by assignment: OR-Tools pairs all orders with couriers at once; whoever is paired with their best courier is put in,
  the others are priced again and paired in the next round;
- by regret-2 (Potvin and Rousseau 1993): next comes the order that would lose most without its best courier.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dispatch.domain.order import TO_DELIVER
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.planning import assignment
from dispatch.planning.eligibility import candidates
from dispatch.planning.kernel import Ints, Tail, VisitTable, insertion_costs, tail_costs, tail_of, visit_table
from dispatch.planning.objective import gain
from dispatch.planning.problem import Plan, PlanCourier, PlanOrder, Problem, Visit, stops_of
from dispatch.planning.retime import planned_route

ENGINE = "insertion"
NEAREST = 16
"""Couriers priced for an order; farther ones are asked only when none of these can."""
BATCH = 64
"""Orders placed in one go, the most urgent first; the next go takes the others."""
PAIRED = 20
"""More orders than this are placed by regret alone: milliseconds count, and in a rush the two ways differ little."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """The best way to put an order into one courier's route."""

    extra: float
    rows: Ints


@dataclass(eq=False)
class Desk:
    """The routes as they grow while orders are put in; `choices[order][courier]` are the ways still open."""

    problem: Problem
    table: VisitTable
    tails: dict[str, Tail]
    base: dict[str, float]
    choices: dict[str, dict[str, _Choice]] = field(default_factory=dict)

    def price(self, work: Sequence[tuple[str, str]]) -> None:
        """Find the best positions for (order, courier) pairs."""
        if not work:
            return
        costs, rows = insertion_costs(
            self.problem, self.table, [(self.tails[c], new_visits(self.problem.orders[o])) for o, c in work]
        )
        for (order_id, courier_id), cost, best in zip(work, costs.tolist(), rows, strict=True):
            if cost < np.inf:
                self.choices.setdefault(order_id, {})[courier_id] = _Choice(cost - self.base[courier_id], best)

    def copy(self) -> "Desk":
        """The same routes and prices, to be changed apart from these."""
        choices = {order_id: dict(known) for order_id, known in self.choices.items()}
        return Desk(self.problem, self.table, dict(self.tails), dict(self.base), choices)

    def next_by_regret(self) -> list[str]:
        """The order with the largest regret."""
        return [max(self.choices, key=lambda order_id: (_regret(self.choices[order_id]), order_id))]

    def next_by_assignment(self) -> list[str]:
        """The orders that the cheapest pairing gives to their best courier.

        There is always one: were all of them paired with others, passing the best couriers round would be cheaper.
        Rounded prices can hide that in a tie; then the largest regret decides.
        """
        extras = {o: {c: way.extra for c, way in ways.items()} for o, ways in self.choices.items()}
        pairs = assignment.cheapest_pairs(extras)
        served = [o for o, c in pairs.items() if c == _best(self.choices[o])]
        return served or self.next_by_regret()

    def place(self, order_id: str) -> str:
        """Put an order into its best courier's route; price the others there again. Returns the courier."""
        ways = self.choices.pop(order_id)
        courier_id = _best(ways)
        self.tails[courier_id] = replace(self.tails[courier_id], rows=ways[courier_id].rows)
        self.base[courier_id] += ways[courier_id].extra
        affected = [(o, courier_id) for o, known in self.choices.items() if known.pop(courier_id, None)]
        if self._order_count(courier_id) < self.problem.weights.max_route_orders:
            self.price(affected)
        self.choices = {o: known for o, known in self.choices.items() if known}
        return courier_id

    def route(self, courier_id: str) -> PlannedRoute:
        """A courier's route as it has become."""
        courier, ids = self.problem.by_id[courier_id], list(self.table.row)
        kinds = (StopKind.PICKUP, StopKind.DROPOFF)
        visits = [(kinds[row % 2], ids[row // 2]) for row in self.tails[courier_id].rows.tolist()]
        return planned_route(self.problem, courier, courier.frozen + stops_of(self.problem, visits))

    def _order_count(self, courier_id: str) -> int:
        frozen = {o for stop in self.problem.by_id[courier_id].frozen for o in stop.order_ids}
        rows = self.tails[courier_id].rows
        return len(frozen) + len(np.unique(rows // 2))


def insert_waiting(problem: Problem, order_ids: Iterable[str] | None = None) -> Plan:
    """A plan that serves the waiting orders (or these of them), as many as can be; the rest with their reasons.

    Reasons: "no_courier_on_duty", "no_position", "everyone_declined", "too_heavy", "unreachable", "all_busy"; and
    "queued", which the next call will look at.
    """
    wanted = problem.waiting if order_ids is None else [o for o in order_ids if o not in problem.routed]
    new = sorted((problem.orders[o] for o in wanted), key=lambda o: (-o.order.priority, o.order.promise_at_ms, o.id))
    refused = {order.id: "queued" for order in new[BATCH:]}
    desk = desk_of(problem)
    near = _Nearness(desk)
    for order in new[:BATCH]:
        fit, reason = candidates(problem, order)
        if reason or not _price_nearest(desk, order, near.sort(order, fit)):
            refused[order.id] = reason or "all_busy"
    ways = [_fill(desk.copy(), Desk.next_by_regret, (ENGINE,))]
    if len(new) <= PAIRED:
        ways.insert(0, _fill(desk, Desk.next_by_assignment, (ENGINE, assignment.ENGINE)))
    best = max(ways, key=lambda plan: plan.gain)
    return replace(best, refused={**refused, **best.refused})


def _fill(desk: Desk, next_orders: Callable[[Desk], list[str]], engines: tuple[str, ...]) -> Plan:
    """The plan that comes of placing order after order; whoever lost the last way in the meantime is queued."""
    left, touched = set(desk.choices), set[str]()
    while desk.choices:
        for order_id in next_orders(desk):
            touched.add(desk.place(order_id))
            left.discard(order_id)
    routes = tuple(desk.route(courier_id) for courier_id in sorted(touched))
    refused = dict.fromkeys(left, "queued")
    return Plan(desk.problem.version, routes, engines, gain(desk.problem, routes), refused)


def new_visits(order: PlanOrder) -> list[Visit]:
    """What has to be added to a route for an order: the drop-off alone when the goods are on board."""
    dropoff: Visit = (StopKind.DROPOFF, order.id)
    return [dropoff] if order.order.status in TO_DELIVER else [(StopKind.PICKUP, order.id), dropoff]


def desk_of(problem: Problem) -> Desk:
    """The routes as they are."""
    table = visit_table(problem)
    tails = {courier.id: tail_of(problem, table, courier) for courier in problem.couriers}
    costs = tail_costs(problem, table, list(tails.values()))
    return Desk(problem, table, tails, dict(zip(tails, costs.tolist(), strict=True)))


def _best(ways: Mapping[str, _Choice]) -> str:
    """The courier who takes the order at the least extra cost."""
    return min(ways, key=lambda c: (ways[c].extra, c))


def _regret(ways: Mapping[str, _Choice]) -> float:
    """What the order loses with its second-best courier; without a second, everything."""
    extras = sorted(way.extra for way in ways.values())
    return extras[1] - extras[0] if len(extras) > 1 else float("inf")


def _price_nearest(desk: Desk, order: PlanOrder, couriers: Sequence[str]) -> bool:
    """Price the nearest couriers, the others only when none of those can. False when nobody can."""
    for part in (couriers[:NEAREST], couriers[NEAREST:]):
        desk.price([(order.id, courier_id) for courier_id in part])
        if order.id in desk.choices:
            return True
    return False


class _Nearness:
    """How near every courier comes to a place on their way."""

    def __init__(self, desk: Desk) -> None:
        tails, self._table = list(desk.tails.values()), desk.table
        spots = [np.concatenate(([tail.place], desk.table.place[tail.rows])) for tail in tails]
        offsets = [desk.table.offset[tail.courier.profile] for tail in tails]
        sizes = [len(spot) for spot in spots]
        self._of = {tail.courier.id: k for k, tail in enumerate(tails)}
        self._first = np.cumsum([0, *sizes[:-1]])
        self._legs = (
            np.concatenate(spots) * desk.table.places + np.repeat(offsets, sizes) if spots else np.empty(0, int)
        )

    def sort(self, order: PlanOrder, couriers: Sequence[PlanCourier]) -> list[str]:
        """The ids of these couriers, the nearest to the order's depot first."""
        away_ms = np.minimum.reduceat(self._table.legs[self._legs + order.pickup], self._first)
        return sorted((c.id for c in couriers), key=lambda c: (away_ms[self._of[c]], c))
