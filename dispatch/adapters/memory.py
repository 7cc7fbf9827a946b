"""The stores in memory, with the same promises as the real ones but durability: for tests and the simulation.

Nothing here awaits between its checks and its changes, so every method is atomic for the event loop.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from dispatch.adapters.commits import Assignment, assignment_changes, finished_at_ms, numbered
from dispatch.adapters.lanes import Lanes
from dispatch.application.batches import whole_requests
from dispatch.application.courier_facts import told_to
from dispatch.application.filing import PAST_KINDS, RETIMED, filed
from dispatch.application.ports import (
    Claim,
    FenceLost,
    HistoryLost,
    Outcome,
    OverrideQuery,
    Past,
    Position,
    Recorded,
    Reply,
    Request,
    StoreConflict,
    Ticker,
)
from dispatch.application.tracks import KEEP_MS, MAX_POINTS, thinned
from dispatch.domain.case import Case, CaseStatus
from dispatch.domain.errors import NotFound
from dispatch.domain.events import Event
from dispatch.domain.offer import ANSWERED, Offer, OfferStatus
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.override import Override
from dispatch.domain.route import Route
from dispatch.domain.zone import Entity, ZoneState, evolve, rebuilt

BATCH = 500


@dataclass(slots=True)
class _Zone:
    fence: int = 0
    epoch: int = 1
    holder: str = ""
    lease_until_ms: float = 0
    plan_version: int = 0
    outbox: list[Recorded] = field(default_factory=list)
    inbox: dict[str, Request] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    entities: dict[tuple[str, str], Entity] = field(default_factory=dict)


class MemoryZoneStore:
    """See `ZoneStore` and `EventLog`. Leases run by the ticker that it is given."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._zones: dict[str, _Zone] = {}
        self._generations: defaultdict[str, int] = defaultdict(int)
        self._moved: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._active: dict[str, Assignment] = {}
        self._orders: dict[str, tuple[str, str]] = {}
        self._tracks: dict[str, tuple[str, str]] = {}

    async def ensure_zone(self, zone_id: str) -> None:
        """See `ZoneStore`."""
        self._zones.setdefault(zone_id, _Zone())

    async def zones(self) -> Sequence[str]:
        """See `ZoneStore`."""
        return sorted(self._zones)

    # --- ownership -------------------------------------------------------------------------------------------

    async def claim(self, zone_id: str, holder: str, lease_s: float) -> Claim | None:
        """See `ZoneStore`."""
        zone, now_ms = self._zones.get(zone_id), self._ticker.mono_ms()
        if zone is None or (zone.lease_until_ms > now_ms and zone.holder != holder):
            return None
        zone.fence += 1
        zone.holder, zone.lease_until_ms = holder, now_ms + lease_s * 1000
        return Claim(zone_id, zone.fence, zone.epoch, len(zone.outbox), holder)

    async def renew(self, claim: Claim, lease_s: float) -> bool:
        """See `ZoneStore`."""
        zone = self._zones.get(claim.zone_id)
        if zone is None or (zone.fence, zone.holder) != (claim.fence, claim.holder):
            return False
        zone.lease_until_ms = self._ticker.mono_ms() + lease_s * 1000
        return True

    async def release(self, claim: Claim) -> None:
        """See `ZoneStore`."""
        zone = self._zones.get(claim.zone_id)
        if zone and zone.fence == claim.fence:
            zone.holder, zone.lease_until_ms = "", 0

    # --- requests in, events out -----------------------------------------------------------------------------

    async def load(self, zone_id: str, finished_after_ms: int) -> tuple[ZoneState, int, int]:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        zone = self._zones.get(zone_id)
        if zone is None:
            raise NotFound("unknown_zone", f"There is no zone {zone_id}.")
        kept = [entity for entity in zone.entities.values() if _is_current(zone, entity, finished_after_ms)]
        return rebuilt(zone_id, zone.plan_version, kept), zone.epoch, len(zone.outbox)

    async def submit(self, zone_id: str, requests: Sequence[Request]) -> None:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        zone = self._zones.get(zone_id)
        if zone is None:
            raise NotFound("unknown_zone", f"There is no zone {zone_id}.")
        for request in requests:
            if request.id not in zone.replies:
                zone.inbox.setdefault(request.id, request)

    async def inbox(self, zone_id: str, limit: int) -> Sequence[Request]:
        """See `ZoneStore`."""
        return list(self._zone(zone_id).inbox.values())[:limit]

    async def replies(self, zone_id: str, request_ids: Sequence[str]) -> dict[str, Reply]:
        """See `ZoneStore`."""
        held = self._zone(zone_id).replies
        return {request_id: held[request_id] for request_id in request_ids if request_id in held}

    async def commit(
        self, claim: Claim, outcomes: Sequence[Outcome], dirty: Sequence[Entity], plan_version: int
    ) -> int:
        """See `ZoneStore`. Raises `StoreConflict`, and then nothing was written."""
        zone = self._zones.get(claim.zone_id)
        if zone is None or zone.fence != claim.fence:
            raise FenceLost(claim.zone_id)
        recorded = numbered(outcomes, len(zone.outbox))
        answers = {each.request.id: each.reply for each in outcomes if each.request}
        if zone.replies.keys() & answers.keys():
            raise StoreConflict("a request was answered before")
        self._check_orders(claim.zone_id, dirty)
        self._active = self._assigned(recorded)
        zone.outbox.extend(recorded)
        zone.plan_version = plan_version
        for entity in dirty:
            self._keep(claim.zone_id, zone, entity)
        zone.replies.update(answers)
        zone.inbox = {key: request for key, request in zone.inbox.items() if key not in answers}
        self._moved.pop(claim.zone_id, asyncio.Event()).set()
        return len(zone.outbox)

    def _check_orders(self, zone_id: str, dirty: Sequence[Entity]) -> None:
        """Order ids are unique over all zones, and so are the hashes of tracking links."""
        for order in (entity for entity in dirty if isinstance(entity, Order)):
            here = (zone_id, order.id)
            if self._orders.get(order.id, here) != here:
                raise StoreConflict("an order id belongs to another zone")
            if order.track_hash and self._tracks.get(order.track_hash, here) != here:
                raise StoreConflict("a tracking link belongs to another order")

    def _assigned(self, recorded: Iterable[Recorded]) -> dict[str, Assignment]:
        """The active assignments after these events. Raises `StoreConflict` when an order would have two."""
        active = dict(self._active)
        changes = assignment_changes(recorded)
        for ending in changes.endings:
            held = active.get(ending.order_id)
            if held and held.assignment_seq <= ending.assignment_seq:
                del active[ending.order_id]
        for started in changes.started:
            if started.ended_at_ms is not None:
                continue
            held = active.setdefault(started.order_id, started)
            if (held.assignment_seq, held.courier_id) != (started.assignment_seq, started.courier_id):
                raise StoreConflict("an order would have two active assignments")
        return active

    async def events(
        self, zone_id: str, after_seq: int, limit: int, *, only: type[Event] | None = None
    ) -> Sequence[Recorded]:
        """See `ZoneStore`."""
        later = islice(self._zone(zone_id).outbox, after_seq, None)
        return list(islice((each for each in later if only is None or type(each.event) is only), limit))

    async def events_told(self, zone_id: str, courier_id: str, after_seq: int, limit: int) -> Sequence[Recorded]:
        """See `ZoneStore`."""
        later = self._zone(zone_id).outbox[after_seq:]
        return [recorded for recorded in later if told_to(recorded.event) == courier_id][:limit]

    async def filed_events(self, zone_id: str, key: tuple[str, str], before_seq: int, limit: int) -> Sequence[Recorded]:
        """See `ZoneStore`."""
        older = reversed(self._zone(zone_id).outbox[: max(0, before_seq - 1)])
        mine = (each for each in older if filed(each.event) == key and type(each.event).__name__ != RETIMED)
        return list(islice(mine, limit))

    async def as_of(self, zone_id: str, at_ms: int, finished_after_ms: int) -> Past:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        zone = self._zones.get(zone_id)
        if zone is None:
            raise NotFound("unknown_zone", f"There is no zone {zone_id}.")
        seq, state = bisect_right(zone.outbox, at_ms, key=lambda each: each.at_ms), ZoneState(zone_id)
        for recorded in zone.outbox[:seq]:
            if filed(recorded.event)[0] in PAST_KINDS:
                evolve(state, recorded.event)
        state.forget_finished(finished_after_ms)
        state.take_dirty()
        first_at_ms = zone.outbox[0].at_ms if zone.outbox else 0
        return Past(state, zone.epoch, seq, zone.outbox[seq - 1].at_ms if seq else 0, first_at_ms)

    async def stream_head(self, zone_id: str) -> tuple[int, int]:
        """See `EventLog`."""
        zone = self._zones.get(zone_id)
        return (zone.epoch, len(zone.outbox)) if zone else (0, 0)

    def moved(self, zone_id: str) -> asyncio.Event:
        """Is set by the next commit of the zone; take it before looking, then wait for it."""
        return self._moved[zone_id]

    def lose_history(self, zone_id: str, head: int) -> None:
        """Begin a new epoch at an older head, as a restore from a backup does."""
        zone = self._zone(zone_id)
        del zone.outbox[head:]
        zone.epoch += 1
        self._moved.pop(zone_id, asyncio.Event()).set()

    # --- looking things up -----------------------------------------------------------------------------------

    async def next_generation(self, courier_id: str) -> int:
        """See `ZoneStore`."""
        self._generations[courier_id] += 1
        return self._generations[courier_id]

    async def order_by_track(self, track_hash: str) -> tuple[str, str] | None:
        """See `ZoneStore`."""
        found = self._tracks.get(track_hash)
        order = self._zones[found[0]].entities["Order", found[1]] if found else None
        return found if isinstance(order, Order) and order.track_hash == track_hash else None

    async def find_order(self, order_id: str) -> tuple[str, Entity] | None:
        """See `ZoneStore`."""
        zone_id, _ = self._orders.get(order_id, ("", ""))
        return (zone_id, self._zones[zone_id].entities["Order", order_id]) if zone_id else None

    async def orders_marked(self, phone_mark: str, since_ms: int, limit: int) -> Sequence[tuple[str, Entity]]:
        """See `ZoneStore`."""
        marked = [(zone_id, order) for zone_id, order in self._every_order() if order.phone_mark == phone_mark]
        ends = [(finished_at_ms(order), zone_id, order) for zone_id, order in marked]
        recent = [each for each in ends if each[0] is None or each[0] >= since_ms]
        recent.sort(key=lambda each: (each[0] is not None, -(each[0] or 0), each[2].id))
        return [(zone_id, order) for _, zone_id, order in recent[:limit]]

    async def orders_by_ref(self, ref: str, limit: int) -> Sequence[tuple[str, Entity]]:
        """See `ZoneStore`."""
        found = [(zone_id, order) for zone_id, order in self._every_order() if order.ref == ref]
        return sorted(found, key=lambda each: each[1].id)[:limit]

    def _every_order(self) -> list[tuple[str, Order]]:
        zones = self._zones.items()
        return [(zone_id, o) for zone_id, zone in zones for o in zone.entities.values() if isinstance(o, Order)]

    async def list_orders(self, zone_id: str, status: str, after_id: str, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        orders = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Order)]
        wanted = (o for o in orders if o.id > after_id and (not status or o.status.value == status))
        return sorted(wanted, key=lambda order: order.id)[:limit]

    async def delivered_by(self, zone_id: str, courier_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        orders = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Order)]
        mine = [o for o in orders if o.courier_id == courier_id and o.status is OrderStatus.DELIVERED]
        recent = [order for order in mine if (finished_at_ms(order) or 0) >= since_ms]
        return sorted(recent, key=lambda order: -(finished_at_ms(order) or 0))[:limit]

    async def delivered_since(self, zone_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        orders = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Order)]
        ended = [(finished_at_ms(o) or 0, o.id, o) for o in orders if o.status is OrderStatus.DELIVERED]
        recent = sorted(each[:2] for each in ended if each[0] >= since_ms)[-limit:]
        by_id = {order_id: order for _, order_id, order in ended}
        return [by_id[order_id] for _, order_id in recent]

    async def answered_offers(self, zone_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        offers = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Offer)]
        ended = [o for o in offers if o.status in ANSWERED and o.expires_at_ms >= since_ms]
        return sorted(ended, key=lambda offer: (offer.expires_at_ms, offer.id))[-limit:]

    async def find_case(self, zone_id: str, case_id: str) -> Entity | None:
        """See `ZoneStore`."""
        return self._zone(zone_id).entities.get(("Case", case_id))

    async def find_override(self, zone_id: str, override_id: str) -> Entity | None:
        """See `ZoneStore`."""
        return self._zone(zone_id).entities.get(("Override", override_id))

    async def list_overrides(self, zone_id: str, wanted: OverrideQuery) -> Sequence[Entity]:
        """See `ZoneStore`."""
        made = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Override)]
        return sorted((o for o in made if _fits(o, wanted)), key=_by_time, reverse=True)[: wanted.limit]

    async def find_correction(self, zone_id: str, correction_id: str) -> Entity | None:
        """See `ZoneStore`."""
        return self._zone(zone_id).entities.get(("Correction", correction_id))

    async def messages_of(self, zone_id: str, order_id: str) -> Sequence[Entity]:
        """See `ZoneStore`."""
        said = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, OrderMessage)]
        return sorted((m for m in said if m.order_id == order_id), key=lambda message: message.number)

    def _zone(self, zone_id: str) -> _Zone:
        return self._zones.get(zone_id) or _Zone()

    def _keep(self, zone_id: str, zone: _Zone, entity: Entity) -> None:
        entity_id = entity.courier_id if isinstance(entity, Route) else getattr(entity, "id", "")
        zone.entities[type(entity).__name__, entity_id] = entity
        if isinstance(entity, Order):
            self._orders[entity.id] = (zone_id, entity.id)
            if entity.track_hash:
                self._tracks[entity.track_hash] = (zone_id, entity.id)


