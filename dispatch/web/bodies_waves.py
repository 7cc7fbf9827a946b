"""What goes over the wire about picking and packing at a depot; see `bodies`."""

from typing import Annotated, Literal

from msgspec import Meta, Raw

from courier_protocol.live import PreparationWord
from dispatch.web.bodies import Body, Id, Shown, Zone

StateWord = Literal["open", "picking", "packed"]
MAX_PREPARED = 500


class PickLineShown(Shown):
    """So many pieces of one thing, for these orders. `sku` is empty for what nobody counts, `code` where no scanner
    reads anything on it.
    """

    sku: str
    name: str
    code: str
    quantity: int
    order_ids: list[str]


class WaveOrderShown(Shown):
    """An order to pick and pack: `mode` is who brings it (as in the order's view), `step` is the last one that was
    reported (empty: none). `load_items` are its pieces where it names no lines.
    """

    id: str
    ref: str
    status: str
    mode: str
    step: str
    ready_at_ms: int
    promise_at_ms: int
    fragile: bool
    load_items: int
    lines: list[PickLineShown]


class WaveShown(Shown):
    """Orders that leave together: by whom, when they come (`there`: they have), and until when it is to be packed.

    The `id` stays while plans change what is fetched. Without a courier (`courier_id` empty, times 0) these are the
    orders that nobody has yet.
    """

    id: str
    courier_id: str
    courier: str
    arrive_at_ms: int
    due_at_ms: int
    there: bool
    state: StateWord
    orders: list[WaveOrderShown]
    lines: list[PickLineShown]


class Waves(Shown):
    """A depot's waves, the next to leave first. `packing_s`: so long before the courier comes they are due."""

    depot_id: str
    name: str
    packing_s: int
    now_ms: int
    waves: list[WaveShown]


class PrepareBody(Body):
    """A step that is reported of several orders of a depot at once."""

    step: Literal["picking", "packed"]
    order_ids: Annotated[list[Id], Meta(min_length=1, max_length=MAX_PREPARED)]
    zone: Zone = "default"


class Prepared(Shown, omit_defaults=True):
    """What became of one order: 200 with its steps, 202 where the zone has not answered yet, or a problem."""

    order_id: str
    status: int
    step: PreparationWord | Literal[""] = ""
    problem: Raw | None = None


class PreparedAll(Shown):
    """One result for each order, in the order of the request."""

    results: list[Prepared]


class PickingShown(Shown):
    """How picking went: `orders` were fetched by couriers, `packed` of them reported as packed, `in_time` of all packed
    before the courier came, which is the `share`. Times of picking where they were reported; null: nowhere. `waited_s`
    is how long couriers waited for goods in all.
    """

    orders: int
    packed: int
    in_time: int
    share: float | None
    picking_p50_s: float | None
    picking_p90_s: float | None
    waited_s: float


class PickingDayShown(Shown):
    """A day by the zone's clock, such as `2026-12-31`."""

    day: str
    picking: PickingShown


class Picking(Shown):
    """A depot's days, the newest first, all of them together, and the share that is wanted."""

    depot_id: str
    goal: float
    total: PickingShown
    days: list[PickingDayShown]
