"""The fast path: new orders into the routes as they are, each where it costs least; nothing else moves.

Only the nearest couriers are priced, by the compiled kernel; frozen stops, capacity, refusals and locks bind. Which
order is put in next matters when several wait, so two ways are gone and the better one is kept:

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
from dispatch.planning.objective import gain
from dispatch.planning.problem import Plan, PlanOrder, Problem, Visit
from dispatch.planning.retime import planned_route
from dispatch.planning.search import annealing, placing, ruin
from dispatch.planning.search.encode import Encoded, encode
from dispatch.planning.search.layout import State, copied

ENGINE = "insertion"
NEAREST = 16
"""Couriers priced for an order; farther ones are asked only when none of these can."""
BATCH = 64
"""Orders placed in one go, the most urgent first; the next go takes the others."""
PAIRED = 20
"""More orders than this are placed by regret alone: milliseconds count, and in a rush the two ways differ little."""


@dataclass(eq=False)
class Desk:
    """The routes as they grow while orders are put in; `choices[order][courier]` are the extra costs still open."""

    encoded: Encoded
    state: State
    choices: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._row = {order_id: r for r, order_id in enumerate(self.encoded.order_ids)}
        self._column = {courier.id: k for k, courier in enumerate(self.encoded.problem.couriers)}

    def price(self, work: Sequence[tuple[str, str]]) -> None:
        """Find the best positions for (order, courier) pairs."""
        if not work:
            return
        rows, columns = np.array([(self._row[o], self._column[c]) for o, c in work]).T
        costs = np.empty(len(work))
        placing.place_pairs(self.encoded.instance, self.state, rows.copy(), columns.copy(), costs)
        for (order_id, courier_id), cost in zip(work, costs.tolist(), strict=True):
            if cost < np.inf:
                self.choices.setdefault(order_id, {})[courier_id] = cost

    def nearest(self, order_id: str, courier_ids: Sequence[str]) -> list[str]:
        """These couriers, those first who come nearest to one of the order's depots on their way."""
        instance, width = self.encoded.instance, int(self.encoded.instance.settings["options"][0]) + 1
        visits = instance.visits["place"][self._row[order_id] * width : (self._row[order_id] + 1) * width]
        away, nearest = np.empty(len(self._column)), np.full(len(self._column), np.inf)
        for place in visits[:-1][visits[:-1] >= 0]:
            placing.approach(instance, self.state, int(place), away)
            nearest = np.minimum(nearest, away)
        return sorted(courier_ids, key=lambda c: (nearest[self._column[c]], c))

    def copy(self) -> "Desk":
        """The same routes and prices, to be changed apart from these."""
        return Desk(
            self.encoded, copied(self.state), {order_id: dict(known) for order_id, known in self.choices.items()}
        )

    def next_by_regret(self) -> list[str]:
        """The order with the largest regret."""
        return [max(self.choices, key=lambda order_id: (_regret(self.choices[order_id]), order_id))]

    def next_by_assignment(self) -> list[str]:
        """The orders that the cheapest pairing gives to their best courier.

        There is always one: were all of them paired with others, passing the best couriers round would be cheaper.
        Rounded prices can hide that in a tie; then the largest regret decides.
        """
        pairs = assignment.cheapest_pairs(self.choices)
        served = [o for o, c in pairs.items() if c == _best(self.choices[o])]
        return served or self.next_by_regret()

    def place(self, order_id: str) -> str:
        """Put an order into its best courier's route; price the others there again. Returns the courier."""
        courier_id = _best(self.choices.pop(order_id))
        annealing.put_on(self.encoded.instance, self.state, self._row[order_id], self._column[courier_id])
        ruin.settle(self.state)
        affected = [o for o, known in self.choices.items() if known.pop(courier_id, None) is not None]
        self.price([(o, courier_id) for o in affected])
        self.choices = {o: known for o, known in self.choices.items() if known}
        return courier_id

    def route(self, courier_id: str) -> PlannedRoute:
        """A courier's route as it has become."""
        k, problem = self._column[courier_id], self.encoded.problem
        visits = self.state.at["visit"][k, 1 : int(self.state.lines["length"][k]) + 1].tolist()
        courier = problem.couriers[k]
        return planned_route(problem, courier, courier.frozen + self.encoded.stops(visits))


