"""Decisions about orders that no courier of ours brings, and about who brings an order.

What its customer fetches lies at its depot until somebody comes with the code, or too long: then it is canceled, and
its goods are free again. What a carrier has is nobody's concern here but for what the carrier reports.
"""

import hmac
from dataclasses import replace
from typing import Final

from dispatch.domain import events as e
from dispatch.domain import mode_commands as m
from dispatch.domain.case import CaseKind
from dispatch.domain.cases import open_case
from dispatch.domain.commands import CancelOrder
from dispatch.domain.corrections import corrected
from dispatch.domain.errors import Conflict
from dispatch.domain.fulfilment import Mode, Shipment, ShipmentState
from dispatch.domain.holds import let_go_on
from dispatch.domain.intake import cancel_order
from dispatch.domain.mode_rules import brought_by, why_no_mode
from dispatch.domain.order import BEFORE_PICKUP, Order, OrderStatus, Proof, ProofKind
from dispatch.domain.overrides import take_back
from dispatch.domain.points import UNFETCHED
from dispatch.domain.wish import Wish, WishKind
from dispatch.domain.wishes import HELD_FOR_ADDRESS, check_wish, noted
from dispatch.domain.zone import Draft

S = OrderStatus
MODE: Final = "mode"
"""What an `OrderChanged` calls that an order comes another way; why it left a route; and what its courier hears."""
SHIPMENT: Final = "shipment"
"""What it calls news of a carrier that change no status."""
_WISHES: Final = {Mode.SELF_PICKUP: WishKind.PICKUP, Mode.DELIVERY: WishKind.BRING}


# --- who brings it ------------------------------------------------------------------------------------------------


def change_mode(draft: Draft, command: m.ChangeMode) -> None:
    """The order comes another way. Whoever was to bring it is told, and rides on without it; the same once more changes
    nothing.
    """
    order = draft.order(command.order_id)
    if order.mode is command.mode and order.collection is None:
        return
    wish = None if command.by else _wish(draft, order, command)
    if refusal := why_no_mode(order, command.mode):
        raise Conflict(*refusal)
    had = order.courier_id
    if order.status in BEFORE_PICKUP:
        take_back(draft, (order.id,), MODE)
        if had and order.status is not S.OFFERED:
            draft.emit(e.CourierNoticed(had, MODE, (order.id,)))
    changed = _changed(draft, draft.order(order.id), command)
    draft.change_order(noted(draft, changed, wish) if wish else changed, MODE)
    _stand(draft, draft.order(order.id))
    if command.by:
        draft.emit(e.Overridden(f"mode {command.mode}", order.id, had, command.reason))


def _wish(draft: Draft, order: Order, command: m.ChangeMode) -> Wish:
    """The customer's own wish. Raises `Conflict` where they may not have it."""
    kind = _WISHES.get(command.mode)
    if kind is None:
        raise Conflict("not_for_customers", "Only the shop sends an order by a carrier; write to the shop.")
    check_wish(draft, order, kind, command.seen_version)
    return Wish(kind, draft.now_ms, was=order.dropoff.address, reason=command.reason.strip())


def _changed(draft: Draft, order: Order, command: m.ChangeMode) -> Order:
    changed = brought_by(order, command.mode, draft.depot(order.depot_id), command.pin)
    promise_ms = max(order.promise_at_ms, command.promise_at_ms)
    if command.mode is Mode.DELIVERY:
        changed = replace(changed, dropoff=corrected(changed.dropoff, draft.base.corrections))
    return replace(changed, promise_at_ms=promise_ms, waits_until_ms=0, cut_off="")


def _stand(draft: Draft, order: Order) -> None:
    """The order stands where its mode has it. What waited for its address does not need one any more at its depot."""
    if order.status is not S.HELD and order.status is not order.at_rest:
        draft.move_order(order, order.at_rest)
    elif order.status is S.HELD and order.reason == HELD_FOR_ADDRESS and order.mode is not Mode.DELIVERY:
        let_go_on(draft, order)


# --- at the depot -------------------------------------------------------------------------------------------------


