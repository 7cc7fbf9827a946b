"""What goes over the wire about the past: a zone as it was, where couriers were, and what happened to one thing."""

from courier_protocol.live import ZoneChange, ZoneSnapshot
from dispatch.web.bodies import Shown
from dispatch.web.bodies_traffic import IncidentShown


class AsOfShown(Shown):
    """A zone as it was at `at_ms`, and what changed after it up to `until_ms`, as the live channel told it then.

    `first_at_ms` is the earliest moment that can be asked for. `event_at_ms` is when the last event up to the moment
    happened, `next_at_ms` when the first after it did (0: none yet). `incidents` are those known by then.
    """

    at_ms: int
    until_ms: int
    first_at_ms: int
    event_at_ms: int
    next_at_ms: int
    zone_snapshot: ZoneSnapshot
    changes: list[ZoneChange]
    incidents: list[IncidentShown]


class TrackShown(Shown):
    """Where one courier was: (at_ms, lat, lon, heading in degrees or null, metres per second or null), by time."""

    courier_id: str
    places: list[tuple[int, float, float, float | None, float | None]]


class TracksShown(Shown):
    """Where a zone's couriers were from `from_ms` to `to_ms`, which is earlier than asked for where they are many."""

    zone: str
    from_ms: int
    to_ms: int
    tracks: list[TrackShown]


class ChangeShown(Shown):
    """One field before and after; `before` is null where the event is the first of its history.

    Fields that end in `_at_ms` are business time. Of a route: `stops` ahead, what was `done`, how many orders `came`
    and `went`, and whether their `sequence` changed.
    """

    field: str
    before: str | int | bool | None
    after: str | int | bool | None


class EntryShown(Shown):
    """One event: when, who did it (`role:subject`), what it was and what it changed.

    `event` is the event's name on the live channel. `what` names the step as far as the event does: a status, an
    offer's end, an override's action, a case's kind. `device_at_ms` is when it happened by the courier's device; 0: no
    device told. `order_ids` are the orders that it is about beside the entity itself.
    """

    seq: int
    at_ms: int
    actor: str
    event: str
    what: str
    reason: str
    device_at_ms: int
    changes: list[ChangeShown]
    order_ids: list[str]


class HistoryShown(Shown, omit_defaults=True):
    """What happened to an order or a courier, the newest first; `next` leads to what was before."""

    zone: str
    id: str
    entries: list[EntryShown]
    next: str = ""
