"""An order forgets its customer: in the zone's state, and in whatever the past has told of it."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.apply import apply
from dispatch.domain.case import Case, CaseKind
from dispatch.domain.claim import Claim, ClaimedLine, ClaimKind, ClaimReason, Visit
from dispatch.domain.courier import Account, Courier
from dispatch.domain.erasure import Gone, erased_entity, erased_event, erased_order
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.offer import Offer
from dispatch.domain.order import Dropoff, Handover, Order, OrderStatus, Proof, ProofKind
from dispatch.domain.order_message import OrderMessage, Party
from dispatch.domain.rating import Rating
from dispatch.domain.route import FinishedStop, Route, Stop, StopEnd, StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.domain.wish import Wish, WishKind
from dispatch.domain.zone import ZoneState, evolve
from tests.support.zones import NOON_MS

SECRET = "Grace"
HOME = Point(60.171234, 24.941234)
DOOR = Dropoff(HOME, f"{SECRET} Street 9", SECRET, f"+{SECRET}", f"ring at {SECRET}", HOME)
ORDER = Order(
    *("o1", "d1", DOOR, Load(1, 1, 1), 1, 2, 3),
    ref="R-7",
    track_hash=SECRET,
    phone_mark=SECRET,
    placed_by="shop",
    status=OrderStatus.DELIVERED,
    reason=SECRET,
    courier_id="c1",
    pin=SECRET,
    barcode=SECRET,
    cut_off=SECRET,
    proofs=(Proof(ProofKind.PHOTO, "o1", SECRET, SECRET, 7),),
    handover=Handover("c2", HOME, SECRET),
    wishes=(Wish(WishKind.ADDRESS, 5, SECRET, 6, "support:x", SECRET),),
    rating=Rating(5, ("friendly",), SECRET, 9),
    timeline=((OrderStatus.DELIVERED, NOON_MS),),
)
STOP = Stop("s1", StopKind.DROPOFF, ("o1",), HOME, SECRET, SECRET, 60, 0, 0, 0, 0, SECRET)
DEPOT = replace(STOP, kind=StopKind.PICKUP, name="Depot", address="Market 1", note="", place=Point(60.16, 24.93))
ROUTE = Route("c1", 3, (DEPOT, STOP), finished=FinishedStop(STOP, ("o1",), 1, 1))
MESSAGE = OrderMessage("m1", 1, "o1", "c1", Party.CUSTOMER, Party.COURIER, SECRET, 4)
CASE = Case(
    "k1", CaseKind.COMPLAINT, "o1", "c1", "", 1, 1,
    resolution=SECRET, text=SECRET, solution=SECRET, follow_up_note=SECRET,
)  # fmt: skip
CLAIM = Claim(
    *(
        "k2",
        "o1",
        ClaimKind.RETURN,
        ClaimReason.QUALITY,
        (ClaimedLine(0, 1, "Milk"),),
        1,
        2,
        "d1",
        1,
        SECRET,
        Visit(5, 6),
    ),
    answer=SECRET,
)
OFFER = Offer("f1", "c1", ("o1",), 1, 2, stops=(DEPOT, STOP))
EVENTS = (
    *(e.OrderCreated(ORDER), e.OrderChanged(ORDER, "delivered"), e.EtaChanged(ORDER, "plan"), e.MessagePosted(MESSAGE)),
    *(e.CaseChanged(CASE), e.RouteChanged(ROUTE, ""), e.RouteRetimed(ROUTE, "")),
    *(e.OfferMade(OFFER), e.OfferClosed(OFFER), e.ClaimChanged(CLAIM)),
)
COURIER = Courier("c1", SECRET, Profile.EBIKE, Load(1, 1, 1), Account.SUSPENDED, phone=SECRET)
MINE = Gone(frozenset({"o1"}), frozenset({"c1"}))
TELLING = (*EVENTS, e.CourierRegistered(COURIER), e.DutyChanged(COURIER))
ENTITIES = (ORDER, MESSAGE, CASE, CLAIM, ROUTE, OFFER, COURIER)


def ended() -> ZoneState:
    state = ZoneState("z")
    for event in (e.OrderCreated(ORDER), e.MessagePosted(MESSAGE), e.RouteChanged(replace(ROUTE, stops=(DEPOT,)), "")):
        evolve(state, event)
    return state


def test_what_goes_and_what_stays() -> None:
    """Nothing tells who it was or where but for a kilometre; what the house has to answer for is as it was."""
    after = erased_order(ORDER)
    assert SECRET not in repr(after) and (after.dropoff.place.lat, after.dropoff.place.lon) == (60.17, 24.94)
    kept = ("id", "ref", "status", "courier_id", "placed_by", "timeline", "load", "promise_at_ms", "assignment_seq")
    assert [getattr(after, name) for name in kept] == [getattr(ORDER, name) for name in kept]
    assert (after.proofs[0].kind, after.rating and after.rating.stars, after.wishes[0].at_ms) == ("photo", 5, 5)
    assert erased_order(after) == after


@pytest.mark.parametrize(
    "event", (*EVENTS, e.CourierRegistered(COURIER), e.DutyChanged(COURIER)), ids=lambda event: type(event).__name__
)
def test_every_event_that_tells_of_it(event: e.Event) -> None:
    """Each forgets; and of somebody else's orders it is left as it was."""
    assert SECRET in repr(event)
    assert SECRET not in repr(erased_event(event, MINE))
    assert erased_event(event, Gone(frozenset({"o2"}), frozenset({"c2"}))) == event
    assert erased_event(erased_event(event, MINE), MINE) == erased_event(event, MINE)