def hand_out(draft: Draft, command: m.HandOut) -> None:
    """The customer has it; a second time changes nothing. Raises `Conflict` for a wrong code, for goods that need a
    look at a document, and for what does not lie there for them.
    """
    order = draft.order(command.order_id)
    if order.mode is not Mode.SELF_PICKUP:
        raise Conflict("not_self_pickup", "Somebody brings this order; only what its customer fetches is handed out.")
    if command.code is not None and not hmac.compare_digest(command.code.encode(), order.pin.encode()):
        raise Conflict("wrong_code", "This is not the code of the order.")
    if order.status is S.DELIVERED:
        return
    _check_at_depot(order)
    if ProofKind.AGE in order.requires and not command.age_checked:
        raise Conflict("age_check_needed", "Look at a document for the customer's age, and say that you did.")
    shown = {ProofKind.PIN: command.code is not None, ProofKind.AGE: command.age_checked}
    proofs = tuple(Proof(kind, order.id, at_ms=draft.now_ms) for kind, was_shown in shown.items() if was_shown)
    draft.move_order(replace(order, proofs=(*order.proofs, *proofs)), S.DELIVERED)
    if command.code is None:
        draft.emit(e.Overridden("hand_out", order.id, "", "without a code"))


def cancel_uncollected(draft: Draft) -> None:
    """What has lain at its depot long enough is canceled."""
    for order_id, until_ms in draft.base.at_depots.items():
        if until_ms <= draft.now_ms:
            cancel_order(draft, CancelOrder(order_id, UNFETCHED))


def _check_at_depot(order: Order) -> None:
    if order.status is not S.AT_DEPOT:
        raise Conflict("not_at_depot", f"The order does not lie at its depot for anybody: it is {order.status}.")


# --- carriers -----------------------------------------------------------------------------------------------------


def hand_to_carrier(draft: Draft, command: m.HandToCarrier) -> None:
    """A carrier has it; said once more, with other words, it is corrected."""
    order = draft.order(command.order_id)
    if order.mode is not Mode.CARRIER:
        raise Conflict("not_by_carrier", "No carrier is to bring this order; change first who brings it.")
    before = order.shipment or Shipment("", "", at_ms=draft.now_ms)
    now = replace(
        before,
        carrier=command.carrier,
        tracking_number=command.tracking_number,
        tracking_url=command.tracking_url,
    )
    if order.status is not S.WITH_CARRIER:
        _check_at_depot(order)
        draft.move_order(replace(order, shipment=now), S.WITH_CARRIER)
    elif now != before:
        draft.change_order(replace(order, shipment=now), SHIPMENT)


def report_carrier(draft: Draft, command: m.ReportCarrier) -> None:
    """What the carrier says. The same once more, and what is older than what is known, changes nothing."""
    order = draft.order(command.order_id)
    shipment, says = order.shipment, command.state
    if order.mode is not Mode.CARRIER or shipment is None:
        if order.mode is Mode.CARRIER and order.status is S.AT_DEPOT and says is m.CarrierSays.NOT_TAKEN:
            return
        raise Conflict("not_with_carrier", f"No carrier has the order: it is {order.status}.")
    if shipment.state.value == says.value:
        return
    if order.status is not S.WITH_CARRIER:
        raise Conflict("not_with_carrier", f"No carrier has the order: it is {order.status}.")
    draft.device_at_ms = command.at_ms
    _go_on(draft, order, shipment, command)


def _go_on(draft: Draft, order: Order, shipment: Shipment, command: m.ReportCarrier) -> None:
    if command.state is m.CarrierSays.NOT_TAKEN:
        draft.move_order(replace(order, shipment=None), S.AT_DEPOT, command.note)
        return
    at_ms, state = draft.happened_at_ms(order), ShipmentState(command.state.value)
    told = replace(order, shipment=replace(shipment, state=state, at_ms=at_ms, note=command.note))
    match state:
        case ShipmentState.DELIVERED:
            draft.move_order(told, S.DELIVERED)
        case ShipmentState.RETURNED:
            draft.move_order(told, S.RETURNED, command.note)
        case _ if at_ms >= shipment.at_ms:
            draft.change_order(told, SHIPMENT)
            if state is ShipmentState.FAILED:
                open_case(draft, CaseKind.CARRIER_FAILED, order.id, "")
        case _:
            pass
