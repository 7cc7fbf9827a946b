"""When a courier is where, for a sequence of stops that is given: no decision is taken here."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.domain.route import PlannedRoute, PlannedStop
from dispatch.planning.problem import UNREACHABLE_MS, PlanCourier, PlanStop, Problem
from dispatch.planning.standing import whole_ms


@dataclass(frozen=True, slots=True)
class TimedStop:
    """A stop with its times: the ride to it, arrival, begin of service (after waiting for goods), departure."""

    stop: PlanStop
    place: int
    travel_ms: int
    arrive_ms: int
    begin_ms: int
    depart_ms: int


@dataclass(slots=True)
class _Way:
    """A courier on their way: where and when they are free, and the break that they still have to take."""

    problem: Problem
    courier: PlanCourier
    place: int
    free_ms: int
    rest: tuple[int, int] | None

    def ride(self, there: int) -> int:
        """Ride to a place; a break that would begin before the ride ends is taken first. Returns the ride's ms."""
        travel_ms = ride_ms(self.problem, self.courier, self.place, there, self.free_ms)
        if self.rest and self.free_ms + travel_ms > self.rest[0]:
            self.free_ms = max(self.free_ms, self.rest[0]) + self.rest[1] - self.rest[0]
            self.rest = None
            travel_ms = ride_ms(self.problem, self.courier, self.place, there, self.free_ms)
        self.place = there
        self.free_ms += travel_ms
        return travel_ms


def ride_ms(problem: Problem, courier: PlanCourier, here: int, there: int, depart_ms: int) -> int:
    """What a ride takes this courier, who sets off at this moment."""
    leg_ms = int(problem.travel_ms[courier.profile][here, there])
    if leg_ms >= UNREACHABLE_MS:
        return UNREACHABLE_MS
    return int(leg_ms * (courier.pace * pace_at(problem, depart_ms)) + 0.5)


def pace_at(problem: Problem, at_ms: int) -> float:
    """The factor on rides that depart at this moment."""
    known = bisect_right(problem.pace, at_ms, key=lambda slice_: slice_[0])
    return problem.pace[known - 1][1] if known else 1.0


def retime(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> tuple[TimedStop, ...]:
    """Times of `stops`, made by this courier in this order from where they are now.

    A stop that the courier has arrived at keeps its arrival, and the longer they have been there, the longer it takes.
    """
    return _ride_along(_Way(problem, courier, courier.start, courier.available_at_ms, _next_break(courier)), stops)


@dataclass(frozen=True, slots=True)
class Behind:
    """A courier behind some stops: where, free from when on, with which break still to take (from and until, ms)."""

    place: int
    free_ms: int
    rest: tuple[int, int] | None
    timed: tuple[TimedStop, ...]


def behind(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> Behind:
    """Where these stops leave their courier."""
    way = _Way(problem, courier, courier.start, courier.available_at_ms, _next_break(courier))
    timed = _ride_along(way, stops)
    return Behind(way.place, way.free_ms, way.rest, timed)


def _next_break(courier: PlanCourier) -> tuple[int, int] | None:
    return next(iter(courier.breaks), None)


def _ride_along(way: _Way, stops: Sequence[PlanStop]) -> tuple[TimedStop, ...]:
    problem, timed = way.problem, []
    for stop in stops:
        there = problem.place(stop)
        travel_ms = 0 if stop.arrived_at_ms else way.ride(there)
        arrive_ms = stop.arrived_at_ms or way.free_ms
        begin_ms = max(arrive_ms, problem.earliest_ms(stop))
        service_ms = problem.service_ms(stop)
        if stop.arrived_at_ms:
            service_ms = whole_ms(service_ms, way.free_ms - begin_ms)
        way.place, way.free_ms = there, max(begin_ms + service_ms, way.free_ms)
        timed.append(TimedStop(stop, there, travel_ms, arrive_ms, begin_ms, way.free_ms))
    return tuple(timed)


def way_back_ms(problem: Problem, courier: PlanCourier, timed: Sequence[TimedStop]) -> tuple[int, int]:
    """The ride to the place where the route has to end, and when it ends; no ride where it may end anywhere."""
    place, free_ms = (timed[-1].place, timed[-1].depart_ms) if timed else (courier.start, courier.available_at_ms)
    if courier.end < 0:
        return 0, free_ms
    travel_ms = ride_ms(problem, courier, place, courier.end, free_ms)
    return travel_ms, free_ms + travel_ms


def reachable(timed: Sequence[TimedStop]) -> bool:
    """Whether there is a way to every stop."""
    return all(stop.travel_ms < UNREACHABLE_MS for stop in timed)


def planned_route(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> PlannedRoute:
    """The stops with their times, as the zone wants to hear them."""
    timed = retime(problem, courier, stops)
    return PlannedRoute(
        courier.id,
        tuple(PlannedStop(t.stop.kind, t.stop.order_ids, t.arrive_ms, t.depart_ms, t.stop.depot_id) for t in timed),
    )
