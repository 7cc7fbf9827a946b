"""Reality wins: what a courier did for an order, when the zone has decided otherwise meanwhile.

The theory. A phone without a link goes on working from what it was told last. When it comes back, its reports are facts
about goods and people; the zone's decisions were only wishes about them. So no report is thrown away: the orders move
to where the goods are, whoever lost them is told, their route is repaired, and where two accounts do not agree a
case asks a dispatcher to look. The table below is the whole rule, one ruling for each claim and standing.

Only hand-overs count so (`completed`, and `failed` at the door). That somebody set off or arrived for an order that
is no longer theirs is no news. Neither is a promise a fact: an acceptance that came too late is judged by
`offers.accept_offer`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import CaseKind as K
from dispatch.domain.cases import open_case
from dispatch.domain.commands import StopAction
from dispatch.domain.fulfilment import Mode
from dispatch.domain.handover import call_off, confirm, speaks_of
from dispatch.domain.mode_rules import brought_by
from dispatch.domain.offer import OfferStatus
from dispatch.domain.offers import accept_offer, give, release_order, withdraw_offer
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, Direction, Order, OrderStatus
from dispatch.domain.proofs import prove
from dispatch.domain.rivals import open_offer_to
from dispatch.domain.route import StopKind
from dispatch.domain.stops import BACK, HAND, TAKE, append_stops, take_off_route
from dispatch.domain.zone import Draft


class Claim(StrEnum):
    """What a courier says has happened to an order."""

    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    FAILED = "failed"
    BROUGHT_BACK = "brought_back"
    HANDED_OVER = "handed_over"


class Standing(StrEnum):
    """Where the order stands for the courier who claims something."""

    MINE_WAITING = "mine_waiting"
    """Offered or assigned to them, the goods still at the depot."""
    MINE_ABOARD = "mine_aboard"
    MINE_RETURNING = "mine_returning"
    """Not to be delivered any more after their pickup: the goods are on their way back."""
    FREE = "free"
    """With nobody: taken back, lapsed, held, to be fetched at its depot, or offered to several others."""
    THEIRS_WAITING = "theirs_waiting"
    THEIRS_ABOARD = "theirs_aboard"
    """With another courier, or with a carrier."""
    CANCELED = "canceled"
    DELIVERED_BY_ME = "delivered_by_me"
    DELIVERED_BY_OTHER = "delivered_by_other"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of the order (`act`; None: it stays), which case is opened, and what the two couriers are told."""

    act: Callable[[Draft, c.ReportProgress, Order], None] | None = None
    case: K | None = None
    to_claimant: str = ""
    to_other: str = ""


def claim_of(command: c.ReportProgress, order: Order) -> Claim | None:
    """What the report claims for an order that is not at the stop; None for no hand-over, or a stop of unknown kind."""
    if command.action is StopAction.COMPLETED and command.kind:
        if command.kind is StopKind.PICKUP:
            return Claim.PICKED_UP
        if _at_meeting(command):
            return Claim.HANDED_OVER
        return Claim.BROUGHT_BACK if _at_depot(command, order) else Claim.DELIVERED
    failed_at_door = command.action is StopAction.FAILED and command.kind is StopKind.DROPOFF
    return Claim.FAILED if failed_at_door and not (_at_depot(command, order) or _at_meeting(command)) else None


def _at_meeting(command: c.ReportProgress) -> bool:
    return command.stop_id.startswith((f"{HAND}-", f"{TAKE}-"))


def _at_depot(command: c.ReportProgress, order: Order) -> bool:
    """Whether the drop-off was one of goods that go back. The name of the stop tells for a delivery, which may be
    canceled while the phone knows the customer's door only; a return comes to its depot in any case.
    """
    if order.direction is Direction.RETURN:
        return order.status in (OrderStatus.RETURNING, OrderStatus.RETURNED)
    return command.stop_id.startswith(f"{BACK}-")


def standing_of(order: Order, courier_id: str) -> Standing:
    """Where the order stands for this courier."""
    mine = order.courier_id == courier_id
    if order.status in BEFORE_PICKUP and order.courier_id:
        return Standing.MINE_WAITING if mine else Standing.THEIRS_WAITING
    if order.status in ON_BOARD:
        returning = order.status is OrderStatus.RETURNING
        return (Standing.MINE_RETURNING if returning else Standing.MINE_ABOARD) if mine else Standing.THEIRS_ABOARD
    if order.status is OrderStatus.DELIVERED:
        return Standing.DELIVERED_BY_ME if mine else Standing.DELIVERED_BY_OTHER
    return _ELSEWHERE.get(order.status, Standing.FREE)


