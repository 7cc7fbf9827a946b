"""Who may bring an order, and what it is like when somebody else does. Pure.

An order that its customer fetches goes to its depot, wherever they live; one for a carrier to their address, wherever
that is. Its `door` is kept meanwhile, if one of our couriers could come there, so that one may bring it after all.
"""

from dataclasses import replace

from dispatch.domain.depot import Depot
from dispatch.domain.errors import InvalidInput
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import FINISHED, ON_BOARD, Direction, Dropoff, Order, OrderStatus, ProofKind

Refusal = tuple[str, str]

_RETURN: Refusal = ("mode_of_returns", "What a customer gives back is fetched at their door by a courier.")
_BY_POINT: Refusal = ("mode_of_points", "What is collected at a pickup point is brought there by a courier.")
AT_POINT: Refusal = ("at_pickup_point", "This order is collected at its pickup point; write to the shop.")
ENDED: Refusal = ("order_finished", "This order has ended; there is nothing left to change.")
PICKED_UP: Refusal = (
    "picked_up",
    "The courier has the goods already, so this cannot be changed; write to the courier.",
)
WITH_CARRIER: Refusal = ("with_carrier", "A carrier has the goods already, so this cannot be changed.")
_NO_DOOR: Refusal = ("no_door", "This order has no address where somebody could bring it.")
_CASH: Refusal = ("bad_payment", "A carrier takes no money for us; an order that it brings is paid before.")


def check_mode(order: Order) -> None:
    """Raises `InvalidInput` for an order that nobody can bring in this way."""
    if order.mode is Mode.DELIVERY:
        return
    if order.direction is Direction.RETURN:
        raise InvalidInput(*_RETURN)
    if order.collection:
        raise InvalidInput(*_BY_POINT)
    if order.mode is Mode.CARRIER and _is_cash(order):
        raise InvalidInput(*_CASH)


def why_no_mode(order: Order, mode: Mode) -> Refusal | None:
    """Why the order can no longer come in this way, as (code, sentence); None when it can."""
    if order.direction is Direction.RETURN:
        return _RETURN
    if order.collection:
        return AT_POINT
    if refusal := _too_late(order):
        return refusal
    if mode is not Mode.SELF_PICKUP and not _has_address(order, mode):
        return _NO_DOOR
    return _CASH if mode is Mode.CARRIER and _is_cash(order) else None


def _too_late(order: Order) -> Refusal | None:
    if order.status in FINISHED:
        return ENDED
    if order.status in ON_BOARD:
        return PICKED_UP
    return WITH_CARRIER if order.status is OrderStatus.WITH_CARRIER else None


def _has_address(order: Order, mode: Mode) -> bool:
    """Whether there is an address for this mode: a carrier goes to any, a courier only where there is a door."""
    return order.mode in (Mode.DELIVERY, mode) or order.door is not None


def _is_cash(order: Order) -> bool:
    return order.payment is not None and order.payment.due_minor > 0


def brought_by(order: Order, mode: Mode, depot: Depot, pin: str = "") -> Order:
    """The order as it is in this mode. `pin` is what its customer shows at the depot, where it has none."""
    door = order.dropoff if order.mode is Mode.DELIVERY else order.door
    home = door or order.dropoff
    asked = order.pin if ProofKind.PIN in order.requires else ""
    match mode:
        case Mode.DELIVERY:
            here = _with_words(home, order.dropoff)
            return replace(order, mode=mode, dropoff=here, door=None, pin=asked, shipment=None)
        case Mode.SELF_PICKUP:
            there = at_depot(home, depot)
            return replace(order, mode=mode, dropoff=there, door=door, pin=order.pin or pin, depot_options=())
        case Mode.CARRIER:
            return replace(order, mode=mode, dropoff=_with_words(home, order.dropoff), door=door, pin=asked)


def at_depot(customer: Dropoff, depot: Depot) -> Dropoff:
    """Where the customer fetches it."""
    address = ", ".join(filter(None, (depot.name, depot.address)))
    return replace(customer, place=depot.place, address=address, marked=None)


def _with_words(door: Dropoff, last: Dropoff) -> Dropoff:
    """The door, with what is known of the customer by now."""
    return replace(door, name=last.name, phone=last.phone, note=last.note)
