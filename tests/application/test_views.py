"""What is shown to whom: shoppers see one order and no more, couriers their own work, staff the zone."""

from dataclasses import replace

import msgspec
import pytest

from courier_protocol import live
from courier_protocol import messages as m
from courier_protocol.codec import check
from dispatch.application.courier_facts import PayPolicy, courier_facts, resync, told_to
from dispatch.application.ports import Position, Recorded
from dispatch.application.views import (
    CourierPath,
    Sight,
    event_word,
    first_name,
    glimpse,
    order_view,
    track_change,
    track_snapshot,
    zone_change,
    zone_snapshot,
)
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.apply import apply
from dispatch.domain.courier import Break
from dispatch.domain.order import Line, Order, OrderStatus, Proof, ProofKind
from dispatch.domain.order_message import Party
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState, evolve
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, plan, planned, progress, zone

PLACE = Position("c1", 3, 9, NOON_MS, NOON_MS, 60.166, 24.936, heading_deg=90.0)
SIGHT = Sight({"c1": PLACE}, {"c1": "live"}, {"c1": CourierPath(7, "whole", "leg")})
VISIBLE = {OrderStatus.PICKED_UP, OrderStatus.EN_ROUTE_DROPOFF, OrderStatus.AT_DROPOFF}


def carried(orders: int = 1) -> ZoneState:
    """Courier c1 with the goods of every order on board."""
    state = zone(couriers=2, orders=orders)
    given(state, "c1", *(f"o{n}" for n in range(1, orders + 1)))
    progress(state, "c1", c.StopAction.COMPLETED)
    return state


def snapshot_of(state: ZoneState, order: Order) -> live.TrackSnapshot:
    return track_snapshot(state, order, 1, 5, SIGHT)


@pytest.mark.parametrize("status", OrderStatus)
def test_the_courier_is_seen_between_pickup_and_dropoff_only(status: OrderStatus) -> None:
    """In every other status the shopper's messages hold nothing of the courier, whatever the server knows."""
    state = carried()
    seen = snapshot_of(state, replace(state.orders["o1"], status=status))
    if status in VISIBLE:
        assert (seen.courier_name, seen.courier_profile) == ("Courier", "ebike")
        assert seen.fix and (seen.fix.courier_id, seen.fix.gen, seen.fix.seq) == ("courier", 3, 9)
    else:
        assert (seen.courier_name, seen.courier_profile, seen.fix, seen.path) == ("", "", None, None)


def test_the_way_is_shown_once_theirs_is_the_next_stop() -> None:
    """The way through other people's doors stays hidden; their number is told."""
    state = carried(orders=2)
    first, second = (glimpse(state, state.orders[order_id], SIGHT) for order_id in ("o1", "o2"))
    assert first.stops_before == 0 and first.path == live.RoutePath("courier", 7, "leg")
    assert second.stops_before == 1 and second.path is None


def test_a_shopper_never_sees_what_is_the_houses() -> None:
    """No courier id, no depot id, no reasons, no offers or refusals in the timeline, nobody else's order."""
    state = zone(couriers=2, orders=2)
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    offer = next(iter(state.offers.values()))
    ask(state, c.DeclineOffer("c1", offer.id, "this customer is rude"))
    given(state, "c2", "o1", "o2")
    told = msgspec.json.encode(snapshot_of(state, state.orders["o1"])).decode()
    for secret in ('"c1"', '"c2"', '"d1"', "rude", "offered", "o2", "Ada", "+358"):
        assert secret not in told, secret
    assert [step.status for step in snapshot_of(state, state.orders["o1"]).order.timeline] == [
        "dispatchable",
        "assigned",
    ]


def test_an_open_offer_looks_like_waiting() -> None:
    """A shopper is not told that somebody is thinking about it."""
    state = zone(couriers=1, orders=1)
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    assert state.orders["o1"].status is OrderStatus.OFFERED
    assert snapshot_of(state, state.orders["o1"]).order.status == "dispatchable"


@pytest.mark.parametrize(("name", "shown"), [("Ada Byron", "Ada"), (" Ada ", "Ada"), ("王小明", "王小明"), ("", "")])
def test_first_names(name: str, shown: str) -> None:
    """A stranger gets the first name; a name without spaces is taken whole."""
    assert first_name(name) == shown


