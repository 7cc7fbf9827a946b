"""Decisions about offers: made with a plan, answered by a courier, ended by time."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, Forbidden
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.zone import Draft


def make_offer(draft: Draft, courier_id: str, orders: tuple[Order, ...], ttl_ms: int) -> None:
    """Hold orders out to a courier, or assign them at once when `ttl_ms` is 0."""
    offer_id = f"of-{draft.version}-{courier_id}"
    if ttl_ms:
        order_ids = tuple(order.id for order in orders)
        draft.emit(e.OfferMade(Offer(offer_id, courier_id, order_ids, draft.now_ms, draft.now_ms + ttl_ms)))
    for order in orders:
        given = replace(
            order.moved(OrderStatus.OFFERED if ttl_ms else OrderStatus.ASSIGNED, draft.now_ms),
            courier_id=courier_id,
            offer_id=offer_id if ttl_ms else "",
            assignment_seq=order.assignment_seq + 1,
        )
        draft.change_order(given)


def release_order(draft: Draft, order: Order, reason: str, declined_by: str = "", missed_by: str = "") -> None:
    """Take an order from its courier, to be planned again."""
    draft.change_order(order.released(draft.now_ms, reason, declined_by, missed_by))


def accept_offer(draft: Draft, command: c.AcceptOffer) -> None:
    """The courier takes all of it. Accepting twice changes nothing; too late is a conflict."""
    offer = _own_offer(draft, command.courier_id, command.offer_id)
    if offer.status is OfferStatus.ACCEPTED:
        return
    if offer.status is not OfferStatus.OPEN or offer.expires_at_ms <= draft.now_ms:
        raise Conflict(f"offer_{_ended(offer)}", f"The offer is {_ended(offer)}; it can no longer be accepted.")
    draft.emit(e.OfferClosed(replace(offer, status=OfferStatus.ACCEPTED)))
    for order_id in offer.order_ids:
        draft.move_order(draft.order(order_id), OrderStatus.ASSIGNED)


def decline_offer(draft: Draft, command: c.DeclineOffer) -> None:
    """The courier refuses; the orders are free again and this courier is not asked again."""
    offer = _own_offer(draft, command.courier_id, command.offer_id)
    if offer.status in (OfferStatus.DECLINED, OfferStatus.LAPSED):
        return
    if offer.status is not OfferStatus.OPEN:
        raise Conflict(f"offer_{offer.status}", f"The offer is {offer.status}; it cannot be declined.")
    close_offer(draft, offer, "declined", command.reason or "declined")


def close_offer(draft: Draft, offer: Offer, outcome: str, reason: str) -> None:
    """End an open offer without acceptance: its orders are free and leave the courier's route."""
    draft.emit(e.OfferClosed(replace(offer, status=OfferStatus(outcome)), reason))
    declined_by = offer.courier_id if outcome == "declined" else ""
    missed_by = offer.courier_id if outcome == "lapsed" else ""
    for order_id in offer.order_ids:
        release_order(draft, draft.order(order_id), reason, declined_by, missed_by)
    route = draft.route(offer.courier_id)
    draft.change_route(offer.courier_id, route.without_orders(frozenset(offer.order_ids)), f"offer {outcome}")


def lapse_offers(draft: Draft, command: c.PassTime) -> None:
    """Offers whose time is over lapse."""
    del command
    for offer in tuple(draft.base.offers.values()):
        if offer.status is OfferStatus.OPEN and offer.expires_at_ms <= draft.now_ms:
            close_offer(draft, offer, "lapsed", "no answer")


def _own_offer(draft: Draft, courier_id: str, offer_id: str) -> Offer:
    offer = draft.offer(offer_id)
    if offer.courier_id != courier_id:
        raise Forbidden("not_your_offer", "This offer was made to somebody else.")
    return offer


def _ended(offer: Offer) -> str:
    return "lapsed" if offer.status is OfferStatus.OPEN else offer.status.value
