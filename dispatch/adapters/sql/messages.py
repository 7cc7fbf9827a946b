"""`MessageStore` in SQL. A message is claimed before it is sent, and claims are measured by the database's clock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select, tuple_, update

from dispatch.adapters.sql.database import Database, uninterrupted
from dispatch.adapters.sql.dialects import insert_into, now, upsert
from dispatch.adapters.sql.tables import HAS_FAILED, message_progress
from dispatch.adapters.sql.tables import outgoing_messages as kept
from dispatch.application.messaging.lanes import within_room
from dispatch.application.messaging.ports import CLAIM_S, ENDED, MessageQuery, OutgoingMessage, Settled, State, Why
from dispatch.application.messaging.table import Audience, Channel
from dispatch.application.push_notices import NoticeKind

AT_ONCE: Final = 500
"""Ids in one statement: databases bound their parameters."""
ROWS_AT_ONCE: Final = 100
LOOKED_AT: Final = 200
"""Messages that are due and looked at for each claim."""
_QUEUED, _CLAIMED = State.QUEUED.value, State.CLAIMED.value
_OPEN: Final = (_QUEUED, _CLAIMED)
_LOCAL: Final = ("holder", "claimed_until")
_WHOLE: Final = select(*(column for column in kept.columns if column.name not in _LOCAL))


class SqlMessageStore:
    """See `MessageStore`. The schema must be there: see `migrations.upgrade`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = insert_into(kept, database.dialect).on_conflict_do_nothing().returning(kept.c.id)
        self._keep_progress = upsert(message_progress, database.dialect)

    @uninterrupted
    async def enqueue(
        self, zone_id: str, messages: Sequence[OutgoingMessage], overtaken: Collection[str], upto: tuple[int, int]
    ) -> int:
        """See `MessageStore`."""
        new = 0
        ended = {"state": State.SKIPPED.value, "reason": Why.OVERTAKEN.value}
        done_at_ms = max((each.event_at_ms for each in messages), default=0)
        async with self._database.write() as connection:
            for some in _parts(messages, ROWS_AT_ONCE):
                new += len((await connection.execute(self._insert, [_row(each) for each in some])).all())
            for ids in _parts(sorted(overtaken), AT_ONCE):
                waits = (kept.c.id.in_(ids), kept.c.state == _QUEUED)
                await connection.execute(update(kept).where(*waits).values(**ended, done_at_ms=done_at_ms))
            row = {"zone_id": zone_id, "stream_epoch": upto[0], "seq": upto[1]}
            await connection.execute(self._keep_progress, [row])
        return new

    async def of_orders(self, zone_id: str, order_ids: Collection[str]) -> Sequence[OutgoingMessage]:
        """See `MessageStore`."""
        found = list[OutgoingMessage]()
        async with self._database.read() as connection:
            for ids in _parts(sorted(order_ids), AT_ONCE):
                wanted = _WHOLE.where(kept.c.zone_id == zone_id, kept.c.order_id.in_(ids))
                found += map(_read, await connection.execute(wanted))
        return sorted(found, key=lambda each: (each.epoch, each.seq, each.id))

    async def of_recipient(self, zone_id: str, recipient: str, limit: int) -> Sequence[OutgoingMessage]:
        """See `MessageStore`."""
        theirs = _WHOLE.where(kept.c.zone_id == zone_id, kept.c.recipient == recipient)
        newest = theirs.order_by(kept.c.event_at_ms.desc(), kept.c.seq.desc(), kept.c.id).limit(limit)
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(newest)]

    async def newest(self, zone_id: str, query: MessageQuery) -> Sequence[OutgoingMessage]:
        """See `MessageStore`. What has failed is rare, and has an index of its own."""
        wanted = _WHOLE.where(kept.c.zone_id == zone_id)
        if query.states == (State.FAILED,):
            wanted = wanted.where(HAS_FAILED)
        elif query.states:
            wanted = wanted.where(kept.c.state.in_([state.value for state in query.states]))
        if query.channel:
            wanted = wanted.where(kept.c.channel == query.channel.value)
        if query.before:
            wanted = wanted.where(tuple_(kept.c.event_at_ms, kept.c.id) < query.before)
        newest = wanted.order_by(kept.c.event_at_ms.desc(), kept.c.id.desc()).limit(query.limit)
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(newest)]

    async def find(self, message_id: str) -> OutgoingMessage | None:
        """See `MessageStore`."""
        async with self._database.read() as connection:
            found = (await connection.execute(_WHOLE.where(kept.c.id == message_id))).one_or_none()
        return _read(found) if found else None

    async def claim(self, zone_id: str, now_ms: int, holder: str, room: Mapping[str, int]) -> Sequence[OutgoingMessage]:
        """See `MessageStore`. Whoever else claims at the same moment gets others: the UPDATE looks again."""
        full = [lane for lane, number in room.items() if number <= 0]
        mine = (kept.c.zone_id == zone_id, kept.c.state.in_(_OPEN), _is_free(now_ms), kept.c.lane.not_in(full))
        due = select(kept.c.id, kept.c.lane).where(*mine).order_by(kept.c.due_at_ms, kept.c.seq).limit(LOOKED_AT)
        async with self._database.read() as connection:
            ids = within_room([(row.id, row.lane) for row in await connection.execute(due)], room)
        return await self._take(ids, now_ms, holder) if ids else ()

    @uninterrupted
    async def _take(self, ids: Collection[str], now_ms: int, holder: str) -> Sequence[OutgoingMessage]:
        claim = {"state": _CLAIMED, "holder": holder, "claimed_until": now() + int(CLAIM_S * 1000)}
        async with self._database.write() as connection:
            free = update(kept).where(kept.c.id.in_(ids), kept.c.state.in_(_OPEN), _is_free(now_ms))
            taken = (await connection.execute(free.values(claim).returning(kept.c.id))).scalars().all()
            rows = await connection.execute(_WHOLE.where(kept.c.id.in_(taken)).order_by(kept.c.due_at_ms, kept.c.seq))
            return [_read(row) for row in rows]

    @uninterrupted
    async def begin(self, message_id: str, holder: str) -> bool:
        """See `MessageStore`."""
        still = (*_is_held(message_id, holder), kept.c.claimed_until > now())
        async with self._database.write() as connection:
            begun = update(kept).where(*still).values(handed=1)
            return (await connection.execute(begun)).rowcount > 0

    @uninterrupted
    async def settle(self, holder: str, settled: Mapping[str, Settled]) -> int:
        """See `MessageStore`."""
        noted = 0
        async with self._database.write() as connection:
            for message_id, each in sorted(settled.items()):
                values = {"state": each.state.value, "reason": str(each.reason), "tries": each.tries}
                if each.state is State.QUEUED:
                    values |= {"due_at_ms": each.due_at_ms, "handed": 0}
                done = update(kept).where(*_is_held(message_id, holder))
                whole = done.values(**values, done_at_ms=each.done_at_ms, holder="")
                noted += (await connection.execute(whole)).rowcount
        return noted

    @uninterrupted
    async def release(self, zone_id: str) -> int:
        """See `MessageStore`."""
        idle = (kept.c.zone_id == zone_id, kept.c.state == _CLAIMED, kept.c.handed == 0)
        async with self._database.write() as connection:
            freed = update(kept).where(*idle).values(state=_QUEUED, holder="")
            return (await connection.execute(freed)).rowcount

    @uninterrupted
    async def replay(self, message_id: str, now_ms: int, ended: Collection[State] = ENDED) -> bool:
        """See `MessageStore`."""
        again = {"state": _QUEUED, "reason": "", "due_at_ms": now_ms, "tries": 0, "handed": 0, "done_at_ms": 0}
        which = (kept.c.id == message_id, kept.c.state.in_([state.value for state in ended]))
        async with self._database.write() as connection:
            return (await connection.execute(update(kept).where(*which).values(again))).rowcount > 0

    async def progress(self, zone_id: str) -> tuple[int, int] | None:
        """See `MessageStore`."""
        columns = (message_progress.c.stream_epoch, message_progress.c.seq)
        async with self._database.read() as connection:
            wanted = select(*columns).where(message_progress.c.zone_id == zone_id)
            found = (await connection.execute(wanted)).one_or_none()
        return (found.stream_epoch, found.seq) if found else None

    @uninterrupted
    async def forget_ended(self, zone_id: str, before_ms: int) -> int:
        """See `MessageStore`."""
        ended = (kept.c.zone_id == zone_id, kept.c.state.not_in(_OPEN), kept.c.done_at_ms < before_ms)
        async with self._database.write() as connection:
            return (await connection.execute(delete(kept).where(*ended))).rowcount


def _is_free(now_ms: int) -> ColumnElement[bool]:
    """Due, or claimed by somebody who is gone."""
    due = and_(kept.c.state == _QUEUED, kept.c.due_at_ms <= now_ms)
    return or_(due, and_(kept.c.state == _CLAIMED, kept.c.claimed_until < now()))


def _is_held(message_id: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return kept.c.id == message_id, kept.c.state == _CLAIMED, kept.c.holder == holder


def _parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def _row(message: OutgoingMessage) -> dict[str, Any]:
    plain = {"kind": message.kind.value, "audience": message.audience.value, "channel": message.channel.value}
    told = {"state": message.state.value, "reason": str(message.reason), "handed": int(message.handed)}
    return asdict(message) | plain | told | {"holder": "", "claimed_until": 0}


def _read(row: Row[Any]) -> OutgoingMessage:
    kept_ = dict(row._mapping)
    names = {
        "kind": NoticeKind(kept_["kind"]),
        "audience": Audience(kept_["audience"]),
        "channel": Channel(kept_["channel"]),
        "state": State(kept_["state"]),
        "handed": bool(kept_["handed"]),
    }
    return OutgoingMessage(**kept_ | names)