def test_event_words() -> None:
    """Events are named on the wire as the field writes them."""
    words = {event_word(replace_type(kind)) for kind in e.Event.__args__}
    assert {"order_created", "plan_adopted", "route_retimed", "eta_changed", "duty_changed"} <= words


def replace_type(kind: type[e.Event]) -> e.Event:
    """An event of this type without going through its constructor: only its name matters."""
    return kind.__new__(kind)


def test_every_event_makes_one_valid_change_for_staff() -> None:
    """Whole views of what changed, chained to the event before, and valid on the wire."""
    state = zone(couriers=1)
    happened: list[e.Event] = []
    happened += ask(state, c.CreateOrder(order("o9")))
    happened += ask(state, plan(state, planned(state, "c1", ("o9",)), ttl_ms=MINUTE_MS))
    happened += ask(state, c.AcceptOffer("c1", next(iter(state.offers))))
    for seq, event in enumerate(happened, 11):
        change = zone_change(state, 1, Recorded(seq, NOON_MS, "r", "a", event), SIGHT)
        check(change)
        assert (change.prev, change.seq, change.event) == (seq - 1, seq, event_word(event))
        if isinstance(event, e.RouteChanged):
            assert change.couriers[0].stops and change.couriers[0].link == "live"
        if isinstance(event, e.OrderCreated):
            assert change.orders[0].id == "o9"
    check(zone_snapshot(state, 1, 20, SIGHT))


def test_a_zone_snapshot_holds_everything() -> None:
    """Orders, couriers with routes and links, depots, places and paths of known couriers."""
    snapshot = zone_snapshot(carried(), 2, 40, SIGHT)
    assert (snapshot.epoch, snapshot.seq, snapshot.zone) == (2, 40, "test")
    assert [courier.link for courier in snapshot.couriers] == ["live", "offline"]
    assert [fix.courier_id for fix in snapshot.fixes] == ["c1"]
    assert snapshot.paths == (live.RoutePath("c1", 7, "whole"),)
    assert len(snapshot.depots) == 2 and snapshot.orders[0].courier_id == "c1"


def test_staff_see_the_plan_version_and_why_a_route_changed() -> None:
    """The version is what an override names; reason, engines and gain are those of the route's last change."""
    state = zone(couriers=2, orders=1)
    happened = ask(state, replace(plan(state, planned(state, "c1", ("o1",))), gain=75.04))
    event = next(event for event in happened if isinstance(event, e.RouteChanged))
    change = zone_change(state, 1, Recorded(9, NOON_MS, "r", "a", event), SIGHT)
    assert change.couriers[0].route_gain_s == 75.0
    assert change.plan_version == state.plan_version == zone_snapshot(state, 1, 9, SIGHT).plan_version
    assert (change.couriers[0].route_reason, change.couriers[0].route_engines) == ("test", ("test",))
    progress(state, "c1", c.StopAction.DEPARTED)
    seen = zone_snapshot(state, 1, 10, SIGHT).couriers[0]
    assert (seen.route_reason, seen.route_engines, seen.route_gain_s) == ("stop en_route", (), 0)


def test_staff_see_when_a_courier_rests_and_goes_home() -> None:
    """Planned breaks and the end of the shift are part of a courier's view, at once when they are planned."""
    state = zone(couriers=1)
    rest = Break(NOON_MS + MINUTE_MS, NOON_MS + 30 * MINUTE_MS)
    planned_shift = replace(state.couriers["c1"], breaks=(rest,), shift_end_at_ms=NOON_MS + 90 * MINUTE_MS)
    event = ask(state, c.RegisterCourier(planned_shift))[0]
    change = zone_change(state, 1, Recorded(1, NOON_MS, "r", "a", event), SIGHT)
    seen = change.couriers[0]
    assert [(each.from_ms, each.until_ms) for each in seen.breaks] == [(rest.from_ms, rest.until_ms)]
    assert seen.shift_end_at_ms == NOON_MS + 90 * MINUTE_MS