def _fits(override: Override, wanted: OverrideQuery) -> bool:
    return (
        wanted.by in ("", override.by)
        and wanted.action in ("", override.action)
        and (not wanted.order_id or override.touches(wanted.order_id))
        and override.at_ms >= wanted.since_ms
        and (wanted.before is None or (override.at_ms, override.id) < wanted.before)
    )


def _by_time(override: Override) -> tuple[int, str]:
    return override.at_ms, override.id


def _is_current(zone: _Zone, entity: Entity, finished_after_ms: int) -> bool:
    match entity:
        case OrderMessage(order_id=order_id):
            return _is_current(zone, zone.entities["Order", order_id], finished_after_ms)
        case Case():
            return entity.status is CaseStatus.OPEN or entity.at_ms >= finished_after_ms
        case Override():
            return not entity.settled or entity.at_ms >= finished_after_ms
        case Order():
            ended_at_ms = finished_at_ms(entity)
            return ended_at_ms is None or ended_at_ms >= finished_after_ms
        case Offer():
            return entity.status is OfferStatus.OPEN or entity.expires_at_ms >= finished_after_ms
        case _:
            return True


class MemoryEventFeed:
    """See `EventFeed`: straight from the store. Raises `HistoryLost` when the store was restored meanwhile."""

    def __init__(self, store: MemoryZoneStore) -> None:
        self._store = store

    async def follow(self, zone_id: str, after_seq: int) -> AsyncIterator[Sequence[Recorded]]:
        """See `EventFeed`."""
        followed, _ = await self._store.stream_head(zone_id)
        while True:
            moved = self._store.moved(zone_id)
            epoch, head = await self._store.stream_head(zone_id)
            followed = followed or epoch
            if epoch != followed or head < after_seq:
                raise HistoryLost(zone_id)
            batch = await whole_requests(partial(self._store.events, zone_id, after_seq), BATCH)
            if batch:
                after_seq = batch[-1].seq
                yield batch
            else:
                await moved.wait()


