"""The oracle's arithmetic: rides at the courier's pace and the hour's, breaks, service, the end of the shift."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.planning.checker_rules import SeenStop, place_of
from dispatch.planning.problem import UNREACHABLE_MS, PlanCourier, Problem
from dispatch.planning.violation import Violation

NEVER_MS = 2**62


@dataclass(slots=True)
class _Courier:
    """A courier on the way: where and since when they are free, and the break that is still to come (begin, length)."""

    problem: Problem
    courier: PlanCourier
    place: int
    free_ms: int
    rest: tuple[int, int] | None

    def soonest_ms(self, there: int, from_ms: int) -> int:
        """The earliest arrival when leaving at this moment or, where the roads get faster, later; or `NEVER_MS`.

        Rides are rounded down to whole ms: to which side a planner rounds is not the oracle's concern.
        """
        leg_ms = int(self.problem.travel_ms[self.courier.profile][self.place, there])
        if leg_ms >= UNREACHABLE_MS:
            return NEVER_MS
        departures = [from_ms, *(at_ms for at_ms, _ in self.problem.pace if at_ms > from_ms)]
        return min(at_ms + floor(leg_ms * self.courier.pace * self._hour(at_ms)) for at_ms in departures)

    def rested_ms(self, there: int, rest: tuple[int, int]) -> int:
        """The earliest arrival when this break is taken first."""
        begins_ms, length_ms = rest
        return self.soonest_ms(there, max(self.free_ms, begins_ms) + length_ms)

    def _hour(self, at_ms: int) -> float:
        """The factor on rides that depart then."""
        factor = 1.0
        for from_ms, then in self.problem.pace:
            if from_ms <= at_ms:
                factor = then
        return factor


def _setting_off(problem: Problem, courier: PlanCourier) -> _Courier:
    rest = next(((begins_ms, ends_ms - begins_ms) for begins_ms, ends_ms in courier.breaks), None)
    return _Courier(problem, courier, courier.start, courier.available_at_ms, rest)


def broken_times(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """No stop is reached before it can be, nor left before its goods were ready and its service was done."""
    if courier.profile not in problem.travel_ms:
        yield Violation("unreachable", f"There are no travel times for courier {courier.id}'s vehicle.")
        return
    on_way = _setting_off(problem, courier)
    for position, stop in enumerate(route.stops):
        there = place_of(problem, stop, stop.order_ids[0])
        started = courier.frozen[position] if position < len(courier.frozen) else None
        if started is None or not started.arrived_at_ms:
            yield from _arrival(on_way, stop.arrive_at_ms, there, position, started=started is not None)
        done_ms = max(stop.arrive_at_ms, _opens_ms(problem, stop)) + _service_ms(problem, stop)
        if stop.depart_at_ms < max(done_ms, on_way.free_ms):
            yield Violation("too_short", f"Courier {courier.id} leaves stop {position + 1} before it can be done.")
        on_way.place, on_way.free_ms = there, stop.depart_at_ms
    yield from _shift_end(problem, courier, route)


def _arrival(on_way: _Courier, arrive_ms: int, there: int, position: int, *, started: bool) -> Iterator[Violation]:
    """Who arrives after the break's time has come has taken it; only a ride that has begun may end before it."""
    name = on_way.courier.id
    soonest_ms = on_way.soonest_ms(there, on_way.free_ms)
    if soonest_ms >= NEVER_MS:
        yield Violation("unreachable", f"No way leads courier {name} to stop {position + 1}.")
    elif arrive_ms < soonest_ms:
        yield Violation("too_fast", f"Courier {name} cannot reach stop {position + 1} that early.")
    elif on_way.rest and arrive_ms > on_way.rest[0]:
        if arrive_ms >= on_way.rested_ms(there, on_way.rest):
            on_way.rest = None
        elif not started:
            yield Violation("break_missed", f"Courier {name} would have no break before stop {position + 1}.")


def _shift_end(problem: Problem, courier: PlanCourier, route: PlannedRoute) -> Iterator[Violation]:
    """No pickup begins after the shift's end, but for one that the courier has anyway and that is late already."""
    end_ms = courier.shift_end_at_ms
    if not end_ms:
        return
    late_anyway = _late_pickups(problem, courier)
    for stop in route.stops[len(courier.frozen) :]:
        if stop.kind is not StopKind.PICKUP or max(stop.arrive_at_ms, _opens_ms(problem, stop)) <= end_ms:
            continue
        for order_id in stop.order_ids:
            if order_id not in late_anyway:
                yield Violation(
                    "after_shift_end", f"Courier {courier.id} would fetch {order_id} after the shift's end."
                )


def _late_pickups(problem: Problem, courier: PlanCourier) -> set[str]:
    """The orders that the courier fetches after the shift's end even if the route stays as it is."""
    on_way, late = _setting_off(problem, courier), set[str]()
    for stop in courier.frozen + courier.planned:
        there = place_of(problem, stop, stop.order_ids[0])
        arrive_ms = stop.arrived_at_ms or on_way.soonest_ms(there, on_way.free_ms)
        if on_way.rest and not stop.arrived_at_ms and arrive_ms > on_way.rest[0]:
            arrive_ms, on_way.rest = on_way.rested_ms(there, on_way.rest), None
        begins_ms = max(arrive_ms, _opens_ms(problem, stop))
        if stop.kind is StopKind.PICKUP and begins_ms > courier.shift_end_at_ms:
            late |= set(stop.order_ids)
        on_way.place, on_way.free_ms = there, max(begins_ms + _service_ms(problem, stop), on_way.free_ms)
    return late


def _opens_ms(problem: Problem, stop: SeenStop) -> int:
    """When the goods of all its orders are ready there, or their doors open."""
    opens_ms = 0
    for order_id in stop.order_ids:
        planned = problem.orders[order_id]
        ready_ms = {option.depot_id: option.ready_at_ms for option in planned.options}
        own_ms = planned.order.ready_at_ms if stop.kind is StopKind.PICKUP else planned.order.earliest_at_ms
        opens_ms = max(opens_ms, ready_ms.get(stop.depot_id, own_ms) if stop.kind is StopKind.PICKUP else own_ms)
    return opens_ms


def _service_ms(problem: Problem, stop: SeenStop) -> int:
    """The longest of its orders, and a little for each further one."""
    orders = [problem.orders[order_id].order for order_id in stop.order_ids]
    if stop.kind is StopKind.PICKUP:
        longest_s, extra_s = max(o.service_pickup_s for o in orders), problem.rules.extra_pickup_s
    else:
        longest_s, extra_s = max(o.service_dropoff_s for o in orders), problem.rules.extra_dropoff_s
    return 1000 * (longest_s + extra_s * (len(orders) - 1))
