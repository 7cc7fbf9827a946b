"""From the zone's state to the planner's picture: what orders ask for and couriers are, and which places are one."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.application.ports import Position
from dispatch.application.problem_builder import build_problem, snapshot
from dispatch.application.travel_book import TravelBook
from dispatch.domain import commands as c
from dispatch.domain.area import Area
from dispatch.domain.courier import Break
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Lock, ProofKind
from dispatch.domain.zone import ZoneState
from dispatch.planning.problem import Option, Problem, stops_of, visits_of
from dispatch.planning.terms import Weights
from tests.support.planned_zone import StraightLines
from tests.support.zones import MINUTE_MS, NOON_MS, ask, courier, given, order, plan, planned, progress, zone

HERE = Point(60.166, 24.936)


def picture(state: ZoneState) -> Problem:
    """The zone as the planner sees it at noon, with every courier at one place."""
    where = {
        courier_id: Position(courier_id, 1, 1, NOON_MS, NOON_MS, HERE.lat, HERE.lon) for courier_id in state.couriers
    }
    seen = snapshot(state, where, NOON_MS, 300_000)
    return build_problem(seen, TravelBook(StraightLines()), Weights())


def with_traits(state: ZoneState, courier_id: str, **traits: Any) -> None:
    """Change what a courier is, the duty stays."""
    ask(state, c.RegisterCourier(replace(state.couriers[courier_id], **traits)))


def create(state: ZoneState, order_id: str, **fields: Any) -> None:
    """Take an order in."""
    ask(state, c.CreateOrder(replace(order(order_id), **fields)))


def test_a_courier_as_planning_wants_them() -> None:
    """A fifth faster takes five sixths of the time; a break that is over is none."""
    state = zone(couriers=1)
    corners = (Point(60.1, 24.9), Point(60.1, 25.0), Point(60.2, 25.0), Point(60.2, 24.9))
    ask(state, c.RegisterArea(Area("centre", "Centre", corners)))
    hour_ms = 60 * MINUTE_MS
    breaks = (Break(NOON_MS - hour_ms, NOON_MS), Break(NOON_MS + hour_ms, NOON_MS + 2 * hour_ms))
    traits = {"skills": ("wine",), "shift_end_at_ms": NOON_MS + hour_ms, "speed_factor": 1.2, "max_orders": 3}
    with_traits(state, "c1", home_areas=("centre",), breaks=breaks, **traits)
    create(state, "o1")
    seen = picture(state)
    (rider,) = seen.couriers
    assert (rider.skills, rider.areas, rider.max_orders) == (frozenset({"wine"}), frozenset({"centre"}), 3)
    assert rider.pace == pytest.approx(5 / 6) and rider.shift_end_at_ms == NOON_MS + hour_ms
    assert rider.breaks == ((NOON_MS + hour_ms, NOON_MS + 2 * hour_ms),)
    assert seen.orders["o1"].area == "centre"


def test_of_a_break_that_runs_the_rest_counts() -> None:
    """It began ten minutes ago and lasts another five."""
    state = zone(couriers=1)
    with_traits(state, "c1", breaks=(Break(NOON_MS - 10 * MINUTE_MS, NOON_MS + 5 * MINUTE_MS),))
    assert picture(state).couriers[0].breaks == ((NOON_MS, NOON_MS + 5 * MINUTE_MS),)


def test_skills_that_follow_from_the_order() -> None:
    """Proof of age asks for a skill only where some courier of the zone carries it, on duty or not."""
    state = zone(couriers=1)
    create(state, "o1", requires=(ProofKind.AGE,), skills=("wine",))
    assert picture(state).orders["o1"].order.skills == ("wine",)
    ask(state, c.RegisterCourier(replace(courier("off"), skills=("age_check",))))
    assert picture(state).orders["o1"].order.skills == ("age_check", "wine")


def test_orders_for_one_door_share_a_place() -> None:
    """A door is a point with an address: another flat of the house is another door. A depot is nobody's door."""
    state = zone(couriers=1)
    create(state, "a")
    create(state, "b")
    create(state, "flat", dropoff=replace(order("a").dropoff, address="Street 1, flat 2"))
    create(state, "at depot", dropoff=replace(order("a").dropoff, place=state.depots["d1"].place))
    seen = picture(state)
    places = {order_id: known.dropoff for order_id, known in seen.orders.items()}
    assert places["a"] == places["b"] and len(set(places.values())) == 3
    assert seen.orders["at depot"].pickup != places["at depot"]
    assert not any(known.order.dropoff.address or known.order.dropoff.name for known in seen.orders.values())


def test_further_depots_are_options() -> None:
    """Two depots at one spot stay two places, since a stop is at one depot only."""
    state = zone(couriers=1)
    create(state, "a", depot_options=("d2",))
    create(state, "b", depot_id="d2")
    a, b = (picture(state).orders[order_id] for order_id in ("a", "b"))
    assert a.options == (Option("d2", b.pickup, a.order.ready_at_ms),) and a.pickup != b.pickup
    assert state.depots["d1"].place == state.depots["d2"].place


def test_an_offered_order_keeps_its_depot() -> None:
    """The courier who is asked has been told where to go."""
    state = zone(couriers=1)
    create(state, "a", depot_options=("d2",))
    ask(state, plan(state, planned(state, "c1", ("a",)), ttl_ms=60_000))
    assert picture(state).orders["a"].options == ()


def test_a_return_is_picked_up_at_the_door() -> None:
    """And dropped off at its depot."""
    state = zone(couriers=1)
    create(state, "out")
    create(state, "back", direction=Direction.RETURN)
    out, back = (picture(state).orders[order_id] for order_id in ("out", "back"))
    assert (back.pickup, back.dropoff) == (out.dropoff, out.pickup)


def riding() -> ZoneState:
    """c1 fetches a, b and c and brings them; none of it has begun."""
    state = zone()
    for order_id in ("a", "b", "c"):
        create(state, order_id)
        given(state, "c1", order_id)
    return state


def frozen(state: ZoneState) -> list[tuple[str, ...]]:
    """The orders of c1's stops that stay as they are."""
    return [stop.order_ids for stop in picture(state).by_id["c1"].frozen]


@pytest.mark.parametrize(
    ("kind", "count"), [(Lock.NONE, 0), (Lock.COURIER, 0), (Lock.SEQUENCE, 0), (Lock.POSITION, 4), (Lock.FULL, 4)]
)
def test_a_lock_in_place_freezes_everything_up_to_the_door(kind: Lock, count: int) -> None:
    """The orders in front of it can no longer change courier; those behind it can."""
    state = riding()
    state.orders["b"] = replace(state.orders["b"], lock=kind)
    assert frozen(state) == [("a",), ("a",), ("b",), ("b",)][:count]
    seen = picture(state)
    assert seen.orders["a"].movable is (count == 0) and seen.orders["c"].movable


def test_what_is_started_is_frozen_even_without_a_lock() -> None:
    """The stop under way, and with a lock behind it the stops up to there."""
    state = riding()
    progress(state, "c1", c.StopAction.DEPARTED)
    assert frozen(state) == [("a",)]
    state.orders["a"] = replace(state.orders["a"], lock=Lock.FULL)
    assert frozen(state) == [("a",), ("a",)]


def test_the_picture_keeps_the_route() -> None:
    """Taken apart and put together again, the stops ahead are the running ones."""
    seen = picture(riding())
    rider = seen.by_id["c1"]
    assert stops_of(seen, visits_of(rider.planned)) == rider.planned
