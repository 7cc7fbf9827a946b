"""A zone as it was, and the history of one thing, in every store: the log alone is asked."""

from copy import deepcopy
from dataclasses import replace

import pytest
from sqlalchemy import text

from dispatch.adapters.sql.migrations.versions import v0010_filed_events as migration
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.filing import filed
from dispatch.application.ports import Claim, Outcome, Past, Reply, Request
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import Case, CaseKind, CaseStatus
from dispatch.domain.courier import Duty
from dispatch.domain.errors import NotFound
from dispatch.domain.goals import FIRST_GOALS
from dispatch.domain.order_message import Party
from dispatch.domain.override import OverrideAction
from dispatch.domain.zone import Entity, ZoneState, evolve
from tests.adapters.test_records import CORRECTION, INCIDENT
from tests.support.stores import ZONE, Store, claimed, committed, decided
from tests.support.zones import MINUTE_MS, NOON_MS, courier, depot, order, plan, planned

HOURS_2_MS = 120 * MINUTE_MS
END_MINUTE = 300


class Day:
    """A zone whose every minute is remembered beside the store."""

    def __init__(self, store: Store, claim: Claim) -> None:
        self.store, self.claim, self.state = store, claim, ZoneState(ZONE)
        self.then: dict[int, ZoneState] = {}

    async def do(self, minute: int, command: c.Command) -> None:
        """Ask for something at a minute."""
        outcome = decided(self.state, f"r{minute}", command, NOON_MS + minute * MINUTE_MS)
        assert outcome.reply.ok, outcome.reply
        await self._commit(minute, outcome)

    async def happen(self, minute: int, *events: e.Event) -> None:
        """Let events happen that no command of this test makes."""
        for event in events:
            evolve(self.state, event)
        request = Request(f"r{minute}", "staff:ann", c.PassTime())
        await self._commit(minute, Outcome(request, NOON_MS + minute * MINUTE_MS, events, Reply(True)))

    async def _commit(self, minute: int, outcome: Outcome) -> None:
        await committed(self.store, self.claim, self.state, outcome)
        self.then[minute] = deepcopy(self.state)

    async def ride(self, minute: int, action: c.StopAction) -> None:
        """The courier reports at the next stop."""
        stop = self.state.route("c1").stops[0]
        await self.do(minute, c.ReportProgress("c1", stop.id, action, NOON_MS + minute * MINUTE_MS))

    async def as_of(self, minute: float) -> Past:
        """The zone as the store has it for a minute."""
        at_ms = NOON_MS + round(minute * MINUTE_MS)
        return await self.store.as_of(ZONE, at_ms, at_ms - HOURS_2_MS)


async def a_day(store: Store) -> Day:
    """o1 is delivered by minute 9 and forgotten two hours later; o2 comes and is overruled, o3 at the end."""
    day = Day(store, await claimed(store))
    await day.do(0, c.RegisterDepot(depot("d1")))
    await day.do(1, c.RegisterCourier(courier("c1")))
    await day.do(2, c.SetDuty("c1", Duty.AVAILABLE))
    await day.do(3, c.CreateOrder(order("o1")))
    await day.do(4, plan(day.state, planned(day.state, "c1", ("o1",)), ttl_ms=0))
    await day.do(
        5, c.PostMessage("m1", "o1", Party.CUSTOMER, Party.DISPATCHER, "Where?", at_ms=NOON_MS + 5 * MINUTE_MS)
    )
    await day.ride(6, c.StopAction.ARRIVED)
    await day.ride(7, c.StopAction.COMPLETED)
    case = Case("k1", CaseKind.WRONG_PIN, "o1", "c1", "", NOON_MS + 8 * MINUTE_MS, NOON_MS)
    await day.happen(8, e.CaseChanged(case), e.CourierNoticed("c1", "works", ("o1",)))
    await day.ride(9, c.StopAction.COMPLETED)
    await day.do(10, c.ReportIncident(replace(INCIDENT, until_ms=NOON_MS + 40 * MINUTE_MS)))
    await day.do(20, c.CreateOrder(order("o2")))
    await day.do(21, c.Overrule(OverrideAction.EXPEDITE, ("o2",), "a birthday", by="dispatcher:ann"))
    await day.happen(25, e.GoalsChanged(replace(FIRST_GOALS, version=7)))
    await day.happen(30, e.CaseChanged(replace(case, status=CaseStatus.RESOLVED, resolution="called")))
    await day.do(END_MINUTE, c.CreateOrder(order("o3")))
    return day


