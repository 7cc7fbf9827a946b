"""`ZoneStore` in SQL. The whole safety of a zone rests on one statement: `FENCED`, the first of every commit."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch.adapters.commits import assignment_changes, numbered
from dispatch.adapters.sql import rows, tables, tables_goods
from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.depot_work import DepotWork
from dispatch.adapters.sql.dialects import insert_into, now, one_of, upsert
from dispatch.adapters.sql.generations import Generations
from dispatch.adapters.sql.past import PastReader
from dispatch.application import records
from dispatch.application.claim_ports import ClaimQuery
from dispatch.application.courier_facts import told_to
from dispatch.application.order_ports import Placed
from dispatch.application.patience import patiently
from dispatch.application.ports import (
    CaseQuery,
    Claim,
    FenceLost,
    Outcome,
    OverrideQuery,
    Past,
    Recorded,
    Reply,
    Request,
    StoreConflict,
)
from dispatch.application.rounds import Rounds
from dispatch.domain.case import NOT_CLOSED
from dispatch.domain.claim import CLOSED
from dispatch.domain.demand import Asked, ShelfHour, ShelfLife
from dispatch.domain.errors import NotFound
from dispatch.domain.events import Event
from dispatch.domain.offer import ANSWERED, OfferStatus
from dispatch.domain.order import OrderStatus
from dispatch.domain.picks import Pick
from dispatch.domain.zone import Entity, ZoneState, rebuilt
from dispatch.failpoints import failpoint

zone, inbox, outbox, orders, offers = tables.zone, tables.inbox, tables.outbox, tables.orders, tables.offers

# It checks the fence, locks the zone until the commit and so hands out the sequence in commit order.
FENCED = text("UPDATE zone SET head = head + :n, plan_version = :v WHERE id = :zone AND fence = :fence RETURNING head")
END_ASSIGNMENTS = text(
    "UPDATE assignments SET ended_at_ms = :ended_at_ms, outcome = :outcome "
    "WHERE order_id = :order_id AND assignment_seq <= :assignment_seq AND ended_at_ms IS NULL"
)


class SqlZoneStore:
    """See `ZoneStore` and `EventLog`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = database.dialect
        every_entity = (
            *(tables.depots, tables.areas, tables.incidents, tables.spreads, tables.goals, *tables_goods.GOODS),
            *(tables.fees, tables.couriers, tables.orders, tables.offers, tables.routes),
            *(tables.cases, tables.order_messages, tables.overrides, tables.corrections),
            *(tables.claims, tables.claim_policies),
        )
        self._upserts = {table: upsert(table, dialect) for table in every_entity}
        self._append = outbox.insert()
        self._start = insert_into(tables.assignments, dialect).on_conflict_do_nothing(
            index_elements=list(tables.assignments.primary_key.columns)
        )
        self._generations = Generations(database)
        self._past = PastReader(database)
        self._depot_work = DepotWork(database)
        asked = (inbox.c.zone_id == bindparam("zone"), one_of(inbox.c.id, "ids", dialect))
        self._answered = select(inbox.c.id, inbox.c.reply).where(*asked, inbox.c.reply.is_not(None))
        named = one_of(orders.c.id, "ids", dialect)
        self._named_orders = select(orders.c.id, orders.c.zone_id, orders.c.body).where(named)
        self._looked_up = Rounds(self._order_rows)
        self._submit = insert_into(inbox, dialect).on_conflict_do_nothing(index_elements=["zone_id", "id"])
        answer = insert_into(inbox, dialect).values(done_at=now())
        self._answer = answer.on_conflict_do_update(
            index_elements=["zone_id", "id"], set_={"reply": answer.excluded.reply, "done_at": answer.excluded.done_at}
        )

    async def close(self) -> None:
        """Give all connections back."""
        await self._database.close()

    @uninterrupted
    async def ensure_zone(self, zone_id: str) -> None:
        """See `ZoneStore`. The stream of a new zone is named by its birth, so that a copy in Redis that outlived an
        older database, or a phone's place in it, is never taken for this one.
        """
        fresh = {"id": zone_id, "fence": 0, "holder": "", "lease_until": 0, "head": 0, "plan_version": 0}
        statement = insert_into(zone, self._database.dialect).values(**fresh, stream_epoch=now())
        async with self._database.write() as connection:
            await connection.execute(statement.on_conflict_do_nothing())

    async def zones(self) -> Sequence[str]:
        """See `ZoneStore`."""
        return [row.id for row in await self._read(select(zone.c.id).order_by(zone.c.id))]

    # --- ownership -------------------------------------------------------------------------------------------

    @uninterrupted
    async def claim(self, zone_id: str, holder: str, lease_s: float) -> Claim | None:
        """See `ZoneStore`."""
        statement = (
            update(zone)
            .where(zone.c.id == zone_id, or_(zone.c.lease_until <= now(), zone.c.holder == holder))
            .values(fence=zone.c.fence + 1, holder=holder, lease_until=now() + int(lease_s * 1000))
            .returning(zone.c.fence, zone.c.stream_epoch, zone.c.head)
        )
        async with self._database.write() as connection:
            taken = (await connection.execute(statement)).one_or_none()
        return Claim(zone_id, taken.fence, taken.stream_epoch, taken.head, holder) if taken else None

    async def renew(self, claim: Claim, lease_s: float) -> bool:
        """See `ZoneStore`."""
        return await self._set_lease(claim, holder=claim.holder, lease_until=now() + int(lease_s * 1000))

    async def release(self, claim: Claim) -> None:
        """See `ZoneStore`."""
        await self._set_lease(claim, holder="", lease_until=0)

    @uninterrupted
    async def _set_lease(self, claim: Claim, **values: Any) -> bool:
        mine = (zone.c.id == claim.zone_id, zone.c.fence == claim.fence, zone.c.holder == claim.holder)
        async with self._database.write() as connection:
            result = await connection.execute(update(zone).where(*mine).values(**values))
        return result.rowcount == 1

    # --- requests in, events out -----------------------------------------------------------------------------

    @uninterrupted
    async def submit(self, zone_id: str, requests: Sequence[Request]) -> None:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        try:
            async with self._database.write() as connection:
                await _execute(connection, self._submit, rows.request_rows(zone_id, requests))
            failpoint("inbox.submitted")
        except StoreConflict:
            raise NotFound("unknown_zone", f"There is no zone {zone_id}.") from None

    async def inbox(self, zone_id: str, limit: int) -> Sequence[Request]:
        """See `ZoneStore`."""
        waiting = select(inbox.c.id, inbox.c.actor, inbox.c.command).where(inbox.c.zone_id == zone_id, tables.WAITING)
        found = await self._read(waiting.order_by(inbox.c.number).limit(limit))
        return [Request(row.id, row.actor, records.decode_command(row.command)) for row in found]

    async def backlog(self, zone_id: str, most: int) -> int:
        """See `ZoneStore`."""
        waiting = select(inbox.c.number).where(inbox.c.zone_id == zone_id, tables.WAITING).limit(most).subquery()
        counted: int = (await self._read(select(func.count().label("waiting")).select_from(waiting)))[0].waiting
        return counted

    async def replies(self, zone_id: str, request_ids: Sequence[str]) -> dict[str, Reply]:
        """See `ZoneStore`."""
        found = await self._read(self._answered, {"zone": zone_id, "ids": request_ids})
        return {row.id: records.decode_reply(row.reply) for row in found}

    @uninterrupted
    async def commit(
        self, claim: Claim, outcomes: Sequence[Outcome], dirty: Sequence[Entity], plan_version: int
    ) -> int:
        """See `ZoneStore`. Raises `StoreConflict`, and then nothing was written."""
        events = sum(len(each.events) for each in outcomes)
        fence = {"n": events, "v": plan_version, "zone": claim.zone_id, "fence": claim.fence}
        async with self._database.write() as connection:
            head: int | None = await connection.scalar(FENCED, fence)
            if head is None:
                raise FenceLost(claim.zone_id)
            await self._keep_answers(connection, claim.zone_id, outcomes)
            await self._keep_events(connection, claim.zone_id, numbered(outcomes, head - events))
            for table, entities in rows.entity_rows(claim.zone_id, dirty).items():
                await _execute(connection, self._upserts[table], entities)
            failpoint("commit.before")
        failpoint("commit.after")
        return head

    async def _keep_answers(self, connection: AsyncConnection, zone_id: str, outcomes: Sequence[Outcome]) -> None:
        """Replies are written under the zone's lock only, so a request without one here has none anywhere."""
        answers = rows.answer_rows(zone_id, outcomes)
        asked = {"zone": zone_id, "ids": [row["id"] for row in answers]}
        if answers and (await connection.execute(self._answered, asked)).first():
            raise StoreConflict("A request was answered before; nothing was written.")
        await _execute(connection, self._answer, answers)

    async def _keep_events(self, connection: AsyncConnection, zone_id: str, recorded: Sequence[Recorded]) -> None:
        changes = assignment_changes(recorded)
        await _execute(connection, self._append, rows.event_rows(zone_id, recorded))
        await _execute(connection, END_ASSIGNMENTS, rows.ending_rows(changes.endings))
        await _execute(connection, self._start, rows.assignment_rows(zone_id, changes.started))
        await _execute(connection, tables.audit.insert(), rows.audit_rows(zone_id, recorded))
        await self._depot_work.keep(connection, zone_id, recorded)

    async def events(
        self, zone_id: str, after_seq: int, limit: int, *, only: type[Event] | None = None
    ) -> Sequence[Recorded]:
        """See `ZoneStore`."""
        history = _RECORDED.where(outbox.c.zone_id == zone_id, outbox.c.seq > after_seq)
        if only:
            history = history.where(outbox.c.type == only.__name__)
        return await patiently(rows.recorded_of, await self._read(history.order_by(outbox.c.seq).limit(limit)))

    async def events_told(self, zone_id: str, courier_id: str, after_seq: int, limit: int) -> Sequence[Recorded]:
        """See `ZoneStore`. Rows of a version that did not note whom it told are looked into, page by page."""
        told: list[Recorded] = []
        while len(told) < limit:
            page = await self._perhaps_told(zone_id, courier_id, after_seq, limit)
            told += [recorded for recorded in page if told_to(recorded.event) == courier_id]
            if len(page) < limit:
                break
            after_seq = page[-1].seq
        return told[:limit]

    async def _perhaps_told(self, zone_id: str, courier_id: str, after_seq: int, limit: int) -> list[Recorded]:
        told = or_(outbox.c.courier_id == courier_id, outbox.c.courier_id.is_(None))
        history = _RECORDED.where(outbox.c.zone_id == zone_id, told, outbox.c.seq > after_seq)
        return await patiently(rows.recorded_of, await self._read(history.order_by(outbox.c.seq).limit(limit)))

    async def filed_events(self, zone_id: str, key: tuple[str, str], before_seq: int, limit: int) -> Sequence[Recorded]:
        """See `ZoneStore` and `PastReader`."""
        return await self._past.filed_events(zone_id, key, before_seq, limit)

    async def shelf_hours(
        self, zone_id: str, since_hour: int, depot_id: str = "", clock_hours: Sequence[int] = ()
    ) -> Sequence[ShelfHour]:
        """See `ZoneStore`."""
        return await self._depot_work.shelf_hours(zone_id, since_hour, depot_id, clock_hours)

    async def shelf_lives(
        self, zone_id: str, since_hour: int, recent_hour: int, depot_id: str = ""
    ) -> Sequence[ShelfLife]:
        """See `ZoneStore`."""
        return await self._depot_work.shelf_lives(zone_id, since_hour, recent_hour, depot_id)

    async def asked_hours(self, zone_id: str, since_hour: int, sku: str = "") -> Mapping[str, Asked]:
        """See `ZoneStore`."""
        return await self._depot_work.asked_hours(zone_id, since_hour, sku)

    async def picks(self, zone_id: str, depot_id: str, since_ms: int) -> Sequence[Pick]:
        """See `ZoneStore`."""
        return await self._depot_work.picks(zone_id, depot_id, since_ms)

    async def as_of(self, zone_id: str, at_ms: int, finished_after_ms: int) -> Past:
        """See `ZoneStore` and `PastReader`. Raises `NotFound` for an unknown zone."""
        return await self._past.as_of(zone_id, at_ms, finished_after_ms)

    async def stream_head(self, zone_id: str) -> tuple[int, int]:
        """See `EventLog`."""
        found = await self._read(select(zone.c.stream_epoch, zone.c.head).where(zone.c.id == zone_id))
        return (found[0].stream_epoch, found[0].head) if found else (0, 0)

    # --- looking things up -----------------------------------------------------------------------------------

    async def load(self, zone_id: str, finished_after_ms: int) -> tuple[ZoneState, int, int]:
        """See `ZoneStore`. Raises `NotFound` for an unknown zone."""
        async with self._database.snapshot() as connection:
            place = (await connection.execute(select(zone).where(zone.c.id == zone_id))).one_or_none()
            if place is None:
                raise NotFound("unknown_zone", f"There is no zone {zone_id}.")
            bodies: list[str] = []
            for statement in _current(zone_id, finished_after_ms):
                bodies.extend((await connection.execute(statement)).scalars())
        entities = (records.decode_entity(body) for body in bodies)
        return rebuilt(zone_id, place.plan_version, entities), place.stream_epoch, place.head

    async def next_generation(self, courier_id: str) -> int:
        """See `ZoneStore` and `Generations`."""
        return await self._generations.next(courier_id)

    async def order_by_track(self, track_hash: str) -> tuple[str, str] | None:
        """See `ZoneStore`."""
        wanted = select(orders.c.zone_id, orders.c.id).where(orders.c.track_hash == track_hash, tables.TRACKED)
        found = await self._read(wanted)
        return (found[0].zone_id, found[0].id) if found else None

    async def find_order(self, order_id: str) -> tuple[str, Entity] | None:
        """See `ZoneStore`."""
        found = (await self._looked_up.join(order_id)).get(order_id)
        return (found.zone_id, records.decode_entity(found.body)) if found else None

    async def find_orders(self, order_ids: Collection[str]) -> Mapping[str, Entity]:
        """See `ZoneStore`."""
        found = await self._order_rows(order_ids)
        return {order_id: records.decode_entity(row.body) for order_id, row in found.items()}

    async def _order_rows(self, order_ids: Collection[str]) -> Mapping[str, Any]:
        return {row.id: row for row in await self._read(self._named_orders, {"ids": list(order_ids)})}

    async def orders_marked(self, phone_mark: str, since_ms: int, limit: int) -> Sequence[tuple[str, Entity]]:
        """See `ZoneStore`."""
        ended = orders.c.finished_at_ms
        wanted = select(orders.c.zone_id, orders.c.body).where(
            orders.c.phone_mark == phone_mark, or_(ended.is_(None), ended >= since_ms)
        )
        newest_first = wanted.order_by(ended.is_not(None), ended.desc(), orders.c.id).limit(limit)
        return [(row.zone_id, records.decode_entity(row.body)) for row in await self._read(newest_first)]

    async def orders_by_ref(self, ref: str, limit: int) -> Sequence[tuple[str, Entity]]:
        """See `ZoneStore`."""
        wanted = select(orders.c.zone_id, orders.c.body).where(orders.c.ref == ref)
        found = await self._read(wanted.order_by(orders.c.id).limit(limit))
        return [(row.zone_id, records.decode_entity(row.body)) for row in found]

    async def list_orders(
        self, zone_id: str, status: str, after_id: str, limit: int, placed_by: str = ""
    ) -> Sequence[Entity]:
        """See `ZoneStore`."""
        wanted = select(orders.c.body).where(orders.c.zone_id == zone_id, orders.c.id > after_id)
        if status:
            wanted = wanted.where(orders.c.status == status)
        if placed_by:
            wanted = wanted.where(orders.c.placed_by == placed_by)
        found = await self._read(wanted.order_by(orders.c.id).limit(limit))
        return [records.decode_entity(row.body) for row in found]

    async def orders_placed(
        self, zone_id: str, placed_by: str, since_ms: int, before: Placed | None, limit: int
    ) -> Sequence[Entity]:
        """See `ZoneStore`."""
        created = orders.c.created_at_ms
        mine = (orders.c.zone_id == zone_id, orders.c.placed_by == placed_by, created >= since_ms)
        wanted = select(orders.c.body).where(*mine)
        if before:
            at_ms, order_id = before
            wanted = wanted.where(or_(created < at_ms, and_(created == at_ms, orders.c.id > order_id)))
        found = await self._read(wanted.order_by(created.desc(), orders.c.id).limit(limit))
        return [records.decode_entity(row.body) for row in found]

    async def orders_collected(self, zone_id: str, point_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        at_ms = orders.c.collected_at_ms
        there = (orders.c.zone_id == zone_id, orders.c.collected_from == point_id, at_ms >= since_ms)
        found = await self._read(select(orders.c.body).where(*there).order_by(at_ms.desc(), orders.c.id).limit(limit))
        return [records.decode_entity(row.body) for row in found]

    async def delivered_by(self, zone_id: str, courier_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        wanted = select(orders.c.body).where(
            orders.c.courier_id == courier_id,
            orders.c.finished_at_ms >= since_ms,
            orders.c.zone_id == zone_id,
            orders.c.status == OrderStatus.DELIVERED.value,
        )
        found = await self._read(wanted.order_by(orders.c.finished_at_ms.desc()).limit(limit))
        return [records.decode_entity(row.body) for row in found]

    async def delivered_since(self, zone_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        wanted = select(orders.c.body).where(
            orders.c.zone_id == zone_id,
            orders.c.finished_at_ms >= since_ms,
            orders.c.status == OrderStatus.DELIVERED.value,
        )
        found = await self._read(wanted.order_by(orders.c.finished_at_ms.desc(), orders.c.id.desc()).limit(limit))
        return [records.decode_entity(row.body) for row in reversed(found)]

    async def answered_offers(self, zone_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """See `ZoneStore`."""
        wanted = select(offers.c.body).where(
            offers.c.zone_id == zone_id, offers.c.expires_at_ms >= since_ms, offers.c.status.in_(list(ANSWERED))
        )
        found = await self._read(wanted.order_by(offers.c.expires_at_ms.desc(), offers.c.id.desc()).limit(limit))
        return [records.decode_entity(row.body) for row in reversed(found)]

    async def find_case(self, zone_id: str, case_id: str) -> Entity | None:
        """See `ZoneStore`."""
        wanted = select(tables.cases.c.body).where(tables.cases.c.zone_id == zone_id, tables.cases.c.id == case_id)
        found = await self._read(wanted)
        return records.decode_entity(found[0].body) if found else None

    async def list_cases(self, zone_id: str, wanted: CaseQuery) -> Sequence[Entity]:
        """See `ZoneStore`."""
        kept = tables.cases
        found = select(kept.c.body).where(kept.c.zone_id == zone_id, kept.c.at_ms >= wanted.since_ms)
        if wanted.order_id:
            found = found.where(kept.c.order_id == wanted.order_id)
        newest = found.order_by(kept.c.at_ms.desc(), kept.c.id.desc()).limit(wanted.limit)
        return [records.decode_entity(row.body) for row in await self._read(newest)]

    async def find_override(self, zone_id: str, override_id: str) -> Entity | None:
        """See `ZoneStore`."""
        made = tables.overrides
        found = await self._read(select(made.c.body).where(made.c.zone_id == zone_id, made.c.id == override_id))
        return records.decode_entity(found[0].body) if found else None

    async def list_overrides(self, zone_id: str, wanted: OverrideQuery) -> Sequence[Entity]:
        """See `ZoneStore`."""
        return [records.decode_entity(row.body) for row in await self._read(_overrides(zone_id, wanted))]

    async def find_correction(self, zone_id: str, correction_id: str) -> Entity | None:
        """See `ZoneStore`."""
        kept = tables.corrections
        found = await self._read(select(kept.c.body).where(kept.c.zone_id == zone_id, kept.c.id == correction_id))
        return records.decode_entity(found[0].body) if found else None

    async def find_claim(self, claim_id: str) -> tuple[str, Entity] | None:
        """See `ClaimStore`."""
        made = tables.claims
        found = await self._read(select(made.c.zone_id, made.c.body).where(made.c.id == claim_id))
        return (found[0].zone_id, records.decode_entity(found[0].body)) if found else None

    async def list_claims(self, zone_id: str, wanted: ClaimQuery) -> Sequence[Entity]:
        """See `ClaimStore`."""
        return [records.decode_entity(row.body) for row in await self._read(_claims(zone_id, wanted))]

    async def messages_of(self, zone_id: str, order_id: str) -> Sequence[Entity]:
        """See `ZoneStore`."""
        said = tables.order_messages
        wanted = select(said.c.body).where(said.c.zone_id == zone_id, said.c.order_id == order_id)
        return [records.decode_entity(row.body) for row in await self._read(wanted.order_by(said.c.number))]

    async def _read(self, statement: Select[Any], parameters: rows.Row | None = None) -> Sequence[Any]:
        async with self._database.read() as connection:
            found: Sequence[Any] = (await connection.execute(statement, parameters)).all()
        return found


async def _execute(connection: AsyncConnection, statement: Any, parameters: list[rows.Row]) -> None:
    if parameters:
        await connection.execute(statement, parameters)


_RECORDED = select(outbox.c.seq, outbox.c.at_ms, outbox.c.request_id, outbox.c.actor, outbox.c.type, outbox.c.body)


def _overrides(zone_id: str, wanted: OverrideQuery) -> Select[Any]:
    made = tables.overrides
    found = select(made.c.body).where(made.c.zone_id == zone_id, made.c.at_ms >= wanted.since_ms)
    if wanted.by:
        found = found.where(made.c.actor == wanted.by)
    if wanted.action:
        found = found.where(made.c.action == wanted.action)
    if wanted.order_id:
        found = found.where(made.c.order_ids.contains(rows.spaced([wanted.order_id]), autoescape=True))
    if wanted.before:
        at_ms, override_id = wanted.before
        found = found.where(or_(made.c.at_ms < at_ms, and_(made.c.at_ms == at_ms, made.c.id < override_id)))
    return found.order_by(made.c.at_ms.desc(), made.c.id.desc()).limit(wanted.limit)


def _claims(zone_id: str, wanted: ClaimQuery) -> Select[Any]:
    made = tables.claims
    found = select(made.c.body).where(made.c.zone_id == zone_id)
    if wanted.order_id:
        found = found.where(made.c.order_id == wanted.order_id)
    if wanted.placed_by:
        found = found.where(made.c.placed_by == wanted.placed_by)
    if wanted.statuses:
        found = found.where(made.c.status.in_(wanted.statuses))
    if wanted.before:
        at_ms, claim_id = wanted.before
        found = found.where(or_(made.c.at_ms < at_ms, and_(made.c.at_ms == at_ms, made.c.id < claim_id)))
    return found.order_by(made.c.at_ms.desc(), made.c.id.desc()).limit(wanted.limit)


def _current(zone_id: str, finished_after_ms: int) -> list[Select[Any]]:
    """The bodies that make up a zone's state, in an order that is always the same."""
    going_on = or_(orders.c.finished_at_ms.is_(None), orders.c.at_point.is_not(None))
    unfinished = or_(going_on, orders.c.finished_at_ms >= finished_after_ms)
    open_or_young = or_(offers.c.status == OfferStatus.OPEN.value, offers.c.expires_at_ms >= finished_after_ms)
    whole: tuple[Table, ...] = (
        *(tables.depots, tables.areas, tables.spreads, tables.goals, tables.fees, *tables_goods.GOODS),
        *(tables.couriers, tables.routes, tables.corrections, tables.claim_policies),
    )
    return [
        *(_bodies(table, zone_id) for table in whole),
        _bodies(tables.incidents, zone_id).where(
            or_(tables.incidents.c.over_at_ms == 0, tables.incidents.c.over_at_ms >= finished_after_ms)
        ),
        _bodies(orders, zone_id).where(unfinished),
        _bodies(offers, zone_id).where(open_or_young),
        _bodies(tables.cases, zone_id).where(
            or_(tables.cases.c.status.in_(NOT_CLOSED), tables.cases.c.at_ms >= finished_after_ms)
        ),
        _bodies(tables.claims, zone_id).where(
            or_(tables.claims.c.status.not_in(list(CLOSED)), tables.claims.c.changed_at_ms >= finished_after_ms)
        ),
        _bodies(tables.overrides, zone_id).where(or_(tables.UNSETTLED, tables.overrides.c.at_ms >= finished_after_ms)),
        _bodies(tables.order_messages, zone_id).where(
            tables.order_messages.c.order_id.in_(
                select(orders.c.id).where(orders.c.zone_id == zone_id).where(unfinished)
            )
        ),
    ]


def _bodies(table: Table, zone_id: str) -> Select[Any]:
    return select(table.c.body).where(table.c.zone_id == zone_id).order_by(*table.primary_key)
