"""What the application needs from outside, as protocols; `adapters` and `roads` fill them, `bootstrap` plugs them.

Two clocks (see the house's design): `Clock` is business time, which dates orders, offers and ETAs and may run at a
rate; `Ticker` is technical time, monotonic, for heartbeats, leases and deadlines.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.application.claim_ports import ClaimStore
from dispatch.application.order_ports import OrderFinder
from dispatch.domain.commands import Command
from dispatch.domain.demand import Asked, ShelfHour, ShelfLife
from dispatch.domain.events import Event
from dispatch.domain.geo import Point
from dispatch.domain.picks import Pick
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import Entity, ZoneState
from dispatch.planning.problem import Plan, Problem


class Clock(Protocol):
    """Business time."""

    @property
    def rate(self) -> float:
        """Business seconds per real second."""
        ...

    def now_ms(self) -> int:
        """Business epoch milliseconds."""
        ...


class Ticker(Protocol):
    """Technical time."""

    def mono_ms(self) -> int:
        """Milliseconds that only ever rise; meaningless between processes."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long in technical time."""
        ...


# --- the zone and its store ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A command on its way into a zone. `id` makes it take effect once; `actor` is `role:subject`, for the audit."""

    id: str
    actor: str
    command: Command


@dataclass(frozen=True, slots=True)
class Reply:
    """The committed outcome of a request. `result` is plain data; `code` and `detail` say why not, when not ok."""

    ok: bool
    code: str = ""
    detail: str = ""
    kind: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in its place in the zone's history: gapless `seq`, business time, who asked and by which request."""

    seq: int
    at_ms: int
    request_id: str
    actor: str
    event: Event


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write a zone, until someone claims it with a higher fence."""

    zone_id: str
    fence: int
    stream_epoch: int
    head: int
    holder: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decided request: its events (not yet numbered) and its reply. `request` is None for the writer's own acts."""

    request: Request | None
    at_ms: int
    events: tuple[Event, ...]
    reply: Reply


class FenceLost(Exception):
    """Another writer owns the zone now: drop the state and stop."""


class StoreUnavailable(Exception):
    """The store does not answer; nothing was acknowledged, try again."""


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases of a zone to list: those of an order (empty: any), opened from `since_ms` on; at most `limit`."""

    order_id: str = ""
    since_ms: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class OverrideQuery:
    """Which overrides of a zone to list: those of a person, an action or an order (empty: any), from `since_ms` on.

    `before` is the (at_ms, id) of the last one of the page before.
    """

    by: str = ""
    action: str = ""
    order_id: str = ""
    since_ms: int = 0
    before: tuple[int, str] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Past:
    """A zone as it was right after event `seq` of stream `epoch`, the last one up to a moment.

    `first_at_ms` is when the log begins (0: it is empty); `seq` is 0 for a moment before that. `at_ms` is when that
    event happened. Areas, offers, overrides and corrections are not part of it.
    """

    state: ZoneState
    epoch: int
    seq: int
    at_ms: int
    first_at_ms: int


class EventLog(Protocol):
    """The durable side of a zone's events, as a relay or a feed reads it; every `ZoneStore` of ours is one."""

    async def stream_head(self, zone_id: str) -> tuple[int, int]:
        """(stream epoch, head); (0, 0) for an unknown zone. Raises `StoreUnavailable`."""
        ...

    async def events(
        self, zone_id: str, after_seq: int, limit: int, *, only: type[Event] | None = None
    ) -> Sequence[Recorded]:
        """See `ZoneStore.events`."""
        ...


