"""Decisions about offers: made with a plan, answered by a courier, ended by time. `rivals` has those to several."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, Forbidden
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.rivals import open_rivals, pass_on, win
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.stops import append_stops, build_stop
from dispatch.domain.zone import Draft


def make_offer(
    draft: Draft, courier_id: str, orders: tuple[Order, ...], ttl_ms: int, plan: PlannedRoute | None = None
) -> None:
    """Hold orders out to a courier, or assign them at once when `ttl_ms` is 0. `plan` is the route with them."""
    offer_id = _offer_id(draft, courier_id)
    if ttl_ms:
        order_ids = tuple(order.id for order in orders)
        way_s = approach_s(plan, order_ids, draft.now_ms) if plan else 0
        offer = Offer(offer_id, courier_id, order_ids, draft.now_ms, draft.now_ms + ttl_ms, approach_s=way_s)
        draft.emit(e.OfferMade(offer))
    for order in orders:
        given = replace(
            order.moved(OrderStatus.OFFERED if ttl_ms else OrderStatus.ASSIGNED, draft.now_ms),
            courier_id=courier_id,
            offer_id=offer_id if ttl_ms else "",
            assignment_seq=order.assignment_seq + 1,
        )
        draft.change_order(given)


def make_shared_offers(draft: Draft, order_ids: tuple[str, ...], plans: tuple[PlannedRoute, ...], ttl_ms: int) -> None:
    """Hold orders out to the couriers of all these routes at once; each route is the courier's own, with the orders."""
    offer_ids = [_offer_id(draft, plan.courier_id) for plan in plans]
    for order_id in order_ids:
        offered = draft.order(order_id).moved(OrderStatus.OFFERED, draft.now_ms)
        seq = offered.assignment_seq + 1
        draft.change_order(replace(offered, offer_id=offer_ids[0], assignment_seq=seq))
    for offer_id, plan in zip(offer_ids, plans, strict=True):
        shown = [replace(s, order_ids=own) for s in plan.stops if (own := _among(s.order_ids, order_ids))]
        offer = Offer(
            offer_id,
            plan.courier_id,
            order_ids,
            draft.now_ms,
            draft.now_ms + ttl_ms,
            approach_s=approach_s(plan, order_ids, draft.now_ms),
            rivals=tuple(each for each in offer_ids if each != offer_id),
            plan=plan.stops,
            stops=tuple(build_stop(draft, stop) for stop in shown),
        )
        draft.emit(e.OfferMade(offer))


def approach_s(plan: PlannedRoute, order_ids: tuple[str, ...], now_ms: int) -> int:
    """Seconds of riding to the first stop of the plan that is made for these orders, from the stop before it."""
    first = next(k for k, stop in enumerate(plan.stops) if _among(stop.order_ids, order_ids))
    left_at_ms = max(now_ms, plan.stops[first - 1].depart_at_ms if first else 0)
    return max(0, plan.stops[first].arrive_at_ms - left_at_ms) // 1000


def _offer_id(draft: Draft, courier_id: str) -> str:
    return f"of-{draft.version}-{courier_id}"


