"""Taking an override back: everything is as it was, or nothing happens and the refusal says what has changed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.override import Override, OverrideAction, mark_of, route_mark
from dispatch.domain.override_undo import routes_to_restore
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.zone import ZoneState
from tests.domain.test_overrides import in_order, kept, overrule
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, plan, planned, progress, zone

A, S = OverrideAction, OrderStatus
PICK, DROP = StopKind.PICKUP, StopKind.DROPOFF


def undo(state: ZoneState, override: Override) -> None:
    """Take it back, with the stops that it needs."""
    restored = routes_to_restore(state, override)
    routes = tuple(PlannedRoute(each.mark.courier_id, each.mark.stops) for each in restored)
    ask(state, c.UndoOverride(override.id, "mistake", routes, "dispatcher:bob"))
    assert violations(state) == []


def picture(state: ZoneState) -> object:
    """What an override may change, whatever the versions."""
    orders = [replace(mark_of(order), reason="") for order in state.orders.values()]
    return sorted(orders, key=lambda m: m.order_id), {
        k: route_mark(r).visits for k, r in state.routes.items() if r.stops
    }


def held(state: ZoneState) -> None:
    overrule(state, A.HOLD, "o1")


def routed(state: ZoneState) -> None:
    given(state, "c1", "o1", "o2")


def locked(state: ZoneState) -> None:
    routed(state)
    overrule(state, A.LOCK, "o1", lock=Lock.POSITION)


TURNED_BACK = ((PICK, "o1"), (DROP, "o1"), (PICK, "o2"), (DROP, "o2"))
TURNED = in_order("c1", (PICK, "o2"), (DROP, "o2"), (PICK, "o1"), (DROP, "o1"))


@pytest.mark.parametrize(
    ("prepare", "act"),
    [
        (None, lambda s: overrule(s, A.ASSIGN, "o1", courier_id="c2", routes=(kept(s, "c2", "o1"),))),
        (locked, lambda s: overrule(s, A.ASSIGN, "o1", courier_id="c2", routes=(kept(s, "c2", "o1"),))),
        (routed, lambda s: overrule(s, A.SPLIT, "o1", "o2", courier_id="c2", routes=(kept(s, "c2", "o1", "o2"),))),
        (routed, lambda s: overrule(s, A.UNASSIGN, "o2")),
        (routed, lambda s: overrule(s, A.EXCLUDE, "o1", courier_id="c1")),
        (routed, lambda s: overrule(s, A.EXCLUDE, "o1", courier_id="c2")),
        (locked, lambda s: overrule(s, A.UNLOCK, "o1")),
        (routed, lambda s: overrule(s, A.LOCK, "o1", lock=Lock.FULL)),
        (locked, lambda s: overrule(s, A.RESEQUENCE, courier_id="c1", routes=(TURNED,))),
        (locked, lambda s: overrule(s, A.HOLD, "o1")),
        (None, lambda s: overrule(s, A.HOLD, "o1")),
        (held, lambda s: overrule(s, A.RELEASE, "o1")),
        (None, lambda s: overrule(s, A.EXPEDITE, "o1")),
        (routed, lambda s: overrule(s, A.EXPEDITE, "o2", courier_id="c1", routes=(TURNED,))),
    ],
)
def test_all_is_as_it_was(prepare: Callable[[ZoneState], None] | None, act: Callable[[ZoneState], Override]) -> None:
    """Each action, taken back at once: couriers, locks, urgency, exclusions and sequences are the old ones; audited."""
    state = zone(orders=2)
    if prepare:
        prepare(state)
    before = picture(state)
    done = act(state)
    assert picture(state) != before
    undo(state, done)
    assert picture(state) == before
    assert (state.overrides[done.id].undone_by, state.overrides[done.id].settled) == ("dispatcher:bob", True)
    with pytest.raises(Conflict, match="undone before"):
        undo(state, done)


def test_an_undo_is_audited() -> None:
    """With the action that it takes back, its order and its own reason."""
    state = zone(orders=1)
    done = overrule(state, A.EXPEDITE, "o1")
    events = ask(state, c.UndoOverride(done.id, "mistake", (), "dispatcher:bob"))
    assert events[-1] == e.Overridden("undo expedite", "o1", "", "mistake")
    with pytest.raises(NotFound):
        ask(state, c.UndoOverride("ov-none", ""))


def test_a_depot_that_an_override_chose_is_given_back() -> None:
    """The order is fetched where it was to be fetched before, and the other depot is a choice again."""
    state = zone(orders=1)
    state.orders["o1"] = replace(state.orders["o1"], depot_options=("d2",))
    other = in_order("c1", (PICK, "o1"), (DROP, "o1"))
    other = replace(other, stops=(replace(other.stops[0], depot_id="d2"), other.stops[1]))
    done = overrule(state, A.ASSIGN, "o1", courier_id="c1", routes=(other,))
    assert state.orders["o1"].depot_id == "d2"
    undo(state, done)
    assert (state.orders["o1"].depot_id, state.orders["o1"].depot_options) == ("d1", ("d2",))


def test_what_the_planner_did_with_a_freed_order_is_no_obstacle() -> None:
    """Taken from c1, offered to c2 by the planner a moment later: undone, c1 has it again and the offer is revoked."""
    state = zone(couriers=3, orders=1)
    given(state, "c1", "o1")
    done = overrule(state, A.UNASSIGN, "o1")
    ask(state, plan(state, planned(state, "c2", ("o1",)), ttl_ms=MINUTE_MS))
    ask(state, c.DeclineOffer("c2", f"of-{state.plan_version}-c2", "too_far"))
    given(state, "c3", "o1")
    undo(state, done)
    assert (state.orders["o1"].courier_id, state.orders["o1"].status) == ("c1", S.ASSIGNED)
    assert state.orders["o1"].declined_by == ("c2",)
    assert state.route("c3").stops == ()


def test_an_offer_that_was_taken_away_is_not_made_again() -> None:
    """The order waits for the planner, and its courier may be asked; what else was offered stays so."""
    state = zone(orders=2)
    ask(state, plan(state, planned(state, "c1", ("o1", "o2")), ttl_ms=MINUTE_MS))
    done = overrule(state, A.UNASSIGN, "o1")
    undo(state, done)
    assert (state.orders["o1"].status, state.orders["o1"].declined_by) == (S.DISPATCHABLE, ())
    assert (state.orders["o2"].status, state.route("c1").order_ids()) == (S.OFFERED, ("o2",))


def test_a_route_that_gained_an_order_may_have_changed() -> None:
    """c2 got another order since; undone, the first one leaves and the other one stays."""
    state = zone(orders=2)
    done = overrule(state, A.ASSIGN, "o1", courier_id="c2", routes=(kept(state, "c2", "o1"),))
    given(state, "c2", "o2")
    undo(state, done)
    assert state.route("c2").order_ids() == ("o2",)


def test_a_route_that_lost_an_order_may_have_changed() -> None:
    """c1 got another order since: undone, the first one is theirs again, behind what they have now, until it is planned
    better; its old place is not in front of a stop that they have begun meanwhile either.
    """
    state = zone(orders=3)
    done = assigned(state)
    given(state, "c1", "o2")
    undo(state, done)
    assert state.route("c1").order_ids() == ("o2", "o1")
    given(state, "c2", "o3")
    split = overrule(state, A.UNASSIGN, "o2")
    progress(state, "c1", c.StopAction.DEPARTED)
    undo(state, split)
    assert (state.route("c1").order_ids(), state.route("c1").stops[0].started) == (("o1", "o2"), True)


def assigned(state: ZoneState) -> Override:
    given(state, "c1", "o1")
    return overrule(state, A.ASSIGN, "o1", courier_id="c2", routes=(kept(state, "c2", "o1"),))


def unlocked(state: ZoneState) -> Override:
    given(state, "c1", "o1")
    return overrule(state, A.LOCK, "o1", lock=Lock.FULL)


def resequenced(state: ZoneState) -> Override:
    given(state, "c1", "o1", "o2")
    return overrule(state, A.RESEQUENCE, courier_id="c1", routes=(TURNED,))


def expedited(state: ZoneState) -> Override:
    return overrule(state, A.EXPEDITE, "o1")


def raised_by_the_shop(state: ZoneState) -> None:
    state.orders["o1"] = replace(state.orders["o1"], priority=3)


def relocked(state: ZoneState) -> None:
    state.orders["o1"] = replace(state.orders["o1"], lock=Lock.SEQUENCE)


def replanned(state: ZoneState) -> None:
    for order_id, order in state.orders.items():
        state.orders[order_id] = replace(order, lock=Lock.NONE)
    ask(state, plan(state, in_order("c1", *TURNED_BACK)))


def extended(state: ZoneState) -> None:
    given(state, "c1", "o3")


@pytest.mark.parametrize(
    ("act", "then", "complaint"),
    [
        (assigned, lambda s: progress(s, "c2", c.StopAction.DEPARTED), "o1 is en_route_pickup"),
        (assigned, lambda s: ask(s, c.CancelOrder("o1", "no")), "o1 is canceled"),
        (assigned, lambda s: s.orders.pop("o1"), "o1 is closed"),
        (assigned, lambda s: ask(s, c.SetDuty("c1", Duty.OFF_DUTY)), "c1 is off_duty"),
        (assigned, lambda s: overrule(s, A.UNLOCK, "o1"), "overridden again"),
        (unlocked, relocked, "the lock sequence"),
        (expedited, raised_by_the_shop, "the priority 3"),
        (resequenced, lambda s: ask(s, c.CancelOrder("o1", "no")), "o1 is canceled"),
        (resequenced, replanned, r"c1 is another one now\."),
        (resequenced, extended, "c1 is another one now: with o3"),
    ],
)
def test_what_has_changed_since_stands_against_it(
    act: Callable[[ZoneState], Override], then: Callable[[ZoneState], object], complaint: str
) -> None:
    """The refusal names it, and nothing is half undone."""
    state = zone(orders=3)
    done = act(state)
    then(state)
    before = (dict(state.orders), dict(state.routes), state.plan_version)
    with pytest.raises(Conflict, match=complaint) as refused:
        undo(state, done)
    assert refused.value.code == "changed_since"
    assert (state.orders, state.routes, state.plan_version) == before


def test_an_override_of_an_override_is_undone_first() -> None:
    """Last in, first out: once the second is taken back, the first can be."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    first = overrule(state, A.LOCK, "o1", lock=Lock.COURIER)
    second = overrule(state, A.LOCK, "o1", lock=Lock.FULL)
    with pytest.raises(Conflict, match="overridden again"):
        undo(state, first)
    undo(state, second)
    undo(state, first)
    assert state.orders["o1"].lock is Lock.NONE


def test_an_undo_brings_the_stops_that_it_restores() -> None:
    """Without them, with others, or in front of a started stop it is refused."""
    state = zone(orders=2)
    done = resequenced(state)
    with pytest.raises(InvalidInput, match="routes that it restores"):
        ask(state, c.UndoOverride(done.id, ""))
    with pytest.raises(Conflict, match="changed meanwhile"):
        ask(state, c.UndoOverride(done.id, "", (in_order("c1", *TURNED_BACK),)))
    progress(state, "c1", c.StopAction.DEPARTED)
    with pytest.raises(Conflict, match="has started"):
        undo(state, done)


def test_a_courier_who_had_started_gets_the_order_back_unstarted() -> None:
    """They were on their way to the pickup when it was taken; the stop is planned again."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    progress(state, "c1", c.StopAction.DEPARTED)
    done = overrule(state, A.UNASSIGN, "o1")
    undo(state, done)
    assert (state.orders["o1"].status, state.route("c1").stops[0].started) == (S.ASSIGNED, False)
    assert state.orders["o1"].timeline[-1][1] == NOON_MS