class MemoryPositionStore:
    """See `PositionStore`. Another process is one that was made `beside` this one and shares what it holds."""

    def __init__(self, beside: "MemoryPositionStore | None" = None) -> None:
        self._zones: defaultdict[str, Lanes] = beside._zones if beside else defaultdict(Lanes)

    async def put(self, zone_id: str, positions: Sequence[Position]) -> bool:
        """See `PositionStore`."""
        lanes = self._zones[zone_id]
        lanes.offer(positions, self)
        return lanes.has_others(self)

    async def latest(self, zone_id: str) -> dict[str, Position]:
        """See `PositionStore`."""
        return dict(self._zones[zone_id].newest)

    def follow(self, zone_id: str, *, others_only: bool = False) -> AsyncIterator[Sequence[Position]]:
        """See `PositionStore`."""
        return self._zones[zone_id].follow(self, others_only=others_only)


class MemoryTrackStore:
    """See `TrackStore`."""

    def __init__(self, max_points: int = MAX_POINTS) -> None:
        self._tracks: defaultdict[tuple[str, str], dict[Position, None]] = defaultdict(dict)
        self._max_points = max_points

    async def append(self, zone_id: str, positions: Sequence[Position]) -> None:
        """See `TrackStore`."""
        for position in positions:
            self._tracks[zone_id, position.courier_id][position] = None
        for courier_id in {position.courier_id for position in positions}:
            self._trim((zone_id, courier_id))

    def _trim(self, key: tuple[str, str]) -> None:
        held = sorted(self._tracks[key], key=lambda position: position.at_ms)
        newest_ms = max(position.received_at_ms for position in held)
        kept = [position for position in held if position.at_ms > newest_ms - KEEP_MS]
        self._tracks[key] = dict.fromkeys(kept[-self._max_points :])

    async def read(self, zone_id: str, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """See `TrackStore`."""
        held = self._tracks.get((zone_id, courier_id), {})
        return thinned(position for position in held if from_ms <= position.at_ms <= to_ms)[:limit]

    async def last_before(self, zone_id: str, courier_ids: Sequence[str], at_ms: int) -> dict[str, Position]:
        """See `TrackStore`."""
        tracks = await self.read_all(zone_id, courier_ids, 0, at_ms)
        return {courier_id: max(self._upto(zone_id, courier_id, at_ms), key=_at) for courier_id in tracks}

    def _upto(self, zone_id: str, courier_id: str, at_ms: int) -> list[Position]:
        return [position for position in self._tracks[zone_id, courier_id] if position.at_ms <= at_ms]

    async def read_all(
        self, zone_id: str, courier_ids: Sequence[str], from_ms: int, to_ms: int
    ) -> dict[str, Sequence[Position]]:
        """See `TrackStore`."""
        tracks = {each: await self.read(zone_id, each, from_ms, to_ms, self._max_points) for each in courier_ids}
        return {courier_id: track for courier_id, track in tracks.items() if track}


def _at(position: Position) -> int:
    return position.at_ms