def seen(state: ZoneState) -> dict[str, dict[str, Entity]]:
    """What the past has of a state."""
    shelves = ("orders", "couriers", "depots", "routes", "incidents", "cases", "messages")
    return {shelf: dict(getattr(state, shelf)) for shelf in shelves} | {"goals": {"zone": state.goals}}


async def test_the_zone_is_as_it_was_at_every_minute(store: Store) -> None:
    """Right after each event, and until the next: what the zone held then, less what had long been over."""
    day = await a_day(store)
    minutes = sorted(day.then)
    for minute, after in zip(minutes, [*minutes[1:], END_MINUTE + 60], strict=True):
        expected = day.then[minute]
        for moment in (minute, after - 0.01):
            was = deepcopy(expected)
            was.forget_finished(NOON_MS + round(moment * MINUTE_MS) - HOURS_2_MS)
            past = await day.as_of(moment)
            assert seen(past.state) == seen(was), moment
            assert past.at_ms == NOON_MS + minute * MINUTE_MS
    assert set((await day.as_of(200)).state.orders) == {"o2"}
    assert set((await day.as_of(END_MINUTE)).state.orders) == {"o2", "o3"}
    assert (await day.as_of(END_MINUTE)).seq == (await store.stream_head(ZONE))[1]


async def test_before_the_log_there_is_nothing(store: Store) -> None:
    """The first moment is told; an empty log has none, and an unknown zone no past."""
    empty = await store.as_of(ZONE, NOON_MS, 0)
    assert (empty.seq, empty.first_at_ms, seen(empty.state)) == (0, 0, seen(ZoneState(ZONE)))
    day = await a_day(store)
    before = await day.as_of(-1)
    assert (before.seq, before.first_at_ms, before.state.depots) == (0, NOON_MS, {})
    with pytest.raises(NotFound):
        await store.as_of("nowhere", NOON_MS, 0)


async def test_a_history_has_the_events_of_one_thing(store: Store) -> None:
    """The newest first, a page at a time, with who did it; routes without their retimings."""
    await a_day(store)
    every = await store.events(ZONE, 0, 1_000)
    for key in {filed(each.event) for each in every}:
        mine = [each for each in reversed(every) if filed(each.event) == key]
        mine = [each for each in mine if not isinstance(each.event, e.RouteRetimed)]
        assert list(await store.filed_events(ZONE, key, 2**53, 1_000)) == mine
        page = await store.filed_events(ZONE, key, 2**53, 2)
        assert list(page) == mine[:2]
        assert list(await store.filed_events(ZONE, key, page[-1].seq, 1_000)) == mine[2:]
    told = await store.filed_events(ZONE, ("order", "o1"), 2**53, 1_000)
    assert told[0].actor == "staff:ann"
    assert [each.seq for each in told] == sorted((each.seq for each in told), reverse=True)
    assert await store.filed_events("nowhere", ("order", "o1"), 2**53, 10) == []
    assert {kind for kind, _ in map(filed, (each.event for each in every))} >= {"case", "message", "notice", "override"}


async def test_what_an_older_version_wrote_is_filed(sql_store: SqlZoneStore) -> None:
    """Rows without a filing are filed when they are first needed, as the migration would have done."""
    day = await a_day(sql_store)
    await day.happen(
        301,
        e.CorrectionChanged(CORRECTION),
        e.Overridden("note", "", "c1", "to a courier"),
        e.Overridden("note", "", "", "to nobody"),
    )
    expected = await _filings(sql_store)
    await _forget_filings(sql_store)
    assert seen((await day.as_of(9)).state) == seen(day.then[9])
    assert await _filings(sql_store) == expected
    await _forget_filings(sql_store)
    statement = text(migration._filing(sql_store._database.dialect))
    async with sql_store._database.write() as connection:
        await connection.execute(statement, {"zone": ZONE, "after": 0, "upto": 5})
        await connection.execute(statement, {"zone": ZONE, "after": 5, "upto": 1_000})
    assert await _filings(sql_store) == expected


async def _filings(store: SqlZoneStore) -> list[tuple[str, str, str]]:
    async with store._database.read() as connection:
        found = await connection.execute(text("SELECT type, entity_kind, entity_id FROM outbox ORDER BY seq"))
    return [tuple(row) for row in found]


async def _forget_filings(store: SqlZoneStore) -> None:
    async with store._database.write() as connection:
        await connection.execute(text("UPDATE outbox SET entity_kind = NULL, entity_id = NULL"))
