"""The oracle's rules on what a route is made of: loads, numbers, depots, doors, locks, and how much of it may move."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from dispatch.domain.order import ON_BOARD, Lock, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.problem import PlanCourier, PlanStop, Problem
from dispatch.planning.violation import Violation


class SeenStop(Protocol):
    """What a stop of a plan and a stop of the running route have in common."""

    @property
    def kind(self) -> StopKind:
        """What is done there."""
        ...

    @property
    def order_ids(self) -> tuple[str, ...]:
        """For which orders."""
        ...

    @property
    def depot_id(self) -> str:
        """At which depot, if not at the orders' own."""
        ...


def place_of(problem: Problem, stop: SeenStop, order_id: str) -> int:
    """Where a stop is, as far as one of its orders says; a depot without its goods counts as its own."""
    order = problem.orders[order_id]
    if stop.kind is StopKind.DROPOFF:
        return order.dropoff
    for option in order.options:
        if option.depot_id == stop.depot_id:
            return option.place
    return order.pickup


def broken_rules(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """Every rule of this module that the route breaks."""
    yield from _capacity(problem, courier, route)
    yield from _number(problem, courier, route)
    yield from _depots(problem, courier, route)
    yield from _one_depot(problem, courier, route)
    yield from _merged(problem, courier, route)
    yield from _locks(problem, courier, route)
    yield from _churn(courier, route)


def _capacity(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """After every pickup the load is within what the vehicle carries, in every dimension.

    Who carries too much as the route stands (a dispatcher wanted it so) must not carry more than that.
    """
    running = _loads(problem, courier, courier.frozen + courier.planned)
    most = courier.capacity
    for load in running:
        most = Load(*map(max, _amounts(most), _amounts(load)))
    for load in _loads(problem, courier, route.stops):
        if not load.fits(most):
            yield Violation("too_heavy", f"Courier {courier.id} would carry {load}, more than {courier.capacity}.")


def _loads(problem: Problem, courier: PlanCourier, stops: Sequence[SeenStop]) -> Iterator[Load]:
    """What is on board after each pickup."""
    load = courier.on_board
    for stop in stops:
        for order_id in stop.order_ids:
            own = problem.orders[order_id].order.load
            load = load + own if stop.kind is StopKind.PICKUP else load - own
        if stop.kind is StopKind.PICKUP:
            yield load


def _amounts(load: Load) -> tuple[int, int, int]:
    return load.weight_g, load.volume_ml, load.items


def _number(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """A learner gets no further order beyond their number; whoever has more already keeps them."""
    orders = {order_id for stop in route.stops for order_id in stop.order_ids}
    new = any(problem.orders[order_id].order.courier_id != courier.id for order_id in orders)
    if new and 0 < courier.max_orders < len(orders):
        yield Violation(
            "too_many_orders", f"Courier {courier.id} would have {len(orders)} orders, {courier.max_orders} at most."
        )


def _depots(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """Goods are fetched where they are, and not elsewhere than people have been told."""
    for stop in route.stops:
        for order_id in stop.order_ids if stop.depot_id else ():
            order = problem.orders[order_id]
            if stop.depot_id == order.order.depot_id and stop.kind is StopKind.PICKUP:
                continue
            if stop.depot_id not in {option.depot_id for option in order.options} or stop.kind is StopKind.DROPOFF:
                yield Violation("no_goods", f"Depot {stop.depot_id} does not have the goods of order {order_id}.")
            elif order.order.status not in (OrderStatus.DISPATCHABLE, OrderStatus.ASSIGNED):
                yield Violation("depot_fixed", f"Order {order_id} is {order.order.status}; its depot is settled.")


def _one_depot(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """Where the zone wants it so, goods are fetched only by a courier who carries nothing."""
    if not problem.rules.one_depot_at_a_time:
        return
    orders = {order_id for stop in route.stops for order_id in stop.order_ids}
    aboard = {order_id for order_id in orders if problem.orders[order_id].order.status in ON_BOARD}
    for stop in route.stops:
        if stop.kind is StopKind.DROPOFF:
            aboard -= set(stop.order_ids)
            continue
        if aboard:
            yield Violation("depot_with_goods", f"Courier {courier.id} would fetch goods with others on board.")
        aboard |= set(stop.order_ids)


def _merged(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """Nobody rings twice: consecutive visits of one kind at one place are one stop, behind what is frozen.

    A drop-off that must be made later than the one before it may be a stop of its own, so that nobody waits for it.
    """
    ahead = route.stops[len(courier.frozen) :]
    for stop, then in pairwise(ahead):
        if stop.kind is not then.kind or (stop.kind is StopKind.DROPOFF and not problem.rules.merge_doors):
            continue
        first, second = (problem.orders[o].order for o in (stop.order_ids[-1], then.order_ids[0]))
        if stop.kind is StopKind.DROPOFF and second.earliest_at_ms > first.earliest_at_ms:
            continue
        if place_of(problem, stop, stop.order_ids[0]) == place_of(problem, then, then.order_ids[0]):
            yield Violation("door_split", f"Courier {courier.id} would stop twice at one place without leaving it.")


def _locks(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """A dispatcher's locks: the sequence of locked visits, and all in front of one that is locked in place."""
    now, then = _visits(courier.frozen + courier.planned), _visits(route.stops)
    lock = {order_id: problem.orders[order_id].order.lock for _, order_id, _ in now}
    sequence = [v[:2] for v in now if lock[v[1]] in (Lock.SEQUENCE, Lock.POSITION, Lock.FULL)]
    if [v[:2] for v in then if v[:2] in sequence] != sequence:
        yield Violation("locked_sequence", f"The plan changes the locked sequence of courier {courier.id}.")
    placed = [k for k, visit in enumerate(now) if lock[visit[1]] in (Lock.POSITION, Lock.FULL)]
    if placed and [_own(problem, v) for v in then[: placed[-1] + 1]] != now[: placed[-1] + 1]:
        yield Violation("locked_position", f"The plan changes locked stops of courier {courier.id}.")
    running = courier.frozen + courier.planned
    full = [k for k, stop in enumerate(running) if any(lock[o] is Lock.FULL for o in stop.order_ids)]
    for before, after in zip(running[: full[-1] + 1] if full else (), route.stops, strict=False):
        if (before.kind, before.order_ids) != (after.kind, after.order_ids):
            yield Violation(
                "locked_position", f"The plan changes stops of courier {courier.id} that are locked in full."
            )


SeenVisit = tuple[StopKind, str, str]


def _visits(stops: Sequence[SeenStop]) -> list[SeenVisit]:
    return [(stop.kind, order_id, stop.depot_id) for stop in stops for order_id in stop.order_ids]


def _own(problem: Problem, visit: SeenVisit) -> SeenVisit:
    """The visit with its depot left out when it is the order's own."""
    kind, order_id, depot_id = visit
    return (kind, order_id, "" if depot_id == problem.orders[order_id].order.depot_id else depot_id)


def _churn(courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """No more of the stops that are not started are moved than may be."""
    moved = _moved(courier.planned, route.stops[len(courier.frozen) :])
    if moved > courier.churn_left:
        yield Violation(
            "churn", f"The plan moves {moved} stops of courier {courier.id}; {courier.churn_left} may still be moved."
        )


def _moved(before: Sequence[PlanStop], after: Sequence[PlannedStop]) -> int:
    """How many stops are taken away, split, or out of the longest run that keeps its order."""
    at = {(stop.kind, order_id): k for k, stop in enumerate(after) for order_id in stop.order_ids}
    spots = []
    for stop in before:
        there = {at.get((stop.kind, order_id), -1) for order_id in stop.order_ids}
        if len(there) == 1 and -1 not in there:
            spots.append(there.pop())
    runs: list[int] = []
    for k, spot in enumerate(spots):
        runs.append(1 + max((runs[j] for j in range(k) if spots[j] <= spot), default=0))
    return len(before) - max(runs, default=0)
