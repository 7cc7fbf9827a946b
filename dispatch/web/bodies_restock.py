"""What goes over the wire about stock that somebody has to do something about; see `bodies`."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.web.bodies import Body, Id, Millis, Shown, Zone
from dispatch.web.bodies_stock import Counted, LotId, Note, Pieces, ShelfShown

AlertWord = Literal["low", "spike", "slow"]


class StockAlertShown(Shown):
    """A shelf to look at. Of `low` ones so many `pieces` are free, and `low_at` is the threshold; of a `spike` they
    were promised in the hour from `since_ms`, `usual` on average; of `slow` ones they lie there since, and last
    `cover_days` (null: nobody asks for them). `since_ms` 0: not known.
    """

    kind: AlertWord
    depot_id: str
    sku: str
    name: str
    pieces: int
    since_ms: int
    low_at: int | None
    usual: float | None
    cover_days: float | None


class AlertCounts(Shown):
    """How many there are, of the kinds that were asked for."""

    low: int = 0
    spike: int = 0
    slow: int = 0


class StockAlerts(Shown):
    """What to look at, by kind, depot and good; `counts` are of all, also of those beyond the limit."""

    alerts: list[StockAlertShown]
    counts: AlertCounts


class OrderAdvised(Shown):
    """So many pieces that a depot should order: it `has` so many, free or to come (`coming` of them), `wants` so many,
    and is asked for `daily` ones. `empty_at_ms` is when it runs out as expected; 0: not within two months.
    """

    depot_id: str
    sku: str
    name: str
    quantity: int
    has: int
    wants: int
    daily: float
    empty_at_ms: int
    coming: int


class TransferAdvised(Shown):
    """So many pieces that should go from one depot to another."""

    sku: str
    name: str
    from_depot_id: str
    to_depot_id: str
    quantity: int


class AdviceShown(Shown):
    """What to do about stock, the most urgent first, by what policy. Of `unknown` shelves too little is known."""

    days: int
    lead_h: int
    service_percent: int
    demand_percent: int
    transfers: list[TransferAdvised]
    orders: list[OrderAdvised]
    unknown: int


class PartBody(Body):
    """So many pieces of a delivery for a depot."""

    depot_id: Id
    quantity: Counted


class AllocateBody(Body):
    """A delivery to split between depots (none named: all). Without `apply` a split is proposed and nothing changes;
    with it every depot receives its part in one decision. Its parts have to add up to `quantity`.
    """

    sku: Id
    quantity: Pieces
    depots: Annotated[list[Id], Meta(max_length=1_000)] = field(default_factory=list)
    apply: Annotated[list[PartBody], Meta(min_length=1, max_length=1_000)] | None = None
    lot: LotId = ""
    expires_at_ms: Millis = 0
    note: Note = ""
    zone: Zone = "default"


class PartShown(Shown):
    """A depot's part: `least` pieces that orders wait for there, and `sold` of the good, or of its category."""

    depot_id: str
    quantity: int
    least: int
    sold: int


class Allocation(Shown):
    """A split of a delivery, what it goes by, and the shelves after it where it was applied."""

    sku: str
    quantity: int
    basis: Literal["sku", "category", "equal", "given"]
    applied: bool
    parts: list[PartShown]
    shelves: list[ShelfShown]