_ELSEWHERE = {
    OrderStatus.CANCELED: Standing.CANCELED,
    OrderStatus.RETURNED: Standing.RETURNED,
    OrderStatus.WITH_CARRIER: Standing.THEIRS_ABOARD,
}


def settle(draft: Draft, command: c.ReportProgress, order: Order) -> bool:
    """Let what the report claims for an order count, by the table; False where it claims nothing."""
    claim = claim_of(command, order)
    if claim is None:
        return False
    if _at_meeting(command) and command.kind and speaks_of(order, command.courier_id, command.kind):
        confirm(draft, command.courier_id, order, command.kind)
        return True
    order = _taken_up(draft, command, claim, order)
    ruling = RULES[claim, standing_of(order, command.courier_id)]
    other = order.courier_id if order.courier_id != command.courier_id else ""
    if ruling.act:
        ruling.act(draft, command, call_off(draft, order, "hand-over overtaken"))
    if ruling.case:
        open_case(draft, ruling.case, order.id, command.courier_id, other)
    if ruling.to_claimant:
        draft.emit(e.CourierNoticed(command.courier_id, ruling.to_claimant, (order.id,)))
    if ruling.to_other and other:
        draft.emit(e.CourierNoticed(other, ruling.to_other, (order.id,)))
    return True


def _taken_up(draft: Draft, command: c.ReportProgress, claim: Claim, order: Order) -> Order:
    """Whoever fetched what several couriers are being asked for, themselves among them, has accepted it."""
    offer = open_offer_to(draft, order, command.courier_id)
    fetched = claim in (Claim.PICKED_UP, Claim.DELIVERED, Claim.FAILED)
    if fetched and offer and offer.is_shared:
        accept_offer(draft, c.AcceptOffer(command.courier_id, offer.id, offer.made_at_ms))
    return draft.order(order.id)


# --- what becomes of an order -----------------------------------------------------------------------------------


def _take(draft: Draft, command: c.ReportProgress, order: Order) -> None:
    """The claimant has the goods and is to deliver them."""
    taken = prove(draft, command, _pick_up(draft, command.courier_id, order), StopKind.PICKUP)
    has_stop = any(
        stop.kind is StopKind.DROPOFF and order.id in stop.order_ids for stop in draft.route(command.courier_id).stops
    )
    if not has_stop:
        append_stops(draft, command.courier_id, [(StopKind.DROPOFF, taken)], "picked up offline")


def _deliver(draft: Draft, command: c.ReportProgress, order: Order) -> None:
    """The claimant has handed the goods over."""
    prove(draft, command, _on_board(draft, command.courier_id, order), StopKind.DROPOFF)
    take_off_route(draft, command.courier_id, order.id, "delivered offline")
    draft.move_order(draft.order(order.id), OrderStatus.DELIVERED)


def _hand_over(draft: Draft, command: c.ReportProgress, order: Order) -> None:
    """The goods are with the customer, although somebody else has reported the pickup, or nobody was to bring them any
    more: the delivery is what counts.
    """
    take_off_route(draft, order.courier_id, order.id, "delivered by another courier")
    delivered = _ours(draft, order).moved(OrderStatus.DELIVERED, draft.happened_at_ms(order))
    prove(draft, command, draft.change_order(replace(delivered, courier_id=command.courier_id)), StopKind.DROPOFF)


def _fail(draft: Draft, command: c.ReportProgress, order: Order) -> None:
    """The claimant stood at the door in vain and still has the goods."""
    _on_board(draft, command.courier_id, order)
    take_off_route(draft, command.courier_id, order.id, "attempt failed")
    failed = draft.order(order.id)
    if failed.status is not OrderStatus.ATTEMPT_FAILED:
        draft.move_order(failed, OrderStatus.ATTEMPT_FAILED, command.reason or "attempt failed")


def _brought_back(draft: Draft, command: c.ReportProgress, order: Order) -> None:
    """The goods are at the depot again, whether they should be or not."""
    take_off_route(draft, command.courier_id, order.id, "brought back")
    if order.status is not OrderStatus.RETURNING:
        order = draft.move_order(order, OrderStatus.RETURNING)
    draft.move_order(order, OrderStatus.RETURNED)


