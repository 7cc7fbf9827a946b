"""Alerts of a zone's stock, for whoever looks: what is low from the replica, the rest from the hours in SQL."""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.application.ports import ZoneStore
from dispatch.domain.demand import DAY_H, KEPT_H, hour_of
from dispatch.domain.stock_alerts import (
    COVER_DAYS,
    SLOW_DAYS,
    SPIKE_DAYS,
    AlertKind,
    StockAlert,
    low_alerts,
    slow_alerts,
    spike_alerts,
    spike_hours,
)
from dispatch.domain.zone import ZoneState

MOST_SLOW_DAYS = KEPT_H // DAY_H - 1
"""Hours are not kept for longer."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Which alerts to look for: of what kinds, at which depot (empty: at all), and what is slow after how many days."""

    kinds: Collection[AlertKind] = tuple(AlertKind)
    depot_id: str = ""
    slow_days: int = SLOW_DAYS


async def stock_alerts(store: ZoneStore, state: ZoneState, now_ms: int, wanted: Watched) -> list[StockAlert]:
    """The alerts by kind, depot and good. Raises `StoreUnavailable`."""
    kinds, depot_id, slow_days = wanted.kinds, wanted.depot_id, wanted.slow_days
    shelves = [shelf for shelf in state.shelves.values() if depot_id in ("", shelf.depot_id)]
    found = low_alerts(shelves, state.skus, now_ms) if AlertKind.LOW in kinds else []
    this = hour_of(now_ms)
    if AlertKind.SPIKE in kinds:
        since, at = this - (SPIKE_DAYS + 1) * DAY_H, [hour % DAY_H for hour in spike_hours(now_ms)]
        hours = await store.shelf_hours(state.zone_id, since, depot_id, at)
        found += spike_alerts(hours, await store.shelf_lives(state.zone_id, since, this, depot_id), now_ms)
    if AlertKind.SLOW in kinds:
        since = this - max(slow_days, COVER_DAYS) * DAY_H
        known = await store.shelf_lives(state.zone_id, since, this - COVER_DAYS * DAY_H, depot_id)
        found += slow_alerts(shelves, known, now_ms, slow_days)
    order = list(AlertKind)
    return sorted(found, key=lambda each: (order.index(each.kind), each.depot_id, each.sku))