@pytest.mark.parametrize(
    "entity", [ORDER, MESSAGE, CASE, CLAIM, ROUTE, OFFER, COURIER], ids=lambda entity: type(entity).__name__
)
def test_every_entity_that_tells_of_it(entity: Order | OrderMessage | Case | Route | Offer | Courier) -> None:
    """The newest values in the store, too."""
    assert SECRET not in repr(erased_entity(entity, MINE)) and erased_entity(entity, Gone()) == entity


def test_what_tells_of_nobody_is_left_alone() -> None:
    """A depot's stop, a stop that is somebody else's as well, and events about no order."""
    shared = replace(STOP, order_ids=("o1", "o2"))
    for stop in (DEPOT, shared, replace(STOP, end=StopEnd.DEPOT), replace(STOP, order_ids=())):
        assert erased_entity(Route("c1", 1, (stop,)), MINE) == Route("c1", 1, (stop,))
    plan = e.PlanAdopted(1, (), "", 0, 0.0)
    assert erased_event(plan, MINE) is plan
    spread = ZoneState("z").spread
    assert erased_entity(spread, MINE) is spread


def test_the_zone_forgets_and_the_audit_does_not() -> None:
    """The order, its messages and the stop that was finished last; who asked and why is an entry of the audit."""
    state = ended()
    events = apply(state, c.ErasePeople(("o1",), (), "the account was deleted"), NOON_MS)
    assert e.Overridden("erase", "o1", "", "the account was deleted") in events
    for event in events:
        evolve(state, event)
    found = replace(state.orders["o1"], phone_mark="")
    assert SECRET not in repr((found, state.messages, state.routes))
    assert state.orders["o1"].phone_mark == SECRET, "whoever was cut off has to find the order again"
    assert apply(state, c.ErasePeople(("o1",), (), "again"), NOON_MS)


def test_an_order_that_goes_on_keeps_its_door() -> None:
    """Its courier needs it; then nothing is erased of the others either. An unknown one is said to be so."""
    state = ended()
    evolve(state, e.OrderCreated(replace(ORDER, id="o2", status=OrderStatus.ASSIGNED)))
    with pytest.raises(Conflict, match="o2 has not ended"):
        apply(state, c.ErasePeople(("o1", "o2"), (), "x"), NOON_MS)
    with pytest.raises(NotFound):
        apply(state, c.ErasePeople(("o9",), (), "x"), NOON_MS)


def test_a_courier_is_an_id_from_then_on() -> None:
    """Who is suspended and has no stops; the audit names the id."""
    state = ended()
    evolve(state, e.CourierRegistered(COURIER))
    with pytest.raises(Conflict, match="suspended first"):
        apply(state, c.ErasePeople((), ("c1",), "x"), NOON_MS)
    evolve(state, e.RouteChanged(Route("c1", 4), ""))
    events = apply(state, c.ErasePeople((), ("c1",), "has left"), NOON_MS)
    assert events == [
        e.CourierRegistered(replace(COURIER, name="c1", phone="")),
        e.Overridden("erase", "", "c1", "has left"),
    ]
    evolve(state, e.CourierRegistered(replace(COURIER, account=Account.ACTIVE)))
    with pytest.raises(Conflict, match="suspended first"):
        apply(state, c.ErasePeople((), ("c1",), "x"), NOON_MS)