def insert_waiting(problem: Problem, order_ids: Iterable[str] | None = None) -> Plan:
    """A plan that serves the waiting orders (or these of them), as many as can be; the rest with their reasons.

    Reasons: "no_courier_on_duty", "no_position", "everyone_declined", "no_skill", "too_heavy", "unreachable",
    "all_busy"; and "queued", which the next call will look at.
    """
    wanted = problem.waiting if order_ids is None else [o for o in order_ids if o not in problem.routed]
    new = sorted((problem.orders[o] for o in wanted), key=lambda o: (-o.order.priority, o.order.promise_at_ms, o.id))
    refused = {order.id: "queued" for order in new[BATCH:]}
    fit = {order.id: candidates(problem, order) for order in new[:BATCH]}
    refused |= {order_id: reason for order_id, (_, reason) in fit.items() if reason}
    askable = {order_id: [c.id for c in couriers] for order_id, (couriers, reason) in fit.items() if not reason}
    if not askable:
        return Plan(problem.version, (), (ENGINE,), refused=refused)
    desk = desk_of(problem)
    refused |= {order_id: "all_busy" for order_id, ids in askable.items() if not _price_nearest(desk, order_id, ids)}
    ways = [_fill(desk.copy(), Desk.next_by_regret, (ENGINE,))]
    if len(new) <= PAIRED:
        ways.insert(0, _fill(desk, Desk.next_by_assignment, (ENGINE, assignment.ENGINE)))
    best = max(ways, key=lambda plan: plan.gain)
    return replace(best, refused={**refused, **best.refused})


def _fill(desk: Desk, next_orders: Callable[[Desk], list[str]], engines: tuple[str, ...]) -> Plan:
    """The plan that comes of placing order after order; whoever lost the last way in the meantime is queued."""
    problem, left, touched = desk.encoded.problem, set(desk.choices), set[str]()
    while desk.choices:
        for order_id in next_orders(desk):
            touched.add(desk.place(order_id))
            left.discard(order_id)
    routes = tuple(desk.route(courier_id) for courier_id in sorted(touched))
    return Plan(problem.version, routes, engines, gain(problem, routes), dict.fromkeys(left, "queued"))


def new_visits(order: PlanOrder) -> list[Visit]:
    """What has to be added to a route for an order: the drop-off alone when the goods are on board."""
    dropoff: Visit = (StopKind.DROPOFF, order.id)
    return [dropoff] if order.order.status in TO_DELIVER else [(StopKind.PICKUP, order.id), dropoff]


def desk_of(problem: Problem) -> Desk:
    """The routes as they are."""
    encoded = encode(problem, moving=False)
    state = encoded.state(1)
    annealing.lay_out(encoded.instance, state)
    return Desk(encoded, state)


def _best(ways: Mapping[str, float]) -> str:
    """The courier who takes the order at the least extra cost."""
    return min(ways, key=lambda c: (ways[c], c))


def _regret(ways: Mapping[str, float]) -> float:
    """What the order loses with its second-best courier; without a second, everything."""
    extras = sorted(ways.values())
    return extras[1] - extras[0] if len(extras) > 1 else float("inf")


def _price_nearest(desk: Desk, order_id: str, courier_ids: Sequence[str]) -> bool:
    """Price the nearest couriers, the others only when none of those can. False when nobody can."""
    near = desk.nearest(order_id, courier_ids)
    for part in (near[:NEAREST], near[NEAREST:]):
        desk.price([(order_id, courier_id) for courier_id in part])
        if order_id in desk.choices:
            return True
    return False
