"""What a dispatcher does against the plan: what happens, what is refused, and what the record keeps of it."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, DomainError, InvalidInput, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.offer import OfferStatus
from dispatch.domain.order import Direction, Lock, OrderStatus
from dispatch.domain.override import Effects, EtaEffect, Override, OverrideAction, at_door_ms
from dispatch.domain.overrides import TOP_PRIORITY, has_changed
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind, StopState
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, plan, planned, progress, zone

A, S = OverrideAction, OrderStatus
PICK, DROP = StopKind.PICKUP, StopKind.DROPOFF


def overrule(state: ZoneState, action: OverrideAction, *order_ids: str, **more: object) -> Override:
    """Overrule the system as a dispatcher does; returns the record."""
    command = c.Overrule(action, order_ids, "because", by="dispatcher:ann", **more)  # type: ignore[arg-type]
    events = ask(state, command)
    assert violations(state) == []
    return next(event.override for event in events if isinstance(event, e.OverrideChanged))


def kept(state: ZoneState, courier_id: str, *new: str, without: tuple[str, ...] = ()) -> PlannedRoute:
    """The courier's route as it is, without some orders, with new ones behind."""
    route = planned(state, courier_id, new)
    stops = (replace(s, order_ids=tuple(o for o in s.order_ids if o not in without)) for s in route.stops)
    return PlannedRoute(courier_id, tuple(stop for stop in stops if stop.order_ids))


def in_order(courier_id: str, *visits: tuple[StopKind, str]) -> PlannedRoute:
    """A route of single visits, two minutes apart."""
    times = (NOON_MS + 2 * n * MINUTE_MS for n in range(1, len(visits) + 1))
    stops = (PlannedStop(kind, (o,), at_ms, at_ms + MINUTE_MS) for (kind, o), at_ms in zip(visits, times, strict=True))
    return PlannedRoute(courier_id, tuple(stops))


# --- giving and taking ------------------------------------------------------------------------------------------


def test_a_dispatcher_assigns_by_hand() -> None:
    """Whoever had the order loses it, the new courier gets it locked, at once, with an audit event and a record."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    wish = c.Overrule(
        A.ASSIGN, ("o1",), "knows the house", "c2", (kept(state, "c2", "o1"),), base_version=state.plan_version
    )
    events = ask(state, wish)
    assert (state.orders["o1"].courier_id, state.orders["o1"].lock) == ("c2", Lock.COURIER)
    assert state.route("c1").stops == ()
    assert events[-1] == e.Overridden("assign", "o1", "c2", "knows the house")
    record = state.overrides[f"ov-{state.plan_version}"]
    assert [(m.courier_id, m.lock) for m in (*record.before, *record.after)] == [
        ("c1", Lock.NONE),
        ("c2", Lock.COURIER),
    ]
    assert {m.courier_id: len(m.stops) for m in record.routes_before} == {"c1": 2, "c2": 0}
    with pytest.raises(Conflict, match="look again"):
        ask(state, wish)


def test_an_override_brings_the_route_that_it_means() -> None:
    """A route of somebody else, without the order or with another one is refused: the picture was old."""
    state = zone(orders=2)
    given(state, "c2", "o2")
    with pytest.raises(InvalidInput, match="new route"):
        overrule(state, A.ASSIGN, "o1", courier_id="c1")
    for stale in (planned(state, "c2", ()), in_order("c2", (PICK, "o1"), (DROP, "o1"))):
        with pytest.raises(Conflict, match="changed meanwhile"):
            overrule(state, A.ASSIGN, "o1", courier_id="c2", routes=(stale,))
    with pytest.raises(NotFound):
        overrule(state, A.ASSIGN, "o1", courier_id="c9", routes=(kept(state, "c9", "o1"),))


def test_what_a_courier_has_accepted_stays_theirs_when_they_get_it_again() -> None:
    """Assigning an order to whoever has it only locks it and moves its stops; an offer becomes an assignment."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    overrule(state, A.ASSIGN, "o1", courier_id="c1", routes=(planned(state, "c1", ()),))
    assert (state.orders["o1"].assignment_seq, state.orders["o1"].lock) == (1, Lock.COURIER)
    ask(state, plan(state, planned(state, "c2", ("o2",)), ttl_ms=MINUTE_MS))
    overrule(state, A.ASSIGN, "o2", courier_id="c2", routes=(planned(state, "c2", ()),))
    assert state.orders["o2"].status is S.ASSIGNED


