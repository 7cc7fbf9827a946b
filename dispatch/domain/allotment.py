"""What becomes of stock when something becomes of an order: reserved when it comes in, released when it ends before
pickup, handed over when a courier has it, put back when it comes back. Pure.

An order says in `stock` what it holds of which depot's shelves. Whatever changes an order (`Draft.change_order`) asks
here what that means for the shelves, so no step of an order's life can forget it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from dispatch.domain.collection import CollectionState
from dispatch.domain.order import ON_BOARD, Direction, Hold, HoldState, Line, Order, OrderStatus, Taken
from dispatch.domain.shelf import Lot, Shelf, StockMove

SHORT = "stock"
"""The reason of an order that waits for goods."""
FindShelf = Callable[[str, str], Shelf]
"""(depot id, sku) -> the shelf as it now stands; an empty one where there has been none."""


@dataclass(frozen=True, slots=True)
class ShelfChange:
    """A shelf after a move of so many pieces."""

    shelf: Shelf
    move: StockMove
    quantity: int


def needs(order: Order) -> dict[str, int]:
    """What the order takes from its depot; see `needed`."""
    return needed(order.direction, order.lines)


def needed(direction: Direction, lines: Iterable[Line]) -> dict[str, int]:
    """How many pieces of which goods a delivery takes from its depot; what is not counted in stock is left out."""
    if direction is not Direction.DELIVERY:
        return {}
    counted = Counter[str]()
    for line in lines:
        if line.sku:
            counted[line.sku] += line.quantity
    return dict(counted)


def missing_at(wanted: Mapping[str, int], depot_id: str, shelf_of: FindShelf, now_ms: int) -> dict[str, int]:
    """How many pieces of which goods the depot lacks to hand all of it out."""
    lacks = {sku: pieces - max(0, shelf_of(depot_id, sku).free(now_ms)) for sku, pieces in wanted.items()}
    return {sku: pieces for sku, pieces in lacks.items() if pieces > 0}


def follow(order: Order, shelf_of: FindShelf, now_ms: int) -> tuple[Order, list[ShelfChange]]:
    """(the order with what it holds now, what that changes on the shelves)."""
    hold, wanted = order.stock, _wanted(order)
    if hold is None or (hold.state is wanted and hold.depot_id == order.depot_id):
        return order, []
    changes = list[ShelfChange]()
    if hold.state is HoldState.RESERVED and hold.depot_id != order.depot_id:
        hold, changes = _turned(order, hold, HoldState.RELEASED, shelf_of, now_ms)
    if hold.state is HoldState.RELEASED:
        hold = replace(hold, depot_id=order.depot_id)
    after, more = _turned(order, hold, wanted, shelf_of, now_ms)
    return replace(order, stock=after), [*changes, *more]


def _wanted(order: Order) -> HoldState:
    match order.status:
        case OrderStatus.DELIVERED:
            came_back = order.collection is not None and order.collection.state is CollectionState.RETURNED
            return HoldState.BACK if came_back else HoldState.OUT
        case OrderStatus.RETURNED:
            return HoldState.BACK
        case OrderStatus.CANCELED:
            return HoldState.RELEASED
        case OrderStatus.HELD:
            keeps = order.stock is not None and order.stock.state is HoldState.RESERVED and order.reason != SHORT
            return HoldState.RESERVED if keeps else HoldState.RELEASED
        case status:
            return HoldState.OUT if status in ON_BOARD | {OrderStatus.WITH_CARRIER} else HoldState.RESERVED


def _turned(
    order: Order, hold: Hold, wanted: HoldState, shelf_of: FindShelf, now_ms: int
) -> tuple[Hold, list[ShelfChange]]:
    """One shelf after the other: what was done for the old state is undone, then what the new one asks for is done."""
    changes, taken = [], list[Taken]()
    for sku, pieces in needs(order).items():
        before = shelf = shelf_of(hold.depot_id, sku)
        if hold.state is HoldState.RESERVED:
            shelf = shelf.promised(-pieces)
        if hold.state is HoldState.OUT:
            for each in hold.taken:
                if each.sku == sku:
                    shelf = shelf.with_more(Lot(each.lot_id, each.quantity, each.expires_at_ms))
        if wanted is HoldState.RESERVED:
            shelf = shelf.promised(pieces)
        if wanted is HoldState.OUT:
            shelf, gone = shelf.without(pieces, now_ms)
            taken += (Taken(sku, lot.id, lot.quantity, lot.expires_at_ms) for lot in gone)
        if shelf != before:
            changes.append(ShelfChange(shelf, _move(hold.state, wanted), pieces))
    return Hold(hold.depot_id, wanted, tuple(taken)), changes


def _move(before: HoldState, after: HoldState) -> StockMove:
    match after:
        case HoldState.OUT:
            return StockMove.HANDED_OVER
        case HoldState.RESERVED if before is not HoldState.OUT:
            return StockMove.RESERVED
        case HoldState.RELEASED:
            return StockMove.RELEASED
        case _:
            return StockMove.PUT_BACK
