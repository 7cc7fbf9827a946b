"""How much a change of plan disturbs a courier: the stops, not started, that were taken away or put elsewhere.

Stops that are only added, and stops that move up because others were done, disturb nobody.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence

from dispatch.domain.route import PlannedRoute, PlannedStop, Stop, StopKind
from dispatch.planning.problem import PlanCourier, PlanStop, Problem

Visits = frozenset[tuple[StopKind, str]]


def visits_ahead(stops: Sequence[Stop]) -> tuple[Visits, ...]:
    """What a courier was told of the stops that are not started: the visits of each."""
    return tuple(_visits(stop) for stop in stops if not stop.started)


def moved_stops(before: Sequence[Visits], after: Sequence[Visits]) -> int:
    """How many of the stops before were taken away, split, or put elsewhere among the others.

    That is all but the longest run of stops that are still there in the same order.
    """
    there = {visit: k for k, visits in enumerate(after) for visit in visits}
    ends: list[int] = []
    for visits in before:
        spots = {there.get(visit, -1) for visit in visits}
        if len(spots) == 1 and (spot := spots.pop()) >= 0:
            at = bisect_right(ends, spot)
            ends[at : at + 1] = [spot]
    return len(before) - len(ends)


def within_budget(problem: Problem, routes: Iterable[PlannedRoute]) -> bool:
    """Whether none of these couriers has more stops moved than may still be."""
    return all(
        _moved(problem.by_id[route.courier_id], route) <= problem.by_id[route.courier_id].churn_left for route in routes
    )


def _moved(courier: PlanCourier, route: PlannedRoute) -> int:
    ahead = route.stops[len(courier.frozen) :]
    return moved_stops([_visits(stop) for stop in courier.planned], [_visits(stop) for stop in ahead])


def _visits(stop: Stop | PlanStop | PlannedStop) -> Visits:
    return frozenset((stop.kind, order_id) for order_id in stop.order_ids)


class ChurnLog:
    """How many stops of each courier were moved within the last `window_ms` of business time, and how many may be."""

    def __init__(self, budget: int, window_ms: int) -> None:
        self._budget = budget
        self._window_ms = window_ms
        self._moves: dict[str, deque[tuple[int, int]]] = {}

    def note(self, courier_id: str, moved: int, at_ms: int) -> None:
        """So many of a courier's stops were moved."""
        moves = self._moves.setdefault(courier_id, deque())
        while moves and moves[0][0] <= at_ms - self._window_ms:
            moves.popleft()
        if moved:
            moves.append((at_ms, moved))

    def left(self, courier_id: str, now_ms: int) -> int:
        """How many more may be moved now."""
        moves = tuple(self._moves.get(courier_id, ()))
        return max(0, self._budget - sum(moved for at_ms, moved in moves if at_ms > now_ms - self._window_ms))