def test_a_dispatcher_takes_an_order_back() -> None:
    """Before pickup it waits again and its courier is not asked again; from an open offer, too; never after pickup."""
    state = zone(orders=3)
    given(state, "c1", "o1")
    ask(state, plan(state, planned(state, "c2", ("o2",)), ttl_ms=MINUTE_MS))
    with pytest.raises(Conflict, match="look again"):
        overrule(state, A.UNASSIGN, "o1", base_version=1)
    overrule(state, A.UNASSIGN, "o1", base_version=state.plan_version)
    assert state.orders["o1"].declined_by == ("c1",)
    overrule(state, A.UNASSIGN, "o2")
    assert (state.orders["o2"].status, state.orders["o2"].declined_by) == (S.DISPATCHABLE, ("c2",))
    with pytest.raises(Conflict, match="cannot be taken back"):
        overrule(state, A.UNASSIGN, "o3")
    given(state, "c1", "o3")
    progress(state, "c1", c.StopAction.COMPLETED)
    for action, route in ((A.UNASSIGN, None), (A.ASSIGN, kept(state, "c2", "o3")), (A.HOLD, None)):
        with pytest.raises(Conflict):
            overrule(state, action, "o3", courier_id="c2", routes=(route,) if route else ())
    with pytest.raises(Conflict, match="on board"):
        overrule(state, A.EXCLUDE, "o3", courier_id="c1")


def test_the_rest_of_an_offer_stays_offered() -> None:
    """One of three offered orders is split off: the offer is revoked, the others are offered until the same time."""
    state = zone(orders=3)
    ask(state, plan(state, planned(state, "c1", ("o1", "o2", "o3")), ttl_ms=MINUTE_MS))
    until_ms = next(iter(state.offers.values())).expires_at_ms
    overrule(state, A.SPLIT, "o2", courier_id="c2", routes=(kept(state, "c2", "o2"),))
    first, second = state.offers.values()
    assert (first.status, second.status) == (OfferStatus.REVOKED, OfferStatus.OPEN)
    assert (second.order_ids, second.expires_at_ms) == (("o1", "o3"), until_ms)
    assert state.route("c1").order_ids() == ("o1", "o3")
    assert (state.orders["o2"].courier_id, state.orders["o2"].status) == ("c2", S.ASSIGNED)
    overrule(state, A.UNASSIGN, "o1", "o3")
    assert state.route("c1").stops == ()


def test_what_several_are_asked_for_is_taken_from_all() -> None:
    """An order that is held out to two couriers at once goes to a third: both offers end, the other order waits."""
    state = zone(couriers=3, orders=2)
    routes = tuple(planned(state, courier_id, ("o1", "o2")) for courier_id in ("c1", "c2"))
    ask(state, c.OfferToMany(state.plan_version, ("o1", "o2"), routes, MINUTE_MS, ("test",)))
    overrule(state, A.ASSIGN, "o1", courier_id="c3", routes=(kept(state, "c3", "o1"),))
    assert {offer.status for offer in state.offers.values()} == {OfferStatus.REVOKED}
    assert (state.orders["o1"].courier_id, state.orders["o2"].status) == ("c3", S.DISPATCHABLE)


def test_one_of_several_is_not_asked_any_more() -> None:
    """Excluded while two couriers are asked at once: their offer is revoked, the other one stays open."""
    state = zone(orders=1)
    routes = tuple(planned(state, courier_id, ("o1",)) for courier_id in ("c1", "c2"))
    ask(state, c.OfferToMany(state.plan_version, ("o1",), routes, MINUTE_MS, ("test",)))
    overrule(state, A.EXCLUDE, "o1", courier_id="c1")
    stands = {offer.courier_id: offer.status for offer in state.offers.values()}
    assert stands == {"c1": OfferStatus.REVOKED, "c2": OfferStatus.OPEN}
    assert (state.orders["o1"].status, state.orders["o1"].declined_by) == (S.OFFERED, ("c1",))


