"""An offer to several couriers at once: the first to accept has the orders, and nobody has them before."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput
from dispatch.domain.invariants import violations
from dispatch.domain.offer import DeclineReason, OfferStatus, decline_reason
from dispatch.domain.order import OrderStatus
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.zone import ZoneState
from tests.support.zones import (
    MINUTE_MS,
    NOON_MS,
    ask,
    given,
    offered_to_many,
    order,
    plan,
    planned,
    progress,
    zone,
)

S, F = OrderStatus, OfferStatus


def visits(state: ZoneState, courier_id: str) -> list[tuple[StopKind, tuple[str, ...]]]:
    """A courier's route, by what is done for whom."""
    return [(stop.kind, stop.order_ids) for stop in state.route(courier_id).stops]


def test_until_somebody_accepts_nobody_has_the_orders() -> None:
    """The orders are offered, yet have no courier; no route changes; each offer has its stops and knows its rivals."""
    state = zone(couriers=3, orders=2)
    ids = offered_to_many(state, ("o1", "o2"), "c1", "c2", "c3")
    assert {(o.status, o.courier_id, o.offer_id) for o in state.orders.values()} == {(S.OFFERED, "", ids[0])}
    assert not any(state.route(courier_id).stops for courier_id in ("c1", "c2", "c3"))
    for offer in state.offers.values():
        assert offer.is_shared
        assert sorted((offer.id, *offer.rivals)) == sorted(ids)
        assert (offer.stops[0].kind, offer.stops[0].order_ids) == (StopKind.PICKUP, ("o1", "o2"))
        assert (offer.approach_s, len(offer.stops)) == (300, 3)
    assert violations(state) == []


def test_the_first_to_accept_has_the_orders_and_the_others_are_told() -> None:
    """The orders go onto the winner's route as planned; the rivals' offers end as taken; a later yes is refused."""
    state = zone(couriers=3, orders=2)
    given(state, "c2", "o2")
    one, two, three = offered_to_many(state, ("o1",), "c1", "c2", "c3")
    events = ask(state, c.AcceptOffer("c2", two))
    closed = {event.offer.courier_id: event for event in events if isinstance(event, e.OfferClosed)}
    assert {courier_id: event.offer.status for courier_id, event in closed.items()} == {
        "c1": F.TAKEN,
        "c2": F.ACCEPTED,
        "c3": F.TAKEN,
    }
    assert closed["c1"].reason == "taken"
    won = state.orders["o1"]
    assert (won.status, won.courier_id, won.offer_id, won.assignment_seq) == (S.ASSIGNED, "c2", two, 1)
    assert visits(state, "c2")[2:] == [(StopKind.PICKUP, ("o1",)), (StopKind.DROPOFF, ("o1",))]
    assert won.eta_at_ms
    assert ask(state, c.AcceptOffer("c2", two)) == []
    with pytest.raises(Conflict, match="offer is taken") as refused:
        ask(state, c.AcceptOffer("c1", one))
    assert refused.value.code == "offer_taken"
    assert ask(state, c.DeclineOffer("c3", three, "too_far")) == []
    with pytest.raises(Forbidden):
        ask(state, c.AcceptOffer("c1", three))
    assert violations(state) == []


def test_a_no_ends_one_offer_and_the_last_no_frees_the_orders() -> None:
    """The order waits on with those who have not answered; when all have refused, none of them is asked again."""
    state = zone(couriers=3, orders=1)
    one, two, three = offered_to_many(state, ("o1",), "c1", "c2", "c3")
    ask(state, c.DeclineOffer("c1", one, "too_far"))
    waiting = state.orders["o1"]
    assert (waiting.status, waiting.offer_id, waiting.declined_by) == (S.OFFERED, two, ("c1",))
    ask(state, c.DeclineOffer("c3", three, ""))
    assert violations(state) == []
    ask(state, c.DeclineOffer("c2", two, ""))
    free = state.orders["o1"]
    assert (free.status, free.offer_id, free.declined_by) == (S.DISPATCHABLE, "", ("c1", "c3", "c2"))
    assert violations(state) == []


