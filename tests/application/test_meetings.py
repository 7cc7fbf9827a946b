"""Hand-overs in the planner's picture, there and back again."""

import random
from dataclasses import replace

from dispatch.application.meetings import for_zone, promised_load
from dispatch.application.ports import Position
from dispatch.application.problem_builder import build_problem, needs_a_place, snapshot
from dispatch.application.travel_book import TravelBook
from dispatch.domain import commands as c
from dispatch.domain.apply import apply
from dispatch.domain.commands import StopAction
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations as breaches
from dispatch.domain.order import Dropoff
from dispatch.domain.route import StopEnd, StopKind
from dispatch.domain.vehicle import Load
from dispatch.domain.zone import ZoneState, evolve
from dispatch.planning.checker import violations
from dispatch.planning.improve import Budget, improve
from dispatch.planning.problem import Problem
from dispatch.planning.retime import retime
from dispatch.planning.terms import Weights
from tests.support.planned_zone import StraightLines
from tests.support.zones import MINUTE_MS, NOON_MS, ask, order, plan, planned, progress, zone

COMPLETED = StopAction.COMPLETED
BRIDGE = Point(60.168, 24.938)


def riding(seed: int = 1, couriers: int = 3, each: int = 3) -> ZoneState:
    """Couriers with orders on board to doors all over town; c1 is to give o1 to c2, o2 to c3, and c2 gives o4 to c1."""
    chance, state = random.Random(seed), zone(couriers=couriers)
    for n in range(couriers * each):
        door = Dropoff(Point(60.16 + 0.02 * chance.random(), 24.92 + 0.04 * chance.random()), f"Street {n}")
        ask(state, c.CreateOrder(replace(order(f"o{n + 1}"), dropoff=door)))
    for k in range(couriers):
        ids = tuple(f"o{k * each + n + 1}" for n in range(each))
        ask(state, plan(state, planned(state, f"c{k + 1}", ids)))
        progress(state, f"c{k + 1}", COMPLETED)
    for order_id, to in (("o1", "c2"), ("o2", "c3"), (f"o{each + 1}", "c1")):
        ask(state, c.HandOver((order_id,), to, "flat tyre", BRIDGE))
    return state


def picture(state: ZoneState) -> Problem:
    """The planner's picture, with everybody near the depot."""
    places = {
        courier_id: Position(courier_id, 1, 1, NOON_MS, NOON_MS, 60.165, 24.93 + 0.002 * n)
        for n, courier_id in enumerate(state.couriers)
    }
    return build_problem(snapshot(state, places, NOON_MS, MINUTE_MS), TravelBook(StraightLines()), Weights())


def test_receiving_is_a_visit_of_the_takers_own() -> None:
    """At the meeting, without weight, not before the giver is there; the giver's visit waits for the taker in turn."""
    state = riding()
    problem = picture(state)
    take, meeting = problem.orders["o1>c2"], state.orders["o1"].handover
    assert meeting is not None
    assert (take.order.load, take.order.courier_id, take.movable) == (Load(), "c2", False)
    assert take.order.earliest_at_ms == meeting.giver_at_ms
    assert problem.orders["o1"].order.earliest_at_ms == meeting.taker_at_ms
    assert (take.order.dropoff.address, take.order.requires) == ("", ())
    for courier_id, order_id, other_ms in (("c1", "o1", meeting.taker_at_ms), ("c2", "o1>c2", meeting.giver_at_ms)):
        courier = problem.by_id[courier_id]
        meet = next(t for t in retime(problem, courier, courier.stops) if order_id in t.stop.order_ids)
        assert meet.begin_ms >= other_ms
    assert problem.waiting == ()


def test_whom_one_meets_makes_a_stop() -> None:
    """c1 gives o1 to c2, o2 to c3 and takes o4 at the bridge: one place on the map, three to the planner, so that
    nothing merges; what goes to the same courier is one stop.
    """
    state = riding()
    problem = picture(state)
    assert len({problem.orders[visit].dropoff for visit in ("o1", "o2", "o4>c1")}) == 3
    ask(state, c.HandOver(("o5", "o6"), "c3", "flat tyre", BRIDGE))
    assert problem.by_id["c2"].planned != (together := picture(state)).by_id["c2"].planned
    assert [s.order_ids for s in together.by_id["c2"].planned if "o5" in s.order_ids] == [("o5", "o6")]
    assert together.orders["o5>c3"].dropoff == together.orders["o6>c3"].dropoff
    assert together.orders["o5>c3"].dropoff != together.orders["o2>c3"].dropoff


def test_room_is_kept_for_what_is_coming_until_it_has_come() -> None:
    """The taker's load counts it from the first moment; the giver is rid of it by their own word."""
    state = riding()
    own = Load(1_000, 2_000, 1)
    assert promised_load(state, "c3") == own
    before = picture(state).by_id
    assert before["c3"].on_board == own + own + own + own
    giver = next(s for s in state.route("c1").stops if s.order_ids == ("o2",))
    ask(state, c.ReportProgress("c1", giver.id, COMPLETED, NOON_MS))
    after = picture(state).by_id
    assert after["c1"].on_board + own == before["c1"].on_board
    assert after["c3"].on_board == before["c3"].on_board
    assert not needs_a_place(state, state.orders["o2"])


def test_what_the_search_makes_of_it_the_zone_takes() -> None:
    """Whatever it does to the routes: the checker passes it, the meetings stay, and the zone adopts it."""
    improved = 0
    for seed in range(8):
        state = riding(seed)
        problem = picture(state)
        better = improve(problem, Budget(iterations=400), seed)
        if better is None:
            continue
        improved += 1
        assert violations(problem, better) == []
        command = for_zone(c.AdoptPlan(better.base_version, better.routes, 0, better.engines, "improved"))
        for event in apply(state, command, NOON_MS):
            evolve(state, event)
        assert breaches(state) == []
        taken = {each: state.route(each).to_take_over() for each in ("c1", "c2", "c3")}
        assert taken == {"c1": ("o4",), "c2": ("o1",), "c3": ("o2",)}
        met = {(s.kind, s.order_ids) for s in state.route("c1").stops if s.end is StopEnd.MEETING}
        assert met == {(StopKind.DROPOFF, ("o1",)), (StopKind.DROPOFF, ("o2",)), (StopKind.PICKUP, ("o4",))}
    assert improved >= 4


def test_a_part_of_a_zone_knows_the_meeting_by_its_stop() -> None:
    """A look ahead that has copied only the taker's own orders sees the visit as the route has it."""
    state = riding()
    part = replace(state, orders={o.id: o for o in state.orders.values() if o.courier_id == "c3"}, handovers={})
    take = picture(part).orders["o2>c3"].order
    stop = next(s for s in state.route("c3").stops if s.takes_over)
    assert (take.earliest_at_ms, take.promise_at_ms) == (stop.earliest_at_ms, stop.latest_at_ms)


def test_what_has_no_routes_goes_to_the_zone_as_it_is() -> None:
    """Only plans are translated."""
    command = c.PassTime()
    assert for_zone(command) is command