def test_a_route_is_split() -> None:
    """Chosen orders of one route go to another courier, locked, or wait again; from two routes at once is refused."""
    state = zone(orders=3)
    given(state, "c1", "o1", "o2", "o3")
    overrule(state, A.SPLIT, "o1", "o2", courier_id="c2", routes=(kept(state, "c2", "o1", "o2"),))
    assert (state.route("c1").order_ids(), state.route("c2").order_ids()) == (("o3",), ("o1", "o2"))
    assert {state.orders[o].lock for o in ("o1", "o2")} == {Lock.COURIER}
    with pytest.raises(InvalidInput, match="one courier's route"):
        overrule(state, A.SPLIT, "o1", "o3")
    overrule(state, A.SPLIT, "o1", "o2")
    assert state.route("c2").stops == () and state.orders["o1"].declined_by == ("c2",)


def test_orders_are_merged_into_one_stop() -> None:
    """Two orders of one depot, with two couriers, go to one of them and share the visit; one order is no merge."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    given(state, "c2", "o2")
    at = NOON_MS + MINUTE_MS
    both = PlannedRoute(
        "c1",
        (
            PlannedStop(PICK, ("o1", "o2"), at, at + MINUTE_MS),
            PlannedStop(DROP, ("o1", "o2"), at + 5 * MINUTE_MS, at + 7 * MINUTE_MS),
        ),
    )
    with pytest.raises(InvalidInput, match="at least two"):
        overrule(state, A.MERGE, "o2", courier_id="c1", routes=(both,))
    overrule(state, A.MERGE, "o1", "o2", courier_id="c1", routes=(both,))
    assert [stop.order_ids for stop in state.route("c1").stops] == [("o1", "o2"), ("o1", "o2")]
    assert (state.orders["o1"].assignment_seq, state.orders["o2"].assignment_seq) == (1, 2)


# --- locks, sequences, exclusions, holds, urgency ---------------------------------------------------------------


def test_orders_are_locked_and_unlocked() -> None:
    """Only what somebody has can be locked; the audit says how."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    for how in (Lock.COURIER, Lock.SEQUENCE, Lock.POSITION, Lock.FULL):
        overrule(state, A.LOCK, "o1", lock=how)
        assert state.orders["o1"].lock is how
    events = ask(state, c.LockOrder("o1", Lock.NONE, ""))
    assert events[-1] == e.Overridden("lock none", "o1", "c1", "")
    with pytest.raises(Conflict, match="nothing to lock"):
        overrule(state, A.LOCK, "o2", lock=Lock.FULL)


def test_a_sequence_by_hand_holds() -> None:
    """Stops come in the given order; their orders are locked in sequence, stronger locks stay; none may be missing."""
    state = zone(orders=2)
    given(state, "c1", "o1", "o2")
    overrule(state, A.LOCK, "o2", lock=Lock.FULL)
    turned = in_order("c1", (PICK, "o2"), (DROP, "o2"), (PICK, "o1"), (DROP, "o1"))
    overrule(state, A.RESEQUENCE, courier_id="c1", routes=(turned,))
    assert [s.order_ids for s in state.route("c1").stops] == [("o2",), ("o2",), ("o1",), ("o1",)]
    assert [state.orders[o].lock for o in ("o1", "o2")] == [Lock.SEQUENCE, Lock.FULL]
    with pytest.raises(Conflict, match="changed meanwhile"):
        overrule(state, A.RESEQUENCE, courier_id="c1", routes=(in_order("c1", (PICK, "o2"), (DROP, "o2")),))
    with pytest.raises(InvalidInput, match="without having it"):
        backwards = in_order("c1", (DROP, "o2"), (PICK, "o2"), (PICK, "o1"), (DROP, "o1"))
        overrule(state, A.RESEQUENCE, courier_id="c1", routes=(backwards,))
    progress(state, "c1", c.StopAction.DEPARTED)
    with pytest.raises(Conflict, match="has started"):
        first = in_order("c1", (PICK, "o1"), (DROP, "o1"), (PICK, "o2"), (DROP, "o2"))
        overrule(state, A.RESEQUENCE, courier_id="c1", routes=(first,))