def test_silence_ends_all_of_them_at_once() -> None:
    """At their common end all lapse in one step, and the order is free again, once."""
    state = zone(couriers=3, orders=1)
    ids = offered_to_many(state, ("o1",), "c1", "c2", "c3")
    ask(state, c.DeclineOffer("c1", ids[0], ""))
    events = ask(state, c.PassTime(), NOON_MS + MINUTE_MS)
    assert [state.offers[each].status for each in ids] == [F.DECLINED, F.LAPSED, F.LAPSED]
    assert sum(isinstance(event, e.OrderChanged) for event in events) == 1
    assert (state.orders["o1"].status, state.orders["o1"].missed_by) == (S.DISPATCHABLE, "c2")


def test_a_yes_in_time_that_is_heard_late_counts_while_the_order_still_waits() -> None:
    """The first of two who answered in the tunnel gets it, the second is told that it is over."""
    state = zone(couriers=2, orders=1)
    one, two = offered_to_many(state, ("o1",), "c1", "c2")
    ask(state, c.PassTime(), NOON_MS + MINUTE_MS)
    ask(state, c.AcceptOffer("c2", two, NOON_MS + 30_000), NOON_MS + 2 * MINUTE_MS)
    assert (state.orders["o1"].courier_id, state.orders["o1"].status) == ("c2", S.ASSIGNED)
    with pytest.raises(Conflict, match="lapsed"):
        ask(state, c.AcceptOffer("c1", one, NOON_MS + 20_000), NOON_MS + 3 * MINUTE_MS)
    assert violations(state) == []


def test_who_goes_home_leaves_the_order_to_the_others() -> None:
    """A courier who takes a break loses their own offer only."""
    state = zone(couriers=2, orders=1)
    one, two = offered_to_many(state, ("o1",), "c1", "c2")
    ask(state, c.SetDuty("c1", Duty.ON_BREAK))
    assert (state.offers[one].status, state.offers[two].status) == (F.REVOKED, F.OPEN)
    assert (state.orders["o1"].offer_id, state.orders["o1"].declined_by) == (two, ())
    assert violations(state) == []


def test_a_cancel_ends_all_offers() -> None:
    """The order ends; what was offered beside it is free; nobody is left with an open offer."""
    state = zone(couriers=2, orders=2)
    ids = offered_to_many(state, ("o1", "o2"), "c1", "c2")
    ask(state, c.CancelOrder("o1", "changed my mind"))
    assert {state.offers[each].status for each in ids} == {F.REVOKED}
    assert (state.orders["o1"].status, state.orders["o2"].status) == (S.CANCELED, S.DISPATCHABLE)
    assert violations(state) == []


def test_a_route_that_has_moved_on_still_takes_the_orders() -> None:
    """A stop that was finished since the offer is left out of the plan; after any other change the orders come last."""
    state = zone(couriers=1, orders=3)
    given(state, "c1", "o1", "o2")
    own = planned(state, "c1", ("o3",)).stops
    first = PlannedRoute("c1", (own[0], own[3], own[4], own[1], own[2]))
    ask(state, c.OfferToMany(state.plan_version, ("o3",), (first,), MINUTE_MS, ("test",)))
    (offer,) = state.offers.values()
    progress(state, "c1", c.StopAction.COMPLETED)
    ask(state, c.AcceptOffer("c1", offer.id))
    drops = [(StopKind.DROPOFF, ("o1",)), (StopKind.DROPOFF, ("o2",))]
    new = [(StopKind.PICKUP, ("o3",)), (StopKind.DROPOFF, ("o3",))]
    assert visits(state, "c1") == new + drops
    assert violations(state) == []


