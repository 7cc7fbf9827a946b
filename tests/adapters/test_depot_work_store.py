"""The hours of shelves and the orders that were fetched, as every store keeps them."""

import json
from dataclasses import replace

import sqlalchemy as sa

from dispatch.adapters.sql import tables
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations.versions import v0018_depot_work as migration
from dispatch.domain import commands as c
from dispatch.domain import stock_commands as s
from dispatch.domain.demand import DAY_H, HOUR_MS, KEPT_H, ShelfHour, ShelfLife, hour_of
from dispatch.domain.order import Line, PreparationStep
from dispatch.domain.picks import Pick
from dispatch.domain.shelf import Sku
from dispatch.domain.zone import ZoneState
from tests.support.stores import ZONE, Store, claimed, committed, decided
from tests.support.zones import MINUTE_MS, NOON_MS, courier, depot, order, planned

NOON = hour_of(NOON_MS)


def buys(order_id: str, pieces: int, at_ms: int = NOON_MS) -> c.CreateOrder:
    lines = (Line("tea", pieces, sku="tea"),)
    return c.CreateOrder(replace(order(order_id, created_at_ms=at_ms), lines=lines))


def opening() -> list[c.Command]:
    """Two depots; fifty packets of tea at d1."""
    known = [c.RegisterDepot(depot("d1")), c.RegisterDepot(depot("d2")), s.RegisterSkus((Sku("tea", "Tea"),))]
    return [*known, s.ReceiveStock("d1", (s.StockLine("tea", 50),))]


async def happened(store: Store, *steps: tuple[c.Command, int]) -> ZoneState:
    """The zone after these commands at their moments, a commit each."""
    claim, state = await claimed(store), ZoneState(ZONE)
    for command in opening():
        await committed(store, claim, state, decided(state, f"open-{command}"[:40], command))
    for n, (command, at_ms) in enumerate(steps):
        await committed(store, claim, state, decided(state, f"step-{n}", command, at_ms))
    return state


async def test_hours_add_up_over_commits(store: Store) -> None:
    """Two commits in one hour make one row; a later hour and another good's depot are found by themselves."""
    later_ms = NOON_MS + HOUR_MS
    await happened(
        store,
        (buys("o1", 3), NOON_MS),
        (buys("o2", 2), NOON_MS),
        (c.CancelOrder("o2", "no"), later_ms),
        (s.TransferStock("d1", "d2", (s.StockLine("tea", 4),)), later_ms),
        (s.WriteOffStock("d1", (s.StockLine("tea", 1),), "wet"), later_ms),
    )
    first = ShelfHour("d1", "tea", NOON, reserved=5, came=50)
    second = ShelfHour("d1", "tea", NOON + 1, released=2)
    other = ShelfHour("d2", "tea", NOON + 1, came=4)
    found = await store.shelf_hours(ZONE, NOON)
    assert sorted(found, key=lambda each: (each.depot_id, each.hour)) == [first, second, other]
    assert await store.shelf_hours(ZONE, NOON + 1, "d1") == [second]
    assert await store.shelf_hours(ZONE, NOON, "", [(NOON + 1) % DAY_H]) in ([second, other], [other, second])
    assert await store.shelf_hours(ZONE, NOON, "d2", [NOON % DAY_H]) == []
    assert await store.asked_hours(ZONE, NOON) == {"d1/tea": {NOON: 5, NOON + 1: -2}, "d2/tea": {NOON + 1: 0}}
    assert await store.asked_hours(ZONE, NOON + 1, "tea") == {"d1/tea": {NOON + 1: -2}, "d2/tea": {NOON + 1: 0}}
    assert await store.asked_hours(ZONE, NOON, "coffee") == {}
    lives = [ShelfLife("d1", "tea", NOON, 0, -2), ShelfLife("d2", "tea", NOON + 1, 0, 0)]
    told = await store.shelf_lives(ZONE, NOON, NOON + 1)
    assert sorted(told, key=lambda each: each.depot_id) == lives
    assert await store.shelf_lives(ZONE, NOON, NOON + 1, "d2") == lives[1:]


async def test_who_fetched_what_when_is_kept_once(store: Store) -> None:
    """With how long picking took and how long before the courier it was packed."""
    claim, state = await claimed(store), ZoneState(ZONE)
    hired = [c.RegisterCourier(courier("c1")), c.SetDuty("c1", c.Duty.AVAILABLE)]
    for n, command in enumerate([*opening(), *hired, buys("o1", 1)]):
        await committed(store, claim, state, decided(state, f"open-{n}", command))
    adopted = c.AdoptPlan(state.plan_version, (planned(state, "c1", ("o1",)),), 0, ("test",), "test")
    await committed(store, claim, state, decided(state, "plan", adopted))
    stop = state.route("c1").stops[0].id
    steps = [
        (c.ReportPreparation("o1", PreparationStep.PICKING), 1),
        (c.ReportPreparation("o1", PreparationStep.PACKED), 4),
        (c.ReportProgress("c1", stop, c.StopAction.ARRIVED, NOON_MS + 9 * MINUTE_MS), 9),
        (c.ReportProgress("c1", stop, c.StopAction.COMPLETED, NOON_MS + 10 * MINUTE_MS), 10),
    ]
    for n, (command, minute) in enumerate(steps):
        at_ms = NOON_MS + minute * MINUTE_MS
        await committed(store, claim, state, decided(state, f"step-{n}", command, at_ms))
    came_ms = NOON_MS + 9 * MINUTE_MS
    pick = Pick("o1", "d1", came_ms, 3 * MINUTE_MS, 5 * MINUTE_MS)
    assert await store.picks(ZONE, "d1", NOON_MS) == [pick]
    assert await store.shelf_lives(ZONE, NOON, NOON) == [ShelfLife("d1", "tea", NOON, NOON, 1)]
    assert await store.picks(ZONE, "d1", came_ms + 1) == [] == await store.picks(ZONE, "d2", 0)


async def test_old_hours_go_with_a_day_s_first_commit(store: Store) -> None:
    """What is older than the figures need does not stay in SQL; in memory it is looked past."""
    old_ms = NOON_MS + (KEPT_H + 2 * DAY_H) * HOUR_MS
    await happened(store, (buys("o1", 3), NOON_MS), (buys("o2", 1, old_ms), old_ms))
    kept = await store.shelf_hours(ZONE, 0)
    assert hour_of(old_ms) in {each.hour for each in kept}
    if hasattr(store, "history"):
        assert len(kept) == 2
    else:
        assert {each.hour for each in kept} == {hour_of(old_ms)}


async def test_the_ledger_so_far_fills_the_hours(sql_store: Store, database_url: str) -> None:
    """A database of the version before gets the same hours that would have been kept."""
    await happened(sql_store, (buys("o1", 3), NOON_MS), (c.CancelOrder("o1", "no"), NOON_MS + HOUR_MS))
    database = Database(database_url)
    try:
        async with database.read() as connection:
            made = await connection.run_sync(migration._rows)
            kept = (await connection.execute(sa.select(tables.shelf_hours))).all()
    finally:
        await database.close()
    assert {json.dumps(row, sort_keys=True) for row in made} == {
        json.dumps(dict(row._mapping), sort_keys=True) for row in kept
    }
    assert len(made) == 2