def test_a_courier_is_excluded_and_included_again() -> None:
    """Excluded couriers are not asked; who has the order loses it; including forgives a refusal, too."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    overrule(state, A.EXCLUDE, "o1", courier_id="c2")
    assert (state.orders["o1"].courier_id, state.orders["o1"].declined_by) == ("c1", ("c2",))
    with pytest.raises(Conflict, match="not asked"):
        overrule(state, A.EXCLUDE, "o1", courier_id="c2")
    overrule(state, A.EXCLUDE, "o1", courier_id="c1")
    assert (state.orders["o1"].courier_id, state.orders["o1"].declined_by) == ("", ("c2", "c1"))
    overrule(state, A.INCLUDE, "o1", courier_id="c2")
    assert state.orders["o1"].declined_by == ("c1",)
    with pytest.raises(Conflict, match="may be asked"):
        overrule(state, A.INCLUDE, "o1", courier_id="c2")


def test_an_order_is_held_and_released() -> None:
    """Holding takes it off its route before pickup, with a reason that shoppers may see; released, it is planned."""
    state = zone(orders=3)
    given(state, "c1", "o1")
    overrule(state, A.HOLD, "o1", "o2")
    assert {(state.orders[o].status, state.orders[o].reason) for o in ("o1", "o2")} == {(S.HELD, "review")}
    assert state.route("c1").stops == ()
    for action in (A.HOLD, A.ASSIGN, A.EXPEDITE):
        with pytest.raises(Conflict, match="held"):
            overrule(state, action, "o1", courier_id="c2", routes=(kept(state, "c2", "o1"),))
    overrule(state, A.RELEASE, "o1")
    assert state.orders["o1"].status is S.DISPATCHABLE
    with pytest.raises(Conflict, match="not held"):
        overrule(state, A.RELEASE, "o1")


def test_an_order_is_expedited() -> None:
    """A waiting one is planned first and at once; one on a route is pulled forward, and kept there."""
    state = zone(orders=2)
    state.orders["o1"] = replace(state.orders["o1"], commit_due_at_ms=NOON_MS + 60 * MINUTE_MS)
    overrule(state, A.EXPEDITE, "o1")
    assert (state.orders["o1"].priority, state.orders["o1"].commit_due_at_ms) == (TOP_PRIORITY, 0)
    given(state, "c1", "o1", "o2")
    forward = in_order("c1", (PICK, "o2"), (DROP, "o2"), (PICK, "o1"), (DROP, "o1"))
    overrule(state, A.EXPEDITE, "o2", courier_id="c1", routes=(forward,))
    assert state.route("c1").stops[1].order_ids == ("o2",)
    assert (state.orders["o2"].lock, state.orders["o1"].lock) == (Lock.POSITION, Lock.NONE)


def test_finished_orders_are_left_alone() -> None:
    """Whatever is asked about a delivered order is refused with one sentence."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    for _ in range(2):
        progress(state, "c1", c.StopAction.COMPLETED)
    for action in A:
        with pytest.raises(Conflict, match="delivered"):
            overrule(state, action, "o1", courier_id="c2")


def test_an_override_is_stale_only_when_what_it_touches_changed() -> None:
    """Somebody else's tap does not disturb a dispatcher; a change of the order or of a touched route does."""
    state = zone(couriers=3, orders=3)
    given(state, "c1", "o1")
    given(state, "c3", "o3")
    seen = state.plan_version
    progress(state, "c3", c.StopAction.DEPARTED)

    def stale(order_id: str, version: int, courier_id: str = "") -> bool:
        return has_changed(state, c.Overrule(A.ASSIGN, (order_id,), "", courier_id), version)

    assert not stale("o1", seen, "c2")
    assert stale("o1", seen, "c3")
    ask(state, c.AssignByHand("o1", planned(state, "c2", ("o1",)), seen, "knows the house"))
    for late in (c.UnassignByHand("o1", "", seen), c.LockOrder("o1", Lock.NONE, "", seen)):
        with pytest.raises(Conflict, match="look again"):
            ask(state, late)
    assert stale("o2", state.plan_version + 1)


@pytest.mark.parametrize("action", A)
def test_unknown_orders_are_unknown(action: OverrideAction) -> None:
    """Every action says so, and changes nothing."""
    state = zone(orders=1)
    before = (dict(state.orders), dict(state.routes), state.plan_version)
    with pytest.raises(DomainError):
        overrule(state, action, "nobody", courier_id="c1", base_version=state.plan_version)
    assert (state.orders, state.routes, state.plan_version) == before


# --- the record -------------------------------------------------------------------------------------------------


def looked_ahead(*etas: EtaEffect) -> Effects:
    """Effects as a preview leaves them."""
    return Effects(1, etas)