def test_a_stop_that_is_under_way_stays_in_front() -> None:
    """The courier has set off elsewhere since: the plan would come before that stop, so the orders are appended."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1")
    own = planned(state, "c1", ("o2",)).stops
    ask(state, c.OfferToMany(state.plan_version, ("o2",), (PlannedRoute("c1", (*own[2:], *own[:2])),), MINUTE_MS, ()))
    (offer,) = state.offers.values()
    progress(state, "c1", c.StopAction.DEPARTED)
    ask(state, c.AcceptOffer("c1", offer.id))
    assert [order_ids for _, order_ids in visits(state, "c1")] == [("o1",), ("o1",), ("o2",), ("o2",)]
    assert state.route("c1").stops[0].started
    assert violations(state) == []


def test_reality_wins_over_open_offers() -> None:
    """Who was asked and has picked it up has accepted it; who was not asked and has it all the same has it, too."""
    state = zone(couriers=3, orders=2)
    for order_id in ("o1", "o2"):
        offered_to_many(state, (order_id,), "c1", "c2")
    report = c.ReportProgress("c2", "old", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.PICKUP)
    ask(state, report)
    assert (state.orders["o1"].status, state.orders["o1"].courier_id) == (S.PICKED_UP, "c2")
    assert [offer.status for offer in state.offers.values() if "o1" in offer.order_ids] == [F.TAKEN, F.ACCEPTED]
    assert not state.cases
    ask(state, replace(report, courier_id="c3", order_ids=("o2",)))
    assert (state.orders["o2"].status, state.orders["o2"].courier_id) == (S.PICKED_UP, "c3")
    assert {offer.status for offer in state.offers.values() if "o2" in offer.order_ids} == {F.REVOKED}
    assert violations(state) == []


def test_what_cannot_be_offered_to_several_is_refused() -> None:
    """No time, nobody, a courier twice, no orders, other orders than the routes have, a lost order, an old picture."""
    state = zone(couriers=2, orders=3)
    given(state, "c1", "o3")
    one, two = planned(state, "c1", ("o1",)), planned(state, "c2", ("o1",))
    wish = c.OfferToMany(state.plan_version, ("o1",), (one, two), MINUTE_MS, ("test",))
    without = PlannedRoute("c1", one.stops[2:])
    for bad in (
        replace(wish, offer_ttl_ms=0),
        replace(wish, routes=()),
        replace(wish, routes=(two, two)),
        replace(wish, order_ids=(), routes=(planned(state, "c2", ()),)),
        replace(wish, order_ids=("o1", "o2")),
        replace(wish, routes=(without, two)),
    ):
        with pytest.raises(InvalidInput):
            ask(state, bad)
    with pytest.raises(Conflict, match="changed after"):
        ask(state, replace(wish, base_version=state.plan_version - 1))
    ask(state, wish)
    with pytest.raises(Conflict, match="offered"):
        ask(state, replace(wish, base_version=state.plan_version))
    ask(state, c.CreateOrder(order("o9")))
    ask(state, plan(state, planned(state, "c2", ("o9",)), ttl_ms=MINUTE_MS))
    assert state.orders["o9"].status is S.OFFERED
    assert violations(state) == []


def test_a_courier_without_rivals_may_be_asked_so_too() -> None:
    """One route: the order waits for this answer and has no courier until then."""
    state = zone(couriers=1, orders=1)
    (only,) = offered_to_many(state, ("o1",), "c1")
    ask(state, c.AcceptOffer("c1", only))
    assert state.orders["o1"].courier_id == "c1"
    assert violations(state) == []


def test_the_invariants_see_what_must_not_be() -> None:
    """Whoever is asked among several does not have the order, and an offered order has an open offer."""
    state = zone(couriers=2, orders=1)
    ids = offered_to_many(state, ("o1",), "c1", "c2")
    sound = state.orders["o1"]
    state.orders["o1"] = replace(sound, courier_id="c1")
    assert any("yet one of them has it" in each for each in violations(state))
    state.orders["o1"] = replace(sound, offer_id="of-none")
    assert any("by no open offer" in each for each in violations(state))
    state.orders["o1"] = replace(sound, status=S.HELD)
    assert len(violations(state)) == len(ids)
    state.orders["o1"] = sound
    ask(state, c.AcceptOffer("c1", ids[0]))
    state.orders["o1"] = sound
    assert any("and yet on a route" in each for each in violations(state))


@pytest.mark.parametrize(
    ("words", "counts_as"),
    [
        ("too_far", DeclineReason.TOO_FAR),
        ("other: the lift is broken", DeclineReason.OTHER),
        ("pay: not for this", DeclineReason.PAY),
        ("I do not want to", DeclineReason.OTHER),
        ("", DeclineReason.OTHER),
    ],
)
def test_a_reason_to_decline_counts_by_its_first_word(words: str, counts_as: DeclineReason) -> None:
    """Free text follows a colon; words of one's own are other reasons."""
    assert decline_reason(words) is counts_as