class ZoneStore(EventLog, ClaimStore, OrderFinder, Protocol):
    """Where a zone's business state is safe. Every method may raise `StoreUnavailable`."""

    async def ensure_zone(self, zone_id: str) -> None:
        """Make the zone's row if there is none."""
        ...

    async def zones(self) -> Sequence[str]:
        """Every known zone."""
        ...

    async def claim(self, zone_id: str, holder: str, lease_s: float) -> Claim | None:
        """Take the zone with a higher fence if its lease is over (by the database's clock) or the holder's own.

        None when somebody else holds it.
        """
        ...

    async def renew(self, claim: Claim, lease_s: float) -> bool:
        """Prolong the lease; False when the fence is no longer ours."""
        ...

    async def release(self, claim: Claim) -> None:
        """Give the zone back at once, so that the next writer need not wait for the lease."""
        ...

    async def load(self, zone_id: str, finished_after_ms: int) -> tuple[ZoneState, int, int]:
        """(state, stream epoch, head) in one transaction: what is unfinished, and what finished after that moment."""
        ...

    async def submit(self, zone_id: str, requests: Sequence[Request]) -> None:
        """Put requests into the durable inbox (a repeated id is ignored), for a writer in another process."""
        ...

    async def inbox(self, zone_id: str, limit: int) -> Sequence[Request]:
        """Requests that have no reply yet, oldest first."""
        ...

    async def backlog(self, zone_id: str, most: int) -> int:
        """How many requests have no reply yet, counted up to `most`."""
        ...

    async def replies(self, zone_id: str, request_ids: Sequence[str]) -> dict[str, Reply]:
        """The stored replies of those requests that have one."""
        ...

    async def commit(
        self, claim: Claim, outcomes: Sequence[Outcome], dirty: Sequence[Entity], plan_version: int
    ) -> int:
        """In one transaction: the fencing UPDATE, events numbered and appended, entities upserted, replies stored.

        Returns the new head. Raises `FenceLost` when the fence is not ours any more; then nothing was written.
        Requests that were never in the inbox (same process) are inserted with their replies.
        """
        ...

    async def events(
        self, zone_id: str, after_seq: int, limit: int, *, only: type[Event] | None = None
    ) -> Sequence[Recorded]:
        """Recorded events with seq > after_seq, in order; with `only`, those of one type."""
        ...

    async def events_told(self, zone_id: str, courier_id: str, after_seq: int, limit: int) -> Sequence[Recorded]:
        """The events with seq > after_seq that a courier's phone is told of, in order; at most `limit`."""
        ...

    async def filed_events(self, zone_id: str, key: tuple[str, str], before_seq: int, limit: int) -> Sequence[Recorded]:
        """The events of one history (see `filing`) with seq < before_seq, the newest first; without retimed routes."""
        ...

    async def shelf_hours(
        self, zone_id: str, since_hour: int, depot_id: str = "", clock_hours: Sequence[int] = ()
    ) -> Sequence[ShelfHour]:
        """What happened to shelves since an hour of the epoch, in no order: at one depot (empty: at all), and only in
        hours that come at these of a day, from 0 to 23 (none: in all).
        """
        ...

    async def shelf_lives(
        self, zone_id: str, since_hour: int, recent_hour: int, depot_id: str = ""
    ) -> Sequence[ShelfLife]:
        """The same in short, in no order; `asked` counts from `recent_hour` on."""
        ...

    async def asked_hours(self, zone_id: str, since_hour: int, sku: str = "") -> Mapping[str, Asked]:
        """What each shelf (`shelf_id`) was asked for since an hour of the epoch; of one good, where it is named."""
        ...

    async def picks(self, zone_id: str, depot_id: str, since_ms: int) -> Sequence[Pick]:
        """The orders that couriers have fetched at a depot since a moment of business time, in no order."""
        ...

    async def as_of(self, zone_id: str, at_ms: int, finished_after_ms: int) -> Past:
        """The zone as it was at a moment of business time, without what had finished before `finished_after_ms`.

        Raises `NotFound` for an unknown zone.
        """
        ...

    async def next_generation(self, courier_id: str) -> int:
        """The next session generation of a courier, for ever rising."""
        ...

    async def answered_offers(self, zone_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """The newest `limit` offers with an end since `since_ms` that couriers took, refused or let lapse; the oldest
        first.
        """
        ...

    async def find_case(self, zone_id: str, case_id: str) -> Entity | None:
        """The case, open or resolved; None when there is none."""
        ...

    async def list_cases(self, zone_id: str, wanted: CaseQuery) -> Sequence[Entity]:
        """Cases of a zone, the newest first."""
        ...

    async def find_override(self, zone_id: str, override_id: str) -> Entity | None:
        """The override, however old; None when there is none."""
        ...

    async def list_overrides(self, zone_id: str, wanted: OverrideQuery) -> Sequence[Entity]:
        """Overrides, the newest first."""
        ...

    async def find_correction(self, zone_id: str, correction_id: str) -> Entity | None:
        """The correction of a pin; None when there is none."""
        ...

    async def messages_of(self, zone_id: str, order_id: str) -> Sequence[Entity]:
        """Every message about an order, in the order in which they were written."""
        ...


class CommandBus(Protocol):
    """How anyone asks a zone for something."""

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        """The committed reply; None when it did not come in time (ask again with the same id, or poll).

        Refusals are replies too.
        """
        ...


class EventFeed(Protocol):
    """A zone's committed events, live. Reads the stream copy and falls back to the store, without a gap."""

    def follow(self, zone_id: str, after_seq: int) -> AsyncIterator[Sequence[Recorded]]:
        """Batches of events after `after_seq`, gapless and in order, for ever; each ends with a whole request."""
        ...


# --- positions -------------------------------------------------------------------------------------------------


class Position(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A courier's newest place. Ordered by (generation, seq), never by time; both clocks kept.

    A struct rather than a dataclass: one is made for every fix of the fleet, and this takes a fifth of the time. On
    the wire between our processes it is an array: the order of the fields is for ever, new ones come last, with a
    default.
    """

    courier_id: str
    generation: int
    seq: int
    at_ms: int
    received_at_ms: int
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery: float | None = None
    mock: bool = False
    """Whether the phone says that an app made this place up."""

    @property
    def place(self) -> Point:
        """Where it is. Made anew at each call: whoever is in a hurry reads `lat` and `lon`."""
        return Point(self.lat, self.lon)

    def is_newer(self, held: "Position | None") -> bool:
        """Whether this comes after `held` in the courier's order of facts; the same fix heard again counts."""
        if held is None or self.generation != held.generation:
            return held is None or self.generation > held.generation
        return self.seq > held.seq or (self.seq == held.seq and self.received_at_ms > held.received_at_ms)


class PositionStore(Protocol):
    """Where the newest positions are; may be lost at any moment and heals with the next fixes.

    A process has one, and is told apart by it from the others that share what it holds.
    """

    async def put(self, zone_id: str, positions: Sequence[Position]) -> bool:
        """Keep each position that `is_newer` than the held one, and publish it to `follow`.

        True when another process follows the zone now: then it is worth putting more often. Raises `StoreUnavailable`;
        those who follow in this process have the positions even so, and the next call hands them in.
        """
        ...

    async def latest(self, zone_id: str) -> dict[str, Position]:
        """The newest position of every courier of the zone. Raises `StoreUnavailable`."""
        ...

    def follow(self, zone_id: str, *, others_only: bool = False) -> AsyncIterator[Sequence[Position]]:
        """Newest positions as they come, at most one a courier per batch; slow readers miss older ones.

        Begins with what is held. With `others_only` it leaves out what this process puts from now on.
        """
        ...


class TrackStore(Protocol):
    """Where couriers have been: 48 hours, at most `tracks.MAX_POINTS` points a courier. May be lost at any moment.

    Every method may raise `StoreUnavailable`.
    """

    async def append(self, zone_id: str, positions: Sequence[Position]) -> None:
        """Put each position into its courier's track at its own time, in whatever order they come; repeats are free."""
        ...

    async def read(self, zone_id: str, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """The track within [from_ms, to_ms] of device time, thinned, oldest first; at most `limit` positions."""
        ...

    async def last_before(self, zone_id: str, courier_ids: Sequence[str], at_ms: int) -> dict[str, Position]:
        """The last position of each of these couriers at or before a moment of device time, where there is one."""
        ...

    async def read_all(
        self, zone_id: str, courier_ids: Sequence[str], from_ms: int, to_ms: int
    ) -> dict[str, Sequence[Position]]:
        """What `read` gives, for many couriers at once; who was nowhere is left out."""
        ...


# --- roads and solvers -----------------------------------------------------------------------------------------


class RoadRoute(Protocol):
    """A way along the roads: the line, its length and its duration."""

    @property
    def duration_s(self) -> float:
        """Seconds at the profile's speeds."""
        ...

    @property
    def distance_m(self) -> float:
        """Metres along the way."""
        ...

    @property
    def line(self) -> Sequence[Point]:
        """The way's shape, from a to b."""
        ...


class TravelTimes(Protocol):
    """How long it takes from place to place. Thread-safe; never blocks on I/O."""

    @property
    def version(self) -> int:
        """Changes whenever present times do; then whatever was kept of older answers is old."""
        ...

    def at(self, at_ms: int) -> "TravelTimes":
        """The streets as they are (0) or will be at a moment, as far as anybody knows; it never changes."""
        ...

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """(from ms, factor): how many times as long as now rides take that set off then; empty: always the same."""
        ...

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """Seconds [sources, targets]; inf where there is no way."""
        ...

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """The fastest way from a to b."""
        ...


# --- the stream copy of a zone's events ------------------------------------------------------------------------


class StoreConflict(Exception):
    """A constraint of the store stands against the write (an id of another zone, a second active assignment, a
    request that was answered before); nothing was written. The message names the constraint, never values.
    """


class HistoryLost(Exception):
    """The zone's history was replaced (a restore): drop the state and load it again."""


class Solver(Protocol):
    """What improves a running plan, outside the event loop."""

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        """A better plan within about `budget_s` of technical time; None when there is none, or when the solver failed.

        `deep` asks for everything that takes longer than a quick round has, recombining the routes seen for example.
        What comes back is a proposal: the caller has it checked before it uses it.
        """
        ...
