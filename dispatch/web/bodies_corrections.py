"""What goes over the wire about pins that are probably wrong; see `bodies`."""

from dispatch.web.bodies import Latlon, Shown


class CorrectionShown(Shown):
    """A door whose pin is probably wrong: where it is, where it seems to be, and what speaks for that.

    `pattern` is `shifted` (GCJ-02 taken for WGS-84), `unshifted`, `double_shifted` or `moved`; `confidence` is 0-1;
    `stays` are where couriers stood when they served it. `waiting_orders` are for this door and nobody has them yet:
    accepting moves them, too.
    """

    id: str
    address: str
    pin: Latlon
    place: Latlon
    pattern: str
    visits: int
    distance_m: float
    spread_m: float
    confidence: float
    reason_en: str
    reason_zh: str
    stays: list[Latlon]
    state: str
    at_ms: int
    decided_by: str
    decided_at_ms: int
    waiting_orders: int


class Corrections(Shown):
    """Pins to check, the surest first. `total` counts those beyond the limit, too."""

    corrections: list[CorrectionShown]
    total: int
