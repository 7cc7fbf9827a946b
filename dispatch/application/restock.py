"""What to order, move and split, for whoever asks: the zone's stock as it is now, and what was asked for lately.

The sums are done beside the event loop, on values that nothing changes.
"""

import asyncio
from dataclasses import dataclass

from dispatch.application.ports import ZoneStore
from dispatch.domain.allocation import SALES_DAYS, Basis, Claim, allocate, weights
from dispatch.domain.allotment import needs
from dispatch.domain.demand import DAY_H, HOUR_MS, hour_of
from dispatch.domain.errors import NotFound
from dispatch.domain.forecast import HISTORY_H
from dispatch.domain.restocking import Advice, Books, Policy, advise, at_depots
from dispatch.domain.shelf import shelf_id
from dispatch.domain.zone import ZoneState


@dataclass(frozen=True, slots=True)
class Delivery:
    """So many pieces of a good that have come, for these depots."""

    sku: str
    pieces: int
    depot_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """How a delivery may be split: what it goes by, and each depot's claim and part."""

    basis: Basis
    parts: tuple[tuple[Claim, int], ...]


def short_of(state: ZoneState) -> dict[str, int]:
    """How many pieces orders wait for, by the shelf that they should come from."""
    found: dict[str, int] = {}
    for order in filter(None, map(state.orders.get, state.short)):
        for sku, pieces in needs(order).items():
            shelf = shelf_id(order.depot_id, sku)
            found[shelf] = found.get(shelf, 0) + pieces
    return found


async def advice_for(
    store: ZoneStore, state: ZoneState, policy: Policy, now_ms: int, *, depot_id: str = "", sku: str = ""
) -> Advice:
    """What to do at one depot (empty: at all), about one good or all. Raises `StoreUnavailable`.

    Others are looked at in any case: they may have what it lacks.
    """
    asked = await store.asked_hours(state.zone_id, hour_of(now_ms) - HISTORY_H - DAY_H, sku)
    shelves = {key: shelf for key, shelf in state.shelves.items() if sku in ("", shelf.sku)}
    until_ms = now_ms + round((policy.lead_h + policy.days * DAY_H) * HOUR_MS)
    coming = {key: pieces for key, shelf in shelves.items() if (pieces := shelf.expects(now_ms, until_ms))}
    advice = await asyncio.to_thread(advise, Books(shelves, short_of(state), coming), asked, policy, now_ms)
    return at_depots(advice, [depot_id]) if depot_id else advice


async def split(store: ZoneStore, state: ZoneState, delivery: Delivery, now_ms: int) -> Split:
    """How it may be split between its depots. Raises `NotFound`, `StoreUnavailable`."""
    sku_id, depot_ids = delivery.sku, delivery.depot_ids
    sku = state.skus.get(sku_id)
    if sku is None:
        raise NotFound("unknown_sku", f"There is no sku {sku_id}; register it first.")
    for depot_id in depot_ids:
        if depot_id not in state.depots:
            raise NotFound("unknown_depot", f"There is no depot {depot_id}.")
    since = hour_of(now_ms) - SALES_DAYS * DAY_H
    basis, weight = weights(sku, state.skus, await store.shelf_lives(state.zone_id, since, since), depot_ids)
    claims = [Claim(depot_id, _least(state, depot_id, sku_id, now_ms), weight[depot_id]) for depot_id in weight]
    parts = allocate(delivery.pieces, claims)
    return Split(basis, tuple((claim, parts[claim.depot_id]) for claim in claims))


def _least(state: ZoneState, depot_id: str, sku_id: str, now_ms: int) -> int:
    """What orders wait for there, or hold without its being there."""
    key = shelf_id(depot_id, sku_id)
    shelf = state.shelves.get(key)
    return max(0, short_of(state).get(key, 0) - (shelf.free(now_ms) if shelf else 0))
