"""What counts as moving a stop, and how much of it a courier has to bear."""

import pytest

from dispatch.domain.geo import Point
from dispatch.domain.route import Stop, StopKind, StopState
from dispatch.planning.churn import ChurnLog, Visits, moved_stops, visits_ahead, within_budget
from dispatch.planning.retime import planned_route
from tests.support.planning import drop, held, line, pick, plan_courier, problem

P, D = StopKind.PICKUP, StopKind.DROPOFF


def at(kind: StopKind, *order_ids: str) -> Visits:
    return frozenset((kind, order_id) for order_id in order_ids)


ROUTE = (at(P, "a", "b"), at(D, "a"), at(D, "b"))


def test_what_is_only_added_moves_nothing() -> None:
    """A new order before, between and behind the known stops, even at a stop that is there, disturbs nobody."""
    after = (at(P, "a", "b", "new"), at(D, "a"), at(D, "new"), at(D, "b"))
    assert moved_stops(ROUTE, after) == 0
    assert moved_stops((), ROUTE) == 0


def test_what_was_done_moves_nothing() -> None:
    """Stops that are started are not told of any more; the others are the same as before."""
    assert moved_stops(ROUTE[1:], ROUTE[1:]) == 0


def test_a_stop_that_is_taken_away_or_loses_an_order_is_a_move() -> None:
    """The order goes to somebody else: its drop-off is gone, and the pickup is not what it was."""
    assert moved_stops(ROUTE, (at(P, "a"), at(D, "a"))) == 2
    assert moved_stops(ROUTE, ()) == 3


def test_stops_that_change_places_are_one_move() -> None:
    """Two drop-offs change places: one of them has moved."""
    assert moved_stops(ROUTE, (at(P, "a", "b"), at(D, "b"), at(D, "a"))) == 1


def test_a_stop_that_is_split_is_one_move() -> None:
    """One visit to the depot becomes two."""
    assert moved_stops(ROUTE, (at(P, "a"), at(D, "a"), at(P, "b"), at(D, "b"))) == 1


def test_the_budget_comes_back_with_time() -> None:
    """Six of eight moves used, then the rest; ten minutes after the first ones, those may be used again."""
    log = ChurnLog(budget=8, window_ms=600_000)
    assert log.left("c1", 0) == 8
    log.note("c1", 6, 1_000)
    log.note("c1", 0, 2_000)
    log.note("c1", 5, 300_000)
    assert log.left("c1", 300_000) == 0
    assert log.left("c2", 300_000) == 8
    assert log.left("c1", 601_000) == 3
    log.note("c1", 1, 700_000)
    assert log.left("c1", 700_000) == 2


@pytest.mark.parametrize(("left", "may"), [(2, True), (1, False)])
def test_a_plan_within_everybody_s_budget(left: int, may: bool) -> None:
    """An order goes from one to the other: two stops of the giver are moved, none of the taker's."""
    giver = plan_courier("giver", 2, planned=(pick("a"), drop("a")), churn_left=left)
    taker = plan_courier("taker", 3, planned=(pick("b"), drop("b")), churn_left=0)
    seen = problem(line(0, 1, 2, 3), [giver, taker], [held("a", 0, 1, "giver"), held("b", 0, 1, "taker")])
    stops = (pick("a", "b"), drop("a"), drop("b"))
    routes = (planned_route(seen, giver, ()), planned_route(seen, taker, stops))
    assert within_budget(seen, routes) is may


def test_started_stops_are_not_counted() -> None:
    """Only what a courier has not begun can be moved."""
    stops = [
        Stop(f"s{k}", D, (f"o{k}",), Point(0, 0), "", "", 60, 0, 0, 0, 0, state=state)
        for k, state in enumerate((StopState.ARRIVED, StopState.PLANNED))
    ]
    assert visits_ahead(stops) == (at(D, "o1"),)