def _bring_back(draft: Draft, command: c.ReportProgress, order: Order) -> None:
    """The goods of a canceled order left the depot: they go back."""
    returning = _ours(draft, order).moved(OrderStatus.RETURNING, draft.happened_at_ms(order), order.reason)
    seq = order.assignment_seq + 1
    draft.change_order(replace(returning, courier_id=command.courier_id, assignment_seq=seq))


def _on_board(draft: Draft, courier_id: str, order: Order) -> Order:
    return order if order.courier_id == courier_id and order.status in ON_BOARD else _pick_up(draft, courier_id, order)


def _pick_up(draft: Draft, courier_id: str, order: Order) -> Order:
    """The order with this courier and picked up, whoever was to have it; its pickup leaves every route."""
    held = _accepted(draft, courier_id, order) if order.courier_id == courier_id else _seized(draft, courier_id, order)
    stops = draft.route(courier_id).stops
    kept = tuple(
        replace(stop, order_ids=tuple(o for o in stop.order_ids if o != order.id))
        if stop.kind is StopKind.PICKUP
        else stop
        for stop in stops
    )
    left = tuple(stop for stop in kept if stop.order_ids)
    if left != stops:
        draft.change_route(courier_id, left, "picked up offline")
    return draft.move_order(held, OrderStatus.PICKED_UP)


def _accepted(draft: Draft, courier_id: str, order: Order) -> Order:
    """Whoever picked up what they were only asked to has accepted it."""
    offer = draft.base.offers.get(order.offer_id)
    if order.status is OrderStatus.OFFERED and offer and offer.status is OfferStatus.OPEN:
        accept_offer(draft, c.AcceptOffer(courier_id, offer.id, offer.made_at_ms))
    return draft.order(order.id)


def _seized(draft: Draft, courier_id: str, order: Order) -> Order:
    """The order assigned to this courier, away from whoever had it."""
    _free(draft, order)
    free = _ours(draft, draft.order(order.id))
    if free.status is not OrderStatus.DISPATCHABLE:
        free = draft.move_order(free, OrderStatus.DISPATCHABLE)
    return give(draft, free, courier_id)


def _ours(draft: Draft, order: Order) -> Order:
    """The order as one that a courier of ours brings, whoever was to bring it."""
    return order if order.mode is Mode.DELIVERY else brought_by(order, Mode.DELIVERY, draft.depot(order.depot_id))


def _free(draft: Draft, order: Order) -> None:
    offer = draft.base.offers.get(order.offer_id)
    if order.status is OrderStatus.OFFERED and offer and offer.status is OfferStatus.OPEN:
        withdraw_offer(draft, offer, "another courier has it")
    elif order.status in BEFORE_PICKUP:
        take_off_route(draft, order.courier_id, order.id, "another courier has it")
        release_order(draft, order, "another courier has it")