@pytest.mark.parametrize("calls", [True, False])
@pytest.mark.parametrize("number", ["+358401112222", ""])
def test_a_customer_is_offered_a_call_while_somebody_can_answer(number: str, calls: bool) -> None:
    """While the courier is on the way, has a number, and there is a gateway to join them; never with the number."""
    state, sight = carried(), replace(SIGHT, calls=calls)
    state.couriers["c1"] = replace(state.couriers["c1"], phone=number)
    shown = track_snapshot(state, state.orders["o1"], 1, 5, sight)
    assert ("call" in shown.order.may) is bool(calls and number)
    assert not number or number not in str(shown)
    waiting = zone(couriers=2, orders=1)
    assert "call" not in track_snapshot(waiting, waiting.orders["o1"], 1, 5, sight).order.may


def test_track_changes_are_chained_and_valid() -> None:
    """A change names what it follows and whether the courier may be shown."""
    state = carried()
    recorded = Recorded(33, NOON_MS, "r", "a", e.OrderChanged(state.orders["o1"], "picked_up"))
    change = track_change(state, state.orders["o1"], recorded, SIGHT, epoch=1, prev=30)
    check(change)
    assert (change.prev, change.seq, change.courier_visible) == (30, 33, True)


# --- couriers --------------------------------------------------------------------------------------------------


def facts_of(state: ZoneState, events: list[e.Event]) -> list[tuple[str, m.CourierFact]]:
    told = []
    for event in events:
        recorded = Recorded(1, NOON_MS, "r", "a", event)
        told += [(told_to(event), fact) for fact in courier_facts(state, recorded)]
    return told


def test_an_offer_is_told_with_its_route() -> None:
    """The offer comes with its stops, in the push of the route change that the same plan made; to its courier only."""
    state = zone(couriers=2, orders=1)
    told = facts_of(state, ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS)))
    assert [(whom, type(fact)) for whom, fact in told] == [("c1", m.Offered), ("c1", m.RouteChanged)]
    offered = told[0][1]
    assert isinstance(offered, m.Offered)
    assert [stop.kind for stop in offered.stops] == ["pickup", "dropoff"] and offered.distance_m > 500
    pay = PayPolicy()
    assert offered.earnings_minor == pay.base_minor + round(pay.per_km_minor * offered.distance_m / 1000)
    assert offered.currency == "CNY"


@pytest.mark.parametrize("outcome", ["accepted", "declined", "lapsed", "revoked"])
def test_the_end_of_an_offer_is_told(outcome: str) -> None:
    """However it ends, the courier hears how."""
    state = zone(couriers=1, orders=1)
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    offer_id = next(iter(state.offers))
    ends: dict[str, c.Command] = {
        "accepted": c.AcceptOffer("c1", offer_id),
        "declined": c.DeclineOffer("c1", offer_id, "far"),
        "lapsed": c.PassTime(),
        "revoked": c.CancelOrder("o1", "shop closed"),
    }
    told = facts_of(state, ask(state, ends[outcome], NOON_MS + (2 * MINUTE_MS if outcome == "lapsed" else 0)))
    closed = [fact for _, fact in told if isinstance(fact, m.OfferClosed)]
    assert [fact.outcome for fact in closed] == [outcome]


def test_an_offer_to_several_is_told_to_each_with_its_stops_and_who_was_late_hears_why() -> None:
    """Each phone gets the same stops at its own pay; the winner gets the route, the others that it is taken.

    A phone that comes back is told of what is still open.
    """
    state = zone(couriers=3, orders=1)
    routes = tuple(planned(state, courier_id, ("o1",)) for courier_id in ("c1", "c2", "c3"))
    told = facts_of(state, ask(state, c.OfferToMany(state.plan_version, ("o1",), routes, MINUTE_MS, ("test",))))
    assert [(whom, type(fact)) for whom, fact in told] == [(each, m.Offered) for each in ("c1", "c2", "c3")]
    offered = {whom: fact for whom, fact in told if isinstance(fact, m.Offered)}
    assert [stop.kind for stop in offered["c2"].stops] == ["pickup", "dropoff"] and offered["c2"].earnings_minor > 0
    assert resync(state, "c3").offers == (offered["c3"],) and resync(state, "c3").route.stops == ()
    told = facts_of(state, ask(state, c.AcceptOffer("c2", offered["c2"].offer_id)))
    closed = [(whom, f.outcome, f.reason) for whom, f in told if isinstance(f, m.OfferClosed)]
    assert sorted(closed) == [("c1", "revoked", "taken"), ("c2", "accepted", ""), ("c3", "revoked", "taken")]
    assert [whom for whom, fact in told if isinstance(fact, m.RouteChanged)] == ["c2"]
    assert resync(state, "c3").offers == ()


