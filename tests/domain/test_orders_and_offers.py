"""An order's way through a zone: taken in, offered, accepted or not, canceled."""

import pytest

from dispatch.domain import commands as c
from dispatch.domain.courier import Account, Duty
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.offer import OfferStatus
from dispatch.domain.order import Lock, OrderStatus
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, courier, given, order, plan, planned, progress, zone

S = OrderStatus


def offered(state: ZoneState, courier_id: str, *order_ids: str) -> str:
    """Offer orders to a courier for a minute; returns the offer's id."""
    ask(state, plan(state, planned(state, courier_id, order_ids), ttl_ms=MINUTE_MS))
    return state.orders[order_ids[0]].offer_id


def test_an_order_is_taken_in_once_and_for_a_known_depot() -> None:
    """A created order waits for a plan; the same id again, an unknown depot and a promise in the past are refused."""
    state = zone(orders=1)
    assert state.orders["o1"].status is S.DISPATCHABLE
    with pytest.raises(Conflict, match="exists already"):
        ask(state, c.CreateOrder(order("o1")))
    with pytest.raises(NotFound, match="no depot nowhere"):
        ask(state, c.CreateOrder(order("o2", depot_id="nowhere")))
    late = order("o3")
    with pytest.raises(InvalidInput, match="before the order"):
        ask(state, c.CreateOrder(late.__class__(**{**_fields(late), "promise_at_ms": late.created_at_ms - 1})))


def _fields(thing: object) -> dict[str, object]:
    return {name: getattr(thing, name) for name in thing.__slots__}  # type: ignore[attr-defined]


def test_a_held_order_waits_for_its_release() -> None:
    """A hold keeps the reason and keeps the order from every plan; the release makes it dispatchable."""
    state = zone()
    ask(state, c.CreateOrder(order("o1"), hold="address"))
    assert (state.orders["o1"].status, state.orders["o1"].reason) == (S.HELD, "address")
    with pytest.raises(Conflict, match="cannot be planned"):
        given(state, "c1", "o1")
    ask(state, c.ReleaseHold("o1"))
    assert state.orders["o1"].status is S.DISPATCHABLE


def test_an_accepted_offer_assigns_all_its_orders() -> None:
    """Offered, then assigned; accepting again changes nothing; nobody else may answer."""
    state = zone(orders=2)
    offer_id = offered(state, "c1", "o1", "o2")
    assert {o.status for o in state.orders.values()} == {S.OFFERED}
    with pytest.raises(Forbidden):
        ask(state, c.AcceptOffer("c2", offer_id))
    ask(state, c.AcceptOffer("c1", offer_id))
    assert {o.status for o in state.orders.values()} == {S.ASSIGNED}
    assert ask(state, c.AcceptOffer("c1", offer_id)) == []
    with pytest.raises(Conflict, match="cannot be declined"):
        ask(state, c.DeclineOffer("c1", offer_id, "no"))
    assert violations(state) == []


def test_a_declined_offer_frees_the_orders_and_remembers_who() -> None:
    """The orders wait again and leave the route; a repeated decline changes nothing; accepting is too late."""
    state = zone(orders=1)
    offer_id = offered(state, "c1", "o1")
    ask(state, c.DeclineOffer("c1", offer_id, ""))
    freed = state.orders["o1"]
    assert (freed.status, freed.courier_id, freed.declined_by) == (S.DISPATCHABLE, "", ("c1",))
    assert state.route("c1").stops == ()
    assert ask(state, c.DeclineOffer("c1", offer_id, "")) == []
    with pytest.raises(Conflict, match="declined"):
        ask(state, c.AcceptOffer("c1", offer_id))


def test_silence_lapses_an_offer() -> None:
    """Before its time nothing happens; at its time the orders are free again; an accept just then is too late."""
    state = zone(orders=1)
    offer_id = offered(state, "c1", "o1")
    assert ask(state, c.PassTime(), NOON_MS + MINUTE_MS - 1) == []
    with pytest.raises(Conflict, match="lapsed"):
        ask(state, c.AcceptOffer("c1", offer_id), NOON_MS + MINUTE_MS)
    ask(state, c.PassTime(), NOON_MS + MINUTE_MS)
    assert state.offers[offer_id].status is OfferStatus.LAPSED
    assert (state.orders["o1"].declined_by, state.orders["o1"].missed_by) == ((), "c1")
    with pytest.raises(NotFound):
        ask(state, c.AcceptOffer("c1", "of-none"))


def test_canceling_before_pickup_ends_the_order() -> None:
    """A waiting, an offered and an assigned order end as canceled; an offer that held it is revoked as a whole."""
    state = zone(orders=4)
    offer_id = offered(state, "c1", "o2", "o3")
    given(state, "c2", "o4")
    for order_id in ("o1", "o2", "o4"):
        ask(state, c.CancelOrder(order_id, "changed my mind"))
        assert state.orders[order_id].status is S.CANCELED
    assert state.offers[offer_id].status is OfferStatus.REVOKED
    assert (state.orders["o3"].status, state.orders["o3"].declined_by) == (S.DISPATCHABLE, ())
    assert state.route("c1").stops == state.route("c2").stops == ()
    assert ask(state, c.CancelOrder("o1", "again")) == []
    assert violations(state) == []


def test_canceling_after_pickup_brings_the_goods_back() -> None:
    """With the goods on board the order returns; a delivered order cannot be canceled."""
    state = zone(orders=2)
    given(state, "c1", "o1", "o2")
    progress(state, "c1", c.StopAction.COMPLETED)
    progress(state, "c1", c.StopAction.COMPLETED)
    with pytest.raises(Conflict, match="cannot be canceled"):
        ask(state, c.CancelOrder("o1", ""))
    ask(state, c.CancelOrder("o2", "nobody home"))
    assert state.orders["o2"].status is S.RETURNING
    assert state.route("c1").stops == ()
    ask(state, c.ResolveAttempt("o2", "returned", "back at the depot"))
    assert state.orders["o2"].status is S.RETURNED


def test_a_courier_keeps_the_duty_when_registered_again() -> None:
    """Registering again changes the vehicle, not the duty; a suspended account cannot go on duty."""
    state = zone(couriers=1)
    ask(state, c.RegisterCourier(courier("c1")))
    assert state.couriers["c1"].duty is Duty.AVAILABLE
    gone = courier("c9").__class__(**{**_fields(courier("c9")), "account": Account.SUSPENDED})
    ask(state, c.RegisterCourier(gone))
    with pytest.raises(Forbidden, match="suspended"):
        ask(state, c.SetDuty("c9", Duty.AVAILABLE))
    with pytest.raises(NotFound, match="no courier c8"):
        ask(state, c.SetDuty("c8", Duty.AVAILABLE))


def test_locks_need_somebody_to_lock_to() -> None:
    """An assigned order can be locked and unlocked; a waiting one cannot."""
    state = zone(orders=2)
    given(state, "c1", "o1")
    ask(state, c.LockOrder("o1", Lock.COURIER, "knows the door code"))
    assert state.orders["o1"].lock is Lock.COURIER
    ask(state, c.LockOrder("o1", Lock.NONE, ""))
    with pytest.raises(Conflict, match="nothing to lock"):
        ask(state, c.LockOrder("o2", Lock.COURIER, ""))