def test_the_record_learns_how_it_turned_out() -> None:
    """When a touched order ends, its end is noted; a delivery that is taken back is open again; then it is settled."""
    state = zone(orders=2)
    given(state, "c1", "o1", "o2")
    etas = [EtaEffect(o, NOON_MS, NOON_MS + 20 * MINUTE_MS, NOON_MS + 10 * MINUTE_MS) for o in ("o1", "o2")]
    made = overrule(state, A.LOCK, "o1", lock=Lock.FULL, effects=looked_ahead(*etas), override_id="ov")
    assert not made.settled and made.touches("o1") and not made.touches("o2")
    progress(state, "c1", c.StopAction.COMPLETED)
    stop_id = state.route("c1").stops[0].id
    ask(state, c.ReportProgress("c1", stop_id, c.StopAction.COMPLETED, NOON_MS), NOON_MS + 9 * MINUTE_MS)
    first = state.overrides["ov"].effects.etas[0]
    assert (first.end, first.actual_at_ms) == ("delivered", NOON_MS - 90_000)
    ask(state, c.UndoStop("c1", stop_id, NOON_MS, 30 * MINUTE_MS))
    assert state.overrides["ov"].effects.etas == tuple(etas)
    progress(state, "c1", c.StopAction.ARRIVED)
    progress(state, "c1", c.StopAction.COMPLETED)
    ask(state, c.CancelOrder("o2", "changed my mind"))
    assert not state.overrides["ov"].settled
    ask(state, c.ResolveAttempt("o2", "returned", ""))
    ends = [(eta.end, eta.actual_at_ms) for eta in state.overrides["ov"].effects.etas]
    assert ends == [("delivered", NOON_MS), ("returned", 0)]
    assert state.overrides["ov"].settled


@pytest.mark.parametrize(
    ("direction", "steps", "minutes"),
    [
        (Direction.DELIVERY, [(S.AT_DROPOFF, 9), (S.DELIVERED, 12)], 9.0),
        (Direction.DELIVERY, [(S.DELIVERED, 12)], 10.5),
        (Direction.DELIVERY, [(S.DELIVERED, 12), (S.AT_DROPOFF, 13), (S.ATTEMPT_FAILED, 14), (S.RETURNED, 40)], None),
        (Direction.DELIVERY, [(S.CANCELED, 3)], None),
        (Direction.RETURN, [(S.AT_PICKUP, 4), (S.PICKED_UP, 6), (S.DELIVERED, 30)], 4.0),
        (Direction.RETURN, [(S.PICKED_UP, 6), (S.RETURNED, 30)], 5.0),
        (Direction.RETURN, [(S.CANCELED, 3)], None),
        (Direction.RETURN, [(S.PICKED_UP, 6), (S.CANCELED, 9)], None),
    ],
)
def test_when_the_courier_was_at_the_door(
    direction: Direction, steps: list[tuple[OrderStatus, int]], minutes: float | None
) -> None:
    """The reported arrival, else the hand-over less the usual time there; nothing when nothing was handed over."""
    timeline = tuple((status, NOON_MS + at * MINUTE_MS) for status, at in steps)
    ended = replace(order("o1"), direction=direction, status=steps[-1][0], timeline=timeline)
    assert at_door_ms(ended) == (0 if minutes is None else NOON_MS + round(minutes * MINUTE_MS))


def test_settled_records_are_forgotten_in_time() -> None:
    """They live on in SQL; what is still open stays."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    open_eta = EtaEffect("o1", NOON_MS, NOON_MS, NOON_MS)
    overrule(state, A.LOCK, "o1", lock=Lock.FULL, override_id="settled")
    overrule(state, A.LOCK, "o1", lock=Lock.FULL, effects=looked_ahead(open_eta), override_id="open")
    assert state.forget_finished(NOON_MS + 1) == 1
    assert set(state.overrides) == {"open"}


def test_a_started_stop_keeps_its_state_under_a_hand() -> None:
    """An override behind a started stop leaves the courier under way."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    progress(state, "c1", c.StopAction.DEPARTED)
    overrule(state, A.ASSIGN, "o2", courier_id="c1", routes=(kept(state, "c1", "o2"),))
    assert state.route("c1").stops[0].state is StopState.EN_ROUTE