def test_times_and_duty_are_told() -> None:
    """New times come as the whole route; a duty change as the server holds it; other people's events not at all."""
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    route = state.route("c1")
    times = tuple((stop.id, stop.arrive_at_ms + MINUTE_MS, stop.depart_at_ms + MINUTE_MS) for stop in route.stops)
    retimed = c.UpdateEtas((c.RetimedRoute("c1", route.version, times),), "traffic")
    told = facts_of(state, ask(state, retimed))
    assert told[0][0] == "c1" and isinstance(told[0][1], m.RouteChanged) and told[0][1].reason == "traffic"
    told = facts_of(state, ask(state, c.SetDuty("c2", c.Duty.ON_BREAK)))
    assert told == [("c2", m.DutyChanged(duty="on_break"))]


def test_a_resync_holds_all_that_a_phone_needs() -> None:
    """Duty, the whole route, and the offers that are still open with their stops."""
    state = zone(couriers=1, orders=1)
    ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    now = resync(state, "c1")
    assert now.duty == "available" and len(now.route.stops) == 2
    assert [offer.order_ids for offer in now.offers] == [("o1",)]
    assert now.route.cards == ()
    check(m.Resync(epoch=1, seq=1, duty=now.duty, route=now.route, offers=now.offers, said=now.said))


def test_a_courier_knows_an_order_once_it_is_theirs() -> None:
    """The phone and the things of an offered order are not told; with the acceptance they come, and what was
    written about it; goods that have no stop any more stay on the phone until they are back.
    """
    state = zone(couriers=1)
    line = Line("Baijiu", 2, "6901")
    requires = (ProofKind.AGE, ProofKind.PHOTO)
    ask(state, c.CreateOrder(replace(order("o1"), lines=(line,), requires=requires, ref="R-1")))
    offer = ask(state, plan(state, planned(state, "c1", ("o1",)), ttl_ms=MINUTE_MS))
    assert "+358" not in str(facts_of(state, offer)) and "Baijiu" not in str(facts_of(state, offer))
    taken = facts_of(state, ask(state, c.AcceptOffer("c1", next(iter(state.offers)))))
    cards = [fact.card for _, fact in taken if isinstance(fact, m.CardChanged)]
    assert [(card.name, card.phone, card.ref, card.requires) for card in cards] == [
        ("Ada", "+358 1", "R-1", ("age", "photo"))
    ]
    assert cards[0].lines == (m.LineView("Baijiu", 2, "6901"),)
    progress(state, "c1", c.StopAction.COMPLETED)
    back = facts_of(state, ask(state, c.CancelOrder("o1", "shop closed")))
    assert [(whom, fact.card.status) for whom, fact in back if isinstance(fact, m.CardChanged)] == [("c1", "returning")]
    assert [card.status for card in resync(state, "c1").route.cards] == ["returning"]
    ended = facts_of(state, ask(state, c.ResolveAttempt("o1", "returned", "back")))
    assert [fact.card.status for _, fact in ended if isinstance(fact, m.CardChanged)] == ["returned"]
    assert resync(state, "c1").route.cards == ()