def _among(order_ids: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(order_id for order_id in order_ids if order_id in wanted)


def release_order(draft: Draft, order: Order, reason: str, declined_by: str = "", missed_by: str = "") -> None:
    """Take an order from its courier, to be planned again."""
    draft.change_order(order.released(draft.happened_at_ms(order), reason, declined_by, missed_by))


def accept_offer(draft: Draft, command: c.AcceptOffer) -> None:
    """The courier takes all of it. Accepting twice changes nothing; too late is a conflict.

    What counts is when the courier answered, not when we heard: an answer that was in time but came late (the phone had
    no link) still holds while nobody else has been asked for these orders.
    """
    offer = _own_offer(draft, command.courier_id, command.offer_id)
    if offer.status is OfferStatus.ACCEPTED:
        return
    draft.device_at_ms = draft.device_at_ms or command.at_ms
    answered_at_ms = min(command.at_ms or draft.now_ms, draft.now_ms)
    if answered_at_ms >= offer.expires_at_ms or not (offer.status is OfferStatus.OPEN or _still_free(draft, offer)):
        raise Conflict(f"offer_{_ended(offer)}", f"The offer is {_ended(offer)}; it can no longer be accepted.")
    draft.emit(e.OfferClosed(replace(offer, status=OfferStatus.ACCEPTED)))
    if offer.status is OfferStatus.OPEN and offer.is_shared:
        win(draft, offer)
    elif offer.status is OfferStatus.OPEN:
        for order_id in offer.order_ids:
            draft.move_order(draft.order(order_id), OrderStatus.ASSIGNED)
    else:
        _take_up_again(draft, offer)


def _take_up_again(draft: Draft, offer: Offer) -> None:
    orders = [give(draft, draft.order(order_id), offer.courier_id) for order_id in offer.order_ids]
    wanted = [(kind, order) for kind in (StopKind.PICKUP, StopKind.DROPOFF) for order in orders]
    append_stops(draft, offer.courier_id, wanted, "accepted in time")


def _still_free(draft: Draft, offer: Offer) -> bool:
    """Whether a lapsed offer can be taken up again: its courier works, and its orders still wait for anybody."""
    waits = all(
        (order := draft.base.orders.get(order_id)) and order.status is OrderStatus.DISPATCHABLE
        for order_id in offer.order_ids
    )
    works = draft.courier(offer.courier_id).duty is Duty.AVAILABLE
    return offer.status is OfferStatus.LAPSED and waits and works


def give(draft: Draft, order: Order, courier_id: str) -> Order:
    """Assign a waiting order without asking."""
    assigned = order.moved(OrderStatus.ASSIGNED, draft.happened_at_ms(order))
    return draft.change_order(
        replace(assigned, courier_id=courier_id, offer_id="", assignment_seq=order.assignment_seq + 1)
    )


def decline_offer(draft: Draft, command: c.DeclineOffer) -> None:
    """The courier refuses; the orders are free again and this courier is not asked again."""
    offer = _own_offer(draft, command.courier_id, command.offer_id)
    if offer.status in (OfferStatus.DECLINED, OfferStatus.LAPSED, OfferStatus.TAKEN):
        return
    if offer.status is not OfferStatus.OPEN:
        raise Conflict(f"offer_{offer.status}", f"The offer is {offer.status}; it cannot be declined.")
    close_offer(draft, offer, "declined", command.reason or "declined")


def close_offer(draft: Draft, offer: Offer, outcome: str, reason: str) -> None:
    """End one courier's open offer without acceptance: its orders leave the courier's route and are free.

    Orders that others are being asked for at the same time wait on with them.
    """
    draft.emit(e.OfferClosed(replace(offer, status=OfferStatus(outcome)), reason))
    heir = next(iter(open_rivals(draft, offer)), None)
    if heir:
        pass_on(draft, offer, heir, OfferStatus(outcome))
        return
    declined_by = offer.courier_id if outcome == "declined" else ""
    missed_by = offer.courier_id if outcome == "lapsed" else ""
    for order_id in offer.order_ids:
        release_order(draft, draft.order(order_id), reason, declined_by, missed_by)
    if not offer.is_shared:
        route = draft.route(offer.courier_id)
        draft.change_route(offer.courier_id, route.without_orders(frozenset(offer.order_ids)), f"offer {outcome}")


def withdraw_offer(draft: Draft, offer: Offer, reason: str, outcome: str = "revoked") -> None:
    """End an open offer for everybody who was asked: its orders are free."""
    for rival in open_rivals(draft, offer):
        draft.emit(e.OfferClosed(replace(rival, status=OfferStatus(outcome)), reason))
    close_offer(draft, offer, outcome, reason)


def lapse_offers(draft: Draft, command: c.PassTime) -> None:
    """Offers whose time is over lapse; rivals' offers end at one time."""
    del command
    for offer_id in tuple(draft.base.open_offers):
        offer = draft.offer(offer_id)
        if offer.expires_at_ms <= draft.now_ms and offer.status is OfferStatus.OPEN:
            withdraw_offer(draft, offer, "no answer", "lapsed")


def _own_offer(draft: Draft, courier_id: str, offer_id: str) -> Offer:
    offer = draft.offer(offer_id)
    if offer.courier_id != courier_id:
        raise Forbidden("not_your_offer", "This offer was made to somebody else.")
    return offer


def _ended(offer: Offer) -> str:
    return "lapsed" if offer.status is OfferStatus.OPEN else offer.status.value
