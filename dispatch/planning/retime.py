"""When a courier is where, for a sequence of stops that is given: no decision is taken here."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.domain.route import PlannedRoute, PlannedStop
from dispatch.planning.problem import UNREACHABLE_MS, PlanCourier, PlanStop, Problem


@dataclass(frozen=True, slots=True)
class TimedStop:
    """A stop with its times: the ride to it, arrival, begin of service (after waiting for goods), departure."""

    stop: PlanStop
    place: int
    travel_ms: int
    arrive_ms: int
    begin_ms: int
    depart_ms: int


def retime(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> tuple[TimedStop, ...]:
    """Times of `stops`, made by this courier in this order from where they are now.

    A stop that the courier has arrived at keeps its arrival and cannot end in the past.
    """
    legs = problem.travel_ms[courier.profile]
    place, free_ms = courier.start, courier.available_at_ms
    timed = []
    for stop in stops:
        there = problem.place(stop)
        travel_ms = 0 if stop.arrived_at_ms else int(legs[place, there])
        arrive_ms = stop.arrived_at_ms or free_ms + travel_ms
        begin_ms = max(arrive_ms, problem.earliest_ms(stop))
        place, free_ms = there, max(begin_ms + problem.service_ms(stop), free_ms)
        timed.append(TimedStop(stop, there, travel_ms, arrive_ms, begin_ms, free_ms))
    return tuple(timed)


def reachable(timed: Sequence[TimedStop]) -> bool:
    """Whether there is a way to every stop."""
    return all(stop.travel_ms < UNREACHABLE_MS for stop in timed)


def planned_route(problem: Problem, courier: PlanCourier, stops: Sequence[PlanStop]) -> PlannedRoute:
    """The stops with their times, as the zone wants to hear them."""
    timed = retime(problem, courier, stops)
    return PlannedRoute(
        courier.id, tuple(PlannedStop(t.stop.kind, t.stop.order_ids, t.arrive_ms, t.depart_ms) for t in timed)
    )