def test_what_is_taken_back_is_told_with_all_of_its_order() -> None:
    """Event by event, as pushes are made: the stop that stands there again comes with the card that left the phone."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    stop_id = state.route("c1").stops[1].id
    progress(state, "c1", c.StopAction.COMPLETED)
    progress(state, "c1", c.StopAction.COMPLETED)
    told: list[m.CourierFact] = []
    for event in apply(state, c.UndoStop("c1", stop_id, NOON_MS, MINUTE_MS), NOON_MS):
        evolve(state, event)
        told += courier_facts(state, Recorded(1, NOON_MS, "r", "a", event))
    (route,) = (fact for fact in told if isinstance(fact, m.RouteChanged))
    assert [stop.stop_id for stop in route.stops] == [stop_id]
    assert [(card.order_id, card.status) for card in route.cards] == [("o1", "at_dropoff")]


def test_messages_reach_the_courier_who_has_the_order() -> None:
    """What customer and dispatcher write to couriers, and their own words; whoever takes the order over reads it all.
    What customers and dispatchers write to each other is not told.
    """
    state = zone(couriers=2, orders=1)
    given(state, "c1", "o1")
    said = [
        c.PostMessage("m1", "o1", Party.CUSTOMER, Party.COURIER, "back door"),
        c.PostMessage("m2", "o1", Party.COURIER, Party.CUSTOMER, "ok", "c1"),
        c.PostMessage("m3", "o1", Party.CUSTOMER, Party.DISPATCHER, "he is rude"),
    ]
    told = [facts for message in said for facts in facts_of(state, ask(state, message))]
    assert [(whom, fact.text) for whom, fact in told if isinstance(fact, m.Said)] == [("c1", "back door"), ("c1", "ok")]
    ask(state, c.UnassignByHand("o1", "ill"))
    assert resync(state, "c1").said == ()
    over = facts_of(state, ask(state, plan(state, planned(state, "c2", ("o1",)))))
    assert [(whom, fact.text) for whom, fact in over if isinstance(fact, m.Said)] == [("c2", "back door"), ("c2", "ok")]
    assert [fact.text for fact in resync(state, "c2").said] == ["back door", "ok"]
    shown = track_snapshot(state, state.orders["o1"], 1, 1, Sight()).messages
    assert [message.text for message in shown] == ["back door", "ok", "he is rude"]


def test_staff_see_cases_and_messages() -> None:
    """In the snapshot, and each as it comes; a notice is the courier's own."""
    state = zone(couriers=2, orders=1)
    given(state, "c2", "o1")
    report = c.ReportProgress("c1", "old", c.StopAction.COMPLETED, NOON_MS, order_ids=("o1",), kind=StopKind.DROPOFF)
    events = ask(state, report)
    changes = [zone_change(state, 1, Recorded(n, NOON_MS, "r", "a", event), Sight()) for n, event in enumerate(events)]
    cases = [case for change in changes for case in change.cases]
    assert [(case.kind, case.courier_id, case.other_courier_id) for case in cases] == [
        ("delivered_after_reassign", "c1", "c2")
    ]
    told = [(whom, fact.code) for whom, fact in facts_of(state, events) if isinstance(fact, m.Notice)]
    assert told == [("c1", "delivery_counts"), ("c2", "already_delivered")]
    ask(state, c.PostMessage("m1", "o1", Party.DISPATCHER, Party.CUSTOMER, "sorry"))
    snapshot = zone_snapshot(state, 1, 1, Sight())
    assert snapshot.cases == tuple(cases) and [each.text for each in snapshot.messages] == ["sorry"]
    check(snapshot)


def test_the_pin_is_the_shoppers_until_the_end() -> None:
    """It is shown on the tracking page while a courier may ask for it, never to staff and never to the courier."""
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), requires=(ProofKind.PIN,), pin="4821")))
    given(state, "c1", "o1")
    assert track_snapshot(state, state.orders["o1"], 1, 1, Sight()).pin == "4821"
    assert "4821" not in str(zone_snapshot(state, 1, 1, Sight())) + str(resync(state, "c1"))
    progress(state, "c1", c.StopAction.COMPLETED)
    stop_id = state.route("c1").stops[0].id
    pin = Proof(ProofKind.PIN, "o1", "4821")
    ask(state, c.ReportProgress("c1", stop_id, c.StopAction.COMPLETED, NOON_MS, proofs=(pin,)))
    assert track_snapshot(state, state.orders["o1"], 1, 1, Sight()).pin == ""
    assert [proof.kind for proof in order_view(state.orders["o1"]).proofs] == ["pin"]
