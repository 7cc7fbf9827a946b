"""The stores in memory, with the same promises as the real ones but durability: for tests and the simulation.

Nothing here awaits between its checks and its changes, so every method is atomic for the event loop.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from dispatch.adapters.commits import Assignment, assignment_changes, finished_at_ms, numbered
from dispatch.adapters.lanes import Lanes
from dispatch.adapters.memory_claims import chosen
from dispatch.adapters.memory_current import is_current
from dispatch.adapters.memory_depot_work import DepotWorkInMemory
from dispatch.application.batches import whole_requests
from dispatch.application.claim_ports import ClaimQuery
from dispatch.application.courier_facts import told_to
from dispatch.application.erasure import Erased
from dispatch.application.filing import PAST_KINDS, RETIMED, filed
from dispatch.application.order_ports import Placed
from dispatch.application.ports import (
    CaseQuery,
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
from dispatch.domain.case import Case
from dispatch.domain.erasure import Gone, erased_entity, erased_event
from dispatch.domain.errors import NotFound
from dispatch.domain.events import Event
from dispatch.domain.offer import ANSWERED, Offer
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.override import Override
from dispatch.domain.route import Route
from dispatch.domain.zone import Entity, ZoneState, entity_of, evolve, rebuilt

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


class MemoryZoneStore(DepotWorkInMemory):
    """See `ZoneStore`, `EventLog` and `Eraser`. Leases run by the ticker that it is given."""

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

    def expire_lease(self, zone_id: str) -> None:
        """Let the lease be over now, as when its holder could not renew it in time."""
        self._zone(zone_id).lease_until_ms = 0

    # --- requests in, events out -----------------------------------------------------------------------------

    async def load(self, zone_id: str, finished_after_ms: int) -> tuple[ZoneState, int, int]:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        zone = self._zones.get(zone_id)
        if zone is None:
            raise NotFound("unknown_zone", f"There is no zone {zone_id}.")
        kept = [entity for entity in zone.entities.values() if is_current(zone.entities, entity, finished_after_ms)]
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

    async def backlog(self, zone_id: str, most: int) -> int:
        """See `ZoneStore`."""
        return min(len(self._zone(zone_id).inbox), most)

    async def replies(self, zone_id: str, request_ids: Sequence[str]) -> dict[str, Reply]:
        """See `ZoneStore`."""
        held = self._zone(zone_id).replies
        return {request_id: held[request_id] for request_id in request_ids if request_id in held}

    def stored_replies(self, zone_id: str) -> dict[str, Reply]:
        """Every reply that the zone has given, by its request."""
        return self._zone(zone_id).replies

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

    def history(self, zone_id: str) -> Sequence[Recorded]:
        """Everything that has happened in the zone."""
        return self._zone(zone_id).outbox

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

    async def find_orders(self, order_ids: Collection[str]) -> Mapping[str, Entity]:
        """See `ZoneStore`."""
        found = {order_id: await self.find_order(order_id) for order_id in order_ids}
        return {order_id: each[1] for order_id, each in found.items() if each}

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

    async def list_orders(
        self, zone_id: str, status: str, after_id: str, limit: int, placed_by: str = ""
    ) -> Sequence[Entity]:
        """See `ZoneStore`."""
        orders = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Order)]
        wanted = (o for o in orders if o.id > after_id and (not status or o.status.value == status))
        return sorted((o for o in wanted if placed_by in ("", o.placed_by)), key=lambda order: order.id)[:limit]

    async def orders_placed(
        self, zone_id: str, placed_by: str, since_ms: int, before: Placed | None, limit: int
    ) -> Sequence[Entity]:
        """See `ZoneStore`."""
        orders = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Order)]
        mine = {(-o.created_at_ms, o.id): o for o in orders if o.placed_by == placed_by and o.created_at_ms >= since_ms}
        after = (-before[0], before[1]) if before else (-(2**63), "")
        return [mine[place] for place in sorted(mine) if place > after][:limit]

    async def orders_collected(self, zone_id: str, point_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        orders = [each for each in self._zone(zone_id).entities.values() if isinstance(each, Order)]
        collected = ((order, order.collection) for order in orders if order.collection)
        there = [(-at.at_ms, o.id, o) for o, at in collected if at.point_id == point_id and at.state == "collected"]
        return [each[2] for each in sorted(there, key=lambda each: each[:2]) if -each[0] >= since_ms][:limit]

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

    async def list_cases(self, zone_id: str, wanted: CaseQuery) -> Sequence[Entity]:
        """See `ZoneStore`."""
        kept = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, Case)]
        found = (c for c in kept if wanted.order_id in ("", c.order_id) and c.at_ms >= wanted.since_ms)
        return sorted(found, key=_by_time, reverse=True)[: wanted.limit]

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

    async def find_claim(self, claim_id: str) -> tuple[str, Entity] | None:
        """See `ClaimStore`."""
        places = ((zone_id, zone.entities.get(("Claim", claim_id))) for zone_id, zone in self._zones.items())
        return next(((zone_id, claim) for zone_id, claim in places if claim), None)

    async def list_claims(self, zone_id: str, wanted: ClaimQuery) -> Sequence[Entity]:
        """See `ClaimStore`."""
        return chosen(self._zone(zone_id).entities.values(), wanted)

    async def messages_of(self, zone_id: str, order_id: str) -> Sequence[Entity]:
        """See `ZoneStore`."""
        said = [entity for entity in self._zone(zone_id).entities.values() if isinstance(entity, OrderMessage)]
        return sorted((m for m in said if m.order_id == order_id), key=lambda message: message.number)

    # --- erasing ---------------------------------------------------------------------------------------------

    async def pictures(self, zone_id: str, order_ids: Collection[str]) -> Sequence[str]:
        """See `Eraser`."""
        entities = (entity_of(each.event) for each in self._zone(zone_id).outbox)
        mine = (each for each in entities if isinstance(each, Order) and each.id in order_ids)
        return sorted({proof.upload_id for order in mine for proof in order.proofs if proof.upload_id})

    async def erase(self, zone_id: str, gone: Gone, actor: str) -> Erased:
        """See `Eraser`. Nothing of it is audited here."""
        zone = self._zone(zone_id)
        after = [replace(each, event=erased_event(each.event, gone)) for each in zone.outbox]
        events = sum(old != new for old, new in zip(zone.outbox, after, strict=True))
        zone.outbox[:] = after
        for entity in list(zone.entities.values()):
            self._keep(zone_id, zone, erased_entity(entity, gone))
        return Erased(len(gone.order_ids), len(gone.courier_ids), events)

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


def _by_time(entity: Override | Case) -> tuple[int, str]:
    return entity.at_ms, entity.id


class NoCopies:
    """See `Copies`: whoever reads the store itself has none."""

    async def forget(self, zone_id: str) -> None:
        """See `Copies`."""
        del zone_id


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

    def flush(self) -> None:
        """Lose everything, as FLUSHALL does; those who follow are not told."""
        for lanes in self._zones.values():
            lanes.newest.clear()

    def follow(self, zone_id: str, *, others_only: bool = False) -> AsyncIterator[Sequence[Position]]:
        """See `PositionStore`."""
        return self._zones[zone_id].follow(self, others_only=others_only)
