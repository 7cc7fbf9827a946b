"""Decisions about stock: goods become known, are announced, arrive, are counted, written off and sent between depots.

Whatever makes pieces free lets the orders that wait for them go on, first come first served; where fewer lie there than
were promised, the orders that nobody is under way for wait again, the newest first.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dispatch.domain import events as e
from dispatch.domain import stock_commands as s
from dispatch.domain.allotment import SHORT, missing_at, needs
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.order import AT_REST, Hold, HoldState, Order, OrderStatus
from dispatch.domain.shelf import Lot, Shelf, Sku, StockMove
from dispatch.domain.zone import Draft

MOST_SKUS: Final = 20_000
MOST_SHELVES: Final = 100_000
"""What one writer and one replica hold with ease; more is another zone."""
MOST_PIECES: Final = 10_000_000
"""On one shelf: more is a slip of the pen."""
MOST_LOTS: Final = 100
"""Of one shelf; who brings more has to name older ones again."""
MOST_COMING: Final = 60
"""Days on which pieces of one shelf are expected."""


# --- goods --------------------------------------------------------------------------------------------------------


def register_skus(draft: Draft, command: s.RegisterSkus) -> None:
    """Goods become known, or change. All of them or none."""
    fresh = {sku.id for sku in command.skus} - draft.base.skus.keys()
    if len(draft.base.skus) + len(fresh) > MOST_SKUS:
        raise Conflict("too_many_skus", f"A zone has at most {MOST_SKUS} skus; use another zone for more.")
    for sku in command.skus:
        known = draft.base.skus.get(sku.id)
        if known != sku:
            draft.emit(e.SkuRegistered(sku))
        if known and known.low_at != sku.low_at:
            _notice(draft, sku)


def _notice(draft: Draft, sku: Sku) -> None:
    """Another threshold may make shelves low, or not low any more."""
    for depot_id in draft.base.depots:
        shelf = draft.shelf(depot_id, sku.id)
        if shelf.id in draft.base.shelves and bool(shelf.low_since_ms) != shelf.is_low(sku, draft.now_ms):
            draft.change_shelf(shelf, StockMove.SET, sku.low_at)


def check_lines(draft: Draft, order: Order) -> None:
    """Raises `InvalidInput` for goods that the zone does not know."""
    for sku in needs(order):
        if sku not in draft.base.skus:
            raise InvalidInput("unknown_sku", f"There is no sku {sku}; register it first.")


# --- what people report -------------------------------------------------------------------------------------------


def receive_stock(draft: Draft, command: s.ReceiveStock, *, was_ordered: bool = True) -> None:
    """Pieces arrive at a depot. Where they were ordered, that many are no longer on their way."""
    for line in _checked(command.lines):
        shelf = _known(draft, command.depot_id, line.sku).with_more(Lot(line.lot_id, line.quantity, line.expires_at_ms))
        came = shelf.less_coming(line.quantity) if was_ordered else shelf
        _change(draft, came, StockMove.RECEIVED, line.quantity, command.note)


def announce_stock(draft: Draft, command: s.AnnounceStock) -> None:
    """Pieces were ordered for a depot. What was announced already, in just this way, changes nothing."""
    if len({(line.sku, line.due_ms) for line in command.lines}) < len(command.lines):
        raise InvalidInput("day_twice", "Name each good once for a day.")
    for line in command.lines:
        if not 0 <= line.quantity <= MOST_PIECES:
            raise _bad_quantity(line.sku, 0)
        if line.quantity and line.due_ms <= draft.now_ms:
            raise InvalidInput("day_over", "That day is over; say when the goods will come.")
        shelf = _known(draft, command.depot_id, line.sku)
        expecting = shelf.announced(line.due_ms, line.quantity)
        if len(expecting.coming) > MOST_COMING:
            raise Conflict("too_many_coming", f"Pieces of {line.sku} are expected on {MOST_COMING} days already.")
        if expecting != shelf:
            _change(draft, expecting, StockMove.ANNOUNCED, line.quantity, command.note)


def allocate_stock(draft: Draft, command: s.AllocateStock) -> None:
    """A delivery arrives at several depots at once, as it was split."""
    for part in command.parts:
        line = s.StockLine(command.sku, part.quantity, command.lot_id, command.expires_at_ms)
        receive_stock(draft, s.ReceiveStock(part.depot_id, (line,), command.note))


def count_stock(draft: Draft, command: s.CountStock) -> None:
    """Somebody has counted a lot: what is there is there. The ledger keeps the gain or the loss."""
    for line in _checked(command.lines, 0):
        shelf = _known(draft, command.depot_id, line.sku)
        counted = shelf.with_exactly(line.lot_id, line.quantity, line.expires_at_ms)
        _change(draft, counted, StockMove.COUNTED, counted.on_hand - shelf.on_hand, command.note)


def write_off_stock(draft: Draft, command: s.WriteOffStock) -> None:
    """Pieces are broken, expired or gone."""
    for line in _checked(command.lines):
        _take_out(draft, command.depot_id, line, StockMove.WRITTEN_OFF, command.note)


def transfer_stock(draft: Draft, command: s.TransferStock) -> None:
    """Pieces go from one depot to another, with their lots. What is promised to orders stays."""
    if command.from_depot_id == command.to_depot_id:
        raise InvalidInput("same_depot", "Name two different depots.")
    draft.depot(command.to_depot_id)
    for line in _checked(command.lines):
        if draft.shelf(command.from_depot_id, line.sku).free(draft.now_ms) < line.quantity:
            raise Conflict("not_enough_stock", f"Fewer than {line.quantity} pieces of {line.sku} are free there.")
        gone = _take_out(draft, command.from_depot_id, line, StockMove.SENT, command.note)
        shelf = _known(draft, command.to_depot_id, line.sku)
        for lot in gone:
            shelf = shelf.with_more(lot)
        _change(draft, shelf, StockMove.ARRIVED, line.quantity, command.note)


def set_low_at(draft: Draft, command: s.SetLowAt) -> None:
    """A depot wants to hear of a good earlier or later than others."""
    shelf = _known(draft, command.depot_id, command.sku)
    if shelf.low_at != command.low_at:
        _change(draft, replace(shelf, low_at=command.low_at), StockMove.SET, command.low_at, "")


def _known(draft: Draft, depot_id: str, sku_id: str) -> Shelf:
    """The shelf, also where nothing has lain yet. Raises `NotFound` for an unknown depot or good, and `Conflict`."""
    draft.depot(depot_id)
    draft.sku(sku_id)
    shelf = draft.shelf(depot_id, sku_id)
    if shelf.id not in draft.base.shelves and len(draft.base.shelves) >= MOST_SHELVES:
        raise Conflict("too_many_shelves", f"A zone has at most {MOST_SHELVES} goods at depots; use another zone.")
    return shelf


def _checked(lines: Iterable[s.StockLine], least: int = 1) -> Iterable[s.StockLine]:
    for line in lines:
        if not least <= line.quantity <= MOST_PIECES:
            raise _bad_quantity(line.sku, least)
        yield line


def _bad_quantity(sku: str, least: int) -> InvalidInput:
    return InvalidInput("bad_quantity", f"A quantity of {sku} is a whole number from {least} on.")


def _take_out(draft: Draft, depot_id: str, line: s.StockLine, move: StockMove, note: str) -> tuple[Lot, ...]:
    shelf, gone = _known(draft, depot_id, line.sku).without(line.quantity, draft.now_ms, line.lot_id)
    if sum(lot.quantity for lot in gone) < line.quantity:
        raise Conflict("not_enough_stock", f"Fewer than {line.quantity} pieces of {line.sku} lie there.")
    _change(draft, shelf, move, line.quantity, note)
    return gone


def _change(draft: Draft, shelf: Shelf, move: StockMove, quantity: int, note: str) -> None:
    if shelf.on_hand > MOST_PIECES:
        raise InvalidInput("too_many_pieces", f"A depot has at most {MOST_PIECES} pieces of a good.")
    if len(shelf.lots) > MOST_LOTS:
        raise Conflict("too_many_lots", f"There are {MOST_LOTS} lots of {shelf.sku} already; name one of them.")
    draft.change_shelf(shelf, move, quantity, note=note)


# --- orders and stock ---------------------------------------------------------------------------------------------


def allot(draft: Draft, order: Order, *, refuses: bool) -> Order:
    """The order as it is taken in: at the first of its depots that has all of it, with those that could take over;
    held as short where none has. Raises `Conflict` instead of holding it, if the shop asks for that.
    """
    wanted = needs(order)
    if not wanted:
        return order
    choices = (order.depot_id, *order.depot_options)
    lacks = {depot_id: missing_at(wanted, depot_id, draft.shelf, draft.now_ms) for depot_id in choices}
    able = [depot_id for depot_id, missing in lacks.items() if not missing]
    if able:
        chosen = replace(order, depot_id=able[0], depot_options=tuple(able[1:]))
        return replace(chosen, stock=Hold(able[0], HoldState.RELEASED))
    if refuses:
        named = ", ".join(f"{sku} ({pieces} missing)" for sku, pieces in sorted(lacks[order.depot_id].items()))
        raise Conflict("out_of_stock", f"There is not enough of {named}.")
    held = replace(order, status=OrderStatus.HELD, reason=SHORT)
    return replace(held, stock=Hold(order.depot_id, HoldState.RELEASED))


def settle(draft: Draft) -> None:
    """After a decision that has changed shelves, or let orders wait for a courier again: orders that cannot have their
    goods any more wait for them, the newest first, and orders that waited for what is there now go on, the oldest
    first.
    """
    for depot_id, sku in dict.fromkeys((*_touched(draft), *_waited_for(draft))):
        if draft.shelf(depot_id, sku).free(draft.now_ms) < 0:
            _hold_back(draft, depot_id, sku)
    freed = {sku for _, sku in _touched(draft)} if draft.base.short else set()
    for order in _oldest_first(draft.order(order_id) for order_id in draft.base.short):
        if order.status is OrderStatus.HELD and order.reason == SHORT and needs(order).keys() & freed:
            _go_on(draft, order)


def _touched(draft: Draft) -> list[tuple[str, str]]:
    changes = (event.shelf for event in draft.events if isinstance(event, e.StockChanged))
    return list(dict.fromkeys((shelf.depot_id, shelf.sku) for shelf in changes))


def _waited_for(draft: Draft) -> list[tuple[str, str]]:
    """Goods that orders hold which lost their courier: until then they could not be asked to wait."""
    changed = (event.order for event in draft.events if isinstance(event, e.OrderChanged))
    back = [order for order in changed if order.status in AT_REST and order.stock]
    return [(order.stock.depot_id, sku) for order in back if order.stock for sku in needs(order)]


def _go_on(draft: Draft, order: Order) -> None:
    for depot_id in (order.depot_id, *order.depot_options):
        if not missing_at(needs(order), depot_id, draft.shelf, draft.now_ms):
            others = tuple(each for each in (order.depot_id, *order.depot_options) if each != depot_id)
            draft.move_order(replace(order, depot_id=depot_id, depot_options=others), order.at_rest)
            return


def _hold_back(draft: Draft, depot_id: str, sku: str) -> None:
    def could_wait(order: Order) -> bool:
        holds = order.stock is not None and order.stock.state is HoldState.RESERVED and order.depot_id == depot_id
        return holds and order.status in AT_REST and sku in needs(order)

    promised = [o for o in map(draft.order, draft.base.unfinished) if could_wait(o)]
    for order in reversed(_oldest_first(promised)):
        if draft.shelf(depot_id, sku).free(draft.now_ms) >= 0:
            return
        draft.move_order(order, OrderStatus.HELD, SHORT)


def _oldest_first(orders: Iterable[Order]) -> list[Order]:
    return sorted(orders, key=lambda order: (order.created_at_ms, order.id))


def can_fetch_at(draft: Draft, order: Order, depot_id: str) -> bool:
    """Whether the depot has all that the order takes, or holds it for the order already."""
    if order.stock and order.stock.state is HoldState.RESERVED and order.stock.depot_id == depot_id:
        return True
    return not missing_at(needs(order), depot_id, draft.shelf, draft.now_ms)