_NOTED = "report_noted"
_S = Standing
RULES: dict[tuple[Claim, Standing], Ruling] = {
    (Claim.PICKED_UP, _S.MINE_WAITING): Ruling(_take),
    (Claim.PICKED_UP, _S.MINE_ABOARD): Ruling(),
    (Claim.PICKED_UP, _S.MINE_RETURNING): Ruling(to_claimant="bring_back"),
    (Claim.PICKED_UP, _S.FREE): Ruling(_take, K.PICKUP_AFTER_REASSIGN, "yours_again"),
    (Claim.PICKED_UP, _S.THEIRS_WAITING): Ruling(_take, K.PICKUP_AFTER_REASSIGN, "yours_again", "order_taken_over"),
    (Claim.PICKED_UP, _S.THEIRS_ABOARD): Ruling(None, K.TWO_PICKUPS, _NOTED, _NOTED),
    (Claim.PICKED_UP, _S.CANCELED): Ruling(_bring_back, K.PICKUP_AFTER_CANCEL, "bring_back"),
    (Claim.PICKED_UP, _S.DELIVERED_BY_ME): Ruling(),
    (Claim.PICKED_UP, _S.DELIVERED_BY_OTHER): Ruling(None, K.TWO_PICKUPS, _NOTED),
    (Claim.PICKED_UP, _S.RETURNED): Ruling(None, K.TWO_PICKUPS, _NOTED),
    (Claim.DELIVERED, _S.MINE_WAITING): Ruling(_deliver),
    (Claim.DELIVERED, _S.MINE_ABOARD): Ruling(_deliver),
    (Claim.DELIVERED, _S.MINE_RETURNING): Ruling(_deliver, K.DELIVERED_AFTER_CANCEL, _NOTED),
    (Claim.DELIVERED, _S.FREE): Ruling(_deliver, K.DELIVERED_AFTER_REASSIGN, "delivery_counts"),
    (Claim.DELIVERED, _S.THEIRS_WAITING): Ruling(
        _deliver, K.DELIVERED_AFTER_REASSIGN, "delivery_counts", "already_delivered"
    ),
    (Claim.DELIVERED, _S.THEIRS_ABOARD): Ruling(
        _hand_over, K.DELIVERED_BY_OTHER, "delivery_counts", "already_delivered"
    ),
    (Claim.DELIVERED, _S.CANCELED): Ruling(_hand_over, K.DELIVERED_AFTER_CANCEL, _NOTED),
    (Claim.DELIVERED, _S.DELIVERED_BY_ME): Ruling(),
    (Claim.DELIVERED, _S.DELIVERED_BY_OTHER): Ruling(None, K.DELIVERED_TWICE, _NOTED, _NOTED),
    (Claim.DELIVERED, _S.RETURNED): Ruling(None, K.DELIVERED_AFTER_RETURN, _NOTED),
    (Claim.FAILED, _S.MINE_WAITING): Ruling(_fail),
    (Claim.FAILED, _S.MINE_ABOARD): Ruling(_fail),
    (Claim.FAILED, _S.MINE_RETURNING): Ruling(to_claimant="bring_back"),
    (Claim.FAILED, _S.FREE): Ruling(_fail, K.PICKUP_AFTER_REASSIGN, "yours_again"),
    (Claim.FAILED, _S.THEIRS_WAITING): Ruling(_fail, K.PICKUP_AFTER_REASSIGN, "yours_again", "order_taken_over"),
    (Claim.FAILED, _S.THEIRS_ABOARD): Ruling(None, K.TWO_PICKUPS, _NOTED, _NOTED),
    (Claim.FAILED, _S.CANCELED): Ruling(_bring_back, K.PICKUP_AFTER_CANCEL, "bring_back"),
    (Claim.FAILED, _S.DELIVERED_BY_ME): Ruling(),
    (Claim.FAILED, _S.DELIVERED_BY_OTHER): Ruling(None, K.FAILED_AFTER_DELIVERY, _NOTED),
    (Claim.FAILED, _S.RETURNED): Ruling(None, K.FAILED_AFTER_DELIVERY, _NOTED),
    (Claim.BROUGHT_BACK, _S.MINE_WAITING): Ruling(None, K.RETURNED_UNASKED, _NOTED),
    (Claim.BROUGHT_BACK, _S.MINE_ABOARD): Ruling(_brought_back, K.RETURNED_UNASKED, _NOTED),
    (Claim.BROUGHT_BACK, _S.MINE_RETURNING): Ruling(_brought_back),
    (Claim.BROUGHT_BACK, _S.FREE): Ruling(None, K.RETURNED_UNASKED, _NOTED),
    (Claim.BROUGHT_BACK, _S.THEIRS_WAITING): Ruling(None, K.RETURNED_UNASKED, _NOTED),
    (Claim.BROUGHT_BACK, _S.THEIRS_ABOARD): Ruling(None, K.RETURNED_UNASKED, _NOTED, _NOTED),
    (Claim.BROUGHT_BACK, _S.CANCELED): Ruling(),
    (Claim.BROUGHT_BACK, _S.DELIVERED_BY_ME): Ruling(None, K.RETURNED_AFTER_DELIVERY, _NOTED),
    (Claim.BROUGHT_BACK, _S.DELIVERED_BY_OTHER): Ruling(None, K.RETURNED_AFTER_DELIVERY, _NOTED),
    (Claim.BROUGHT_BACK, _S.RETURNED): Ruling(),
    (Claim.HANDED_OVER, _S.MINE_WAITING): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.MINE_ABOARD): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.MINE_RETURNING): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.FREE): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.THEIRS_WAITING): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.THEIRS_ABOARD): Ruling(),
    (Claim.HANDED_OVER, _S.CANCELED): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.DELIVERED_BY_ME): Ruling(None, K.HANDED_OVER_UNASKED, _NOTED),
    (Claim.HANDED_OVER, _S.DELIVERED_BY_OTHER): Ruling(),
    (Claim.HANDED_OVER, _S.RETURNED): Ruling(),
}
"""The whole rule. docs/protocol.md has the same table in words; a test compares them."""
