"""Stock: what a depot has of a good, in lots, and how much of it is promised to orders already. Pure arithmetic.

A `Sku` is a good that the zone keeps count of. A `Shelf` is one good at one depot. What is promised (reserved) still
lies there; what leaves is taken from the lot that expires first, and what has expired is promised to nobody.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from dispatch.domain.vehicle import Load


@dataclass(frozen=True, slots=True)
class Sku:
    """A good. `unit` is one piece; `low_at` is the number of free pieces at a depot from which on it runs low (0: it
    never does), unless the shelf has a number of its own. `barcode` is what a scanner reads on a piece.
    """

    id: str
    name: str
    category: str = ""
    barcode: str = ""
    unit: Load = field(default_factory=Load)
    fragile: bool = False
    age_restricted: bool = False
    low_at: int = 0


@dataclass(frozen=True, slots=True)
class Lot:
    """Pieces that came together. `expires_at_ms` 0: never."""

    id: str
    quantity: int
    expires_at_ms: int = 0

    def is_good(self, now_ms: int) -> bool:
        """Whether it may still be sold."""
        return not self.expires_at_ms or self.expires_at_ms > now_ms


@dataclass(frozen=True, slots=True)
class Coming:
    """Pieces that were ordered and have not come yet. They are expected until `due_ms`, the end of a day (epoch ms)."""

    due_ms: int
    quantity: int


class StockMove(StrEnum):
    """Why a shelf changed: what stands in its ledger.

    `received`, `counted`, `written_off`, `sent` (to another depot) and `arrived` (from one) are reported by people;
    `reserved`, `released`, `handed_over` and `put_back` follow from what becomes of orders; `set` is another threshold,
    and `announced` what is expected to come.
    """

    RECEIVED = "received"
    COUNTED = "counted"
    WRITTEN_OFF = "written_off"
    SENT = "sent"
    ARRIVED = "arrived"
    RESERVED = "reserved"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    PUT_BACK = "put_back"
    SET = "set"
    ANNOUNCED = "announced"


def shelf_id(depot_id: str, sku: str) -> str:
    """How a shelf is called; neither part has a slash."""
    return f"{depot_id}/{sku}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one depot has of one good. `lots` are in the order in which they are taken; none of them is empty.

    `reserved` pieces are promised to orders. They are never more than there are good ones, unless somebody counted
    fewer than the books had, or some expired. `low_at` below 0: as the good says. `low_since_ms` is since when too few
    are free (epoch ms; 0: enough are), as of its last change: pieces that only expire are noticed by the next one.
    `coming` is what was ordered for it, one entry a day, the first to come first; nobody is promised any of it.
    """

    depot_id: str
    sku: str
    lots: tuple[Lot, ...] = ()
    reserved: int = 0
    low_at: int = -1
    low_since_ms: int = 0
    coming: tuple[Coming, ...] = ()

    @property
    def id(self) -> str:
        """See `shelf_id`."""
        return shelf_id(self.depot_id, self.sku)

    @property
    def on_hand(self) -> int:
        """Pieces that lie there."""
        return sum(lot.quantity for lot in self.lots)

    def free(self, now_ms: int) -> int:
        """Good pieces that are promised to nobody; below 0: so many too many are promised."""
        return sum(lot.quantity for lot in self.lots if lot.is_good(now_ms)) - self.reserved

    def threshold(self, sku: Sku) -> int:
        """With fewer free pieces than these it is low."""
        return sku.low_at if self.low_at < 0 else self.low_at

    def is_low(self, sku: Sku, now_ms: int) -> bool:
        """Whether so few are free that somebody should do something."""
        return self.free(now_ms) < self.threshold(sku)

    def noticed(self, sku: Sku, now_ms: int) -> "Shelf":
        """With since when it is low, if it is."""
        return replace(self, low_since_ms=(self.low_since_ms or now_ms) if self.is_low(sku, now_ms) else 0)

    def promised(self, quantity: int) -> "Shelf":
        """With so many more pieces promised; fewer when `quantity` is below 0."""
        return replace(self, reserved=max(0, self.reserved + quantity))

    def expects(self, now_ms: int, until_ms: int) -> int:
        """Pieces that will have come until then, as far as anybody knows: what is overdue is not counted on."""
        return sum(each.quantity for each in self.coming if now_ms < each.due_ms <= until_ms)

    def announced(self, due_ms: int, quantity: int) -> "Shelf":
        """With so many pieces expected that day, whatever was said before; 0: none."""
        others = [each for each in self.coming if each.due_ms != due_ms]
        fresh = [Coming(due_ms, quantity)] if quantity else []
        return replace(self, coming=tuple(sorted((*others, *fresh), key=lambda each: each.due_ms)))

    def less_coming(self, quantity: int) -> "Shelf":
        """After so many pieces have come: of what was announced, the first to come is no longer expected."""
        left = list[Coming]()
        for each in self.coming:
            came = min(quantity, each.quantity)
            quantity -= came
            if each.quantity > came:
                left.append(replace(each, quantity=each.quantity - came))
        return replace(self, coming=tuple(left))

    def with_more(self, lot: Lot) -> "Shelf":
        """With these pieces, in their lot if it is there already. A lot expires when it first was said to."""
        known = next((each for each in self.lots if each.id == lot.id), None)
        if known:
            lots = tuple(replace(e, quantity=e.quantity + lot.quantity) if e is known else e for e in self.lots)
        else:
            lots = (*self.lots, lot)
        return replace(self, lots=_in_order(lots))

    def with_exactly(self, lot_id: str, quantity: int, expires_at_ms: int = 0) -> "Shelf":
        """With so many pieces in this lot, whatever there were; `expires_at_ms` is for a lot that is not known yet."""
        others = tuple(lot for lot in self.lots if lot.id != lot_id)
        known = next((lot for lot in self.lots if lot.id == lot_id), Lot(lot_id, 0, expires_at_ms))
        return replace(self, lots=_in_order((*others, replace(known, quantity=quantity))))

    def without(self, quantity: int, now_ms: int, lot_id: str = "") -> tuple["Shelf", tuple[Lot, ...]]:
        """(the shelf after pieces have left it, what left): good lots first, and of these the one that expires first.

        Only from the lot `lot_id`, when one is named. Where fewer lie there, all of them leave.
        """
        left, gone, wanted = [], [], quantity
        for lot in sorted(self.lots, key=lambda lot: not lot.is_good(now_ms)):
            pieces = min(wanted, lot.quantity) if lot_id in ("", lot.id) else 0
            wanted -= pieces
            if pieces:
                gone.append(replace(lot, quantity=pieces))
            left.append(replace(lot, quantity=lot.quantity - pieces))
        return replace(self, lots=_in_order(left)), tuple(gone)


def _in_order(lots: "tuple[Lot, ...] | list[Lot]") -> tuple[Lot, ...]:
    """First expired, first out; what never expires comes last, and of these what came first."""
    kept = [lot for lot in lots if lot.quantity]
    return tuple(sorted(kept, key=lambda lot: lot.expires_at_ms or float("inf")))
