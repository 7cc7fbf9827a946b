"""What goes over the wire about goods and what depots have of them; see `bodies`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dispatch.web.bodies import Body, Id, LoadBody, Millis, Name, Reason, Shown, Zone

Pieces = Annotated[int, Meta(ge=1, le=10_000_000)]
Counted = Annotated[int, Meta(ge=0, le=10_000_000)]
LotId = Annotated[str, Meta(pattern="^([A-Za-z0-9][A-Za-z0-9._-]{0,39})?$(?!\n)")]
Note = Annotated[str, Meta(max_length=200)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)")]
"""A day by the zone's clock: `2026-12-31`."""
MAX_LINES = 1_000


class SkuBody(Body):
    """A good. `unit` is one piece of it; from `low_at` free pieces at a depot on it runs low (0: never)."""

    name: Name
    category: Annotated[str, Meta(max_length=100)] = ""
    barcode: Annotated[str, Meta(max_length=64)] = ""
    unit: LoadBody = msgspec.field(default_factory=LoadBody)
    fragile: bool = False
    age_restricted: bool = False
    low_at: Counted = 0
    zone: Zone = "default"


class SkuShown(Shown):
    """A good."""

    id: str
    name: str
    category: str
    barcode: str
    unit: LoadBody
    fragile: bool
    age_restricted: bool
    low_at: int
    zone: str


class Skus(Shown, omit_defaults=True):
    """Goods by id; `after` asks for the next page."""

    skus: list[SkuShown]
    after: str = ""


class StockLineBody(Body):
    """Pieces of a good; `expires_at_ms` 0: never. An empty `lot` is one of its own."""

    sku: Id
    quantity: Pieces
    lot: LotId = ""
    expires_at_ms: Millis = 0


class CountLineBody(Body):
    """So many pieces of a lot lie there."""

    sku: Id
    quantity: Counted
    lot: LotId = ""
    expires_at_ms: Millis = 0


class ReceiptBody(Body):
    """Pieces that have come to a depot. All lines take effect, or none."""

    depot_id: Id
    lines: Annotated[list[StockLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    note: Note = ""
    zone: Zone = "default"


class CountBody(Body):
    """What somebody has counted at a depot: a lot that is not named stays as it is in the books."""

    depot_id: Id
    lines: Annotated[list[CountLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    note: Note = ""
    zone: Zone = "default"


class ComingLineBody(Body):
    """So many pieces are expected on this day; 0: none any more."""

    sku: Id
    quantity: Counted
    day: Day


class AnnounceBody(Body):
    """What was ordered for a depot and has not come. A day's pieces are said anew, not added; those of other days stay.
    What is received counts as the first that was to come.
    """

    depot_id: Id
    lines: Annotated[list[ComingLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    note: Note = ""
    zone: Zone = "default"


class WriteOffBody(Body):
    """Pieces that are no good any more, and why. Without a `lot` those that expire first."""

    depot_id: Id
    lines: Annotated[list[StockLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    note: Reason
    zone: Zone = "default"


class TransferBody(Body):
    """Pieces that go from one depot to another. What is promised to orders stays."""

    from_depot_id: Id
    to_depot_id: Id
    lines: Annotated[list[StockLineBody], Meta(min_length=1, max_length=MAX_LINES)]
    note: Note = ""
    zone: Zone = "default"


class LowAtBody(Body):
    """From so few free pieces on it is low at this depot; null: as the good says."""

    low_at: Counted | None
    zone: Zone = "default"


class LotShown(Shown):
    """Pieces that came together; `expires_at_ms` 0: never."""

    lot: str
    quantity: int
    expires_at_ms: int


class ComingShown(Shown):
    """Pieces that are expected on a day; `is_overdue`: that is over, and they have not come."""

    day: str
    quantity: int
    is_overdue: bool


class ShelfShown(Shown):
    """What a depot has of a good. `free` pieces may be ordered; below 0, more are promised than there are. `coming` is
    what was ordered for it, the first to come first.
    """

    depot_id: str
    sku: str
    name: str
    on_hand: int
    reserved: int
    free: int
    low_at: int
    is_low: bool
    lots: list[LotShown]
    coming: list[ComingShown]


class ShelfPage(Shown, omit_defaults=True):
    """Shelves by depot and good; `after` asks for the next page."""

    shelves: list[ShelfShown]
    after: str = ""


class StockMoved(Shown):
    """It was decided: the shelves after it, as this process knows them."""

    shelves: list[ShelfShown]


Move = Literal[
    "received",
    "counted",
    "written_off",
    "sent",
    "arrived",
    "reserved",
    "released",
    "handed_over",
    "put_back",
    "set",
    "announced",
]


class LedgerEntry(Shown, omit_defaults=True):
    """A change of a shelf, and how it stood after it. `quantity` is the pieces that it is about; of a count the
    difference to the books.
    """

    seq: int
    at_ms: int
    actor: str
    move: Move
    quantity: int
    on_hand: int
    reserved: int
    order_id: str = ""
    note: str = ""


class Ledger(Shown, omit_defaults=True):
    """The entries of a shelf, the newest first; `before` asks for the next page."""

    entries: list[LedgerEntry]
    before: int = 0


class AvailableAt(Shown):
    """Free pieces at a depot."""

    depot_id: str
    free: int


class Available(Shown):
    """Free pieces of a good: in all, and at each depot that has some, those with most first."""

    sku: str
    free: int
    depots: list[AvailableAt]


class Availability(Shown):
    """What can be ordered now; a good that the zone does not know is left out."""

    skus: list[Available]
