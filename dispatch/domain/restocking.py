"""What to order and what to move between depots, so that little lies about and nothing runs out. Pure.

The method is the periodic order-up-to policy (R, S) with normal safety stock, after E. A. Silver, D. F. Pyke and
D. J. Thomas, "Inventory and Production Management in Supply Chains", 4th edition, 2017, chapter 6: whoever orders every
R days for goods that come L days later needs, when they order,

    S = mean(L + R) + z * deviation(L + R)

where z is the number of deviations that a share of all cycles stays within (1.64 for 95%). The means come from the
habits of the hours (`forecast`), so a Friday's S knows of the weekend.

A depot that has more than its own S gives what is above to the depots below theirs, the one that runs out first before
the others; what is still missing is ordered. Nobody gives what they need themselves.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from statistics import NormalDist
from typing import Final

from dispatch.domain.demand import DAY_H, HOUR_MS, Asked, hour_of
from dispatch.domain.forecast import Habit, habit_of
from dispatch.domain.shelf import Shelf, shelf_id

MOST_H: Final = 60 * DAY_H
"""How far ahead somebody is told when a shelf will be empty."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How stock is kept: ordered every `days`, come after `lead_h` hours, enough in `service` of all cycles (0.5 to
    0.99). `factor` is how much more than usual will be asked for: a holiday's 1.5.
    """

    days: float = 3.0
    lead_h: float = 24.0
    service: float = 0.95
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """A shelf against what it needs, in pieces: `has` free or to come, `wants` until the next delivery after this one,
    `daily` is what is asked for on a day. `empty_at_ms` is when it runs out, as expected (epoch ms; 0: not within two
    months). `coming` of what it has is on its way.
    """

    depot_id: str
    sku: str
    has: int
    wants: int
    daily: float
    empty_at_ms: int
    coming: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """So many pieces of a good that should go from one depot to another."""

    sku: str
    from_depot_id: str
    to_depot_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """So many pieces of a good that a depot should order."""

    need: Need
    quantity: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, the most urgent first. `unknown` are shelves of which too little is known: (depot, sku)."""

    transfers: tuple[Transfer, ...]
    orders: tuple[Order, ...]
    unknown: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Books:
    """What lies where, and what is missing or on its way, by shelf (`shelf_id`): pieces that orders wait for, and
    pieces that were ordered and have not come.
    """

    shelves: Mapping[str, Shelf]
    short: Mapping[str, int] = field(default_factory=dict)
    coming: Mapping[str, int] = field(default_factory=dict)


def advise(books: Books, asked: Mapping[str, Asked], policy: Policy, now_ms: int) -> Advice:
    """What to do about these shelves, each by what it was asked for so far (by `shelf_id`)."""
    needs, unknown = [], []
    for shelf in books.shelves.values():
        habit = habit_of(asked.get(shelf.id, {}), hour_of(now_ms))
        if habit is None:
            unknown.append((shelf.depot_id, shelf.sku))
        else:
            needs.append(_need(books, shelf, habit, policy, now_ms))
    needs.sort(key=_urgency)
    giveable = {each: max(0, shelf.free(now_ms)) for each, shelf in books.shelves.items()}
    transfers = transfers_between(needs, giveable)
    return Advice(transfers, orders_after(needs, transfers), tuple(sorted(unknown)))


def _need(books: Books, shelf: Shelf, habit: Habit, policy: Policy, now_ms: int) -> Need:
    """Pieces that expire before a delivery could come are not counted."""
    hour, lead_ms = hour_of(now_ms), int(policy.lead_h * HOUR_MS)
    outlook = habit.outlook(hour, policy.lead_h + policy.days * DAY_H)
    safety = NormalDist().inv_cdf(policy.service) * outlook.deviation * policy.factor**0.5
    wants = ceil(round(outlook.mean * policy.factor + safety, 6)) if outlook.mean > 0 else 0
    coming = books.coming.get(shelf.id, 0)
    has = shelf.free(now_ms + lead_ms) - books.short.get(shelf.id, 0) + coming
    daily = habit.outlook(hour, len(habit.round_h)).mean * DAY_H / len(habit.round_h)
    lasts_h = habit.lasts_h(hour, max(0, has) / policy.factor, MOST_H)
    empty_at_ms = (hour + lasts_h) * HOUR_MS if lasts_h < MOST_H else 0
    return Need(shelf.depot_id, shelf.sku, has, wants, daily * policy.factor, empty_at_ms, coming)


def _urgency(need: Need) -> tuple[float, str, str]:
    return need.empty_at_ms or float("inf"), need.depot_id, need.sku


def transfers_between(needs: Iterable[Need], giveable: Mapping[str, int]) -> tuple[Transfer, ...]:
    """Who has more than they need gives to those who have less, who come in their order; the richest gives first.

    `giveable` is what is free on each shelf now: what is only coming cannot be carried.
    """
    by_sku: dict[str, list[Need]] = {}
    for need in needs:
        by_sku.setdefault(need.sku, []).append(need)
    found: list[Transfer] = []
    for sku, some in by_sku.items():
        spare = {
            each.depot_id: min(each.has - each.wants, giveable.get(shelf_id(each.depot_id, sku), 0)) for each in some
        }
        for taker in some:
            found += _given(taker, spare)
    return tuple(found)


def _given(taker: Need, spare: dict[str, int]) -> list[Transfer]:
    given, missing = [], taker.wants - taker.has
    for depot_id in sorted(spare, key=lambda each: (-spare[each], each)):
        pieces = min(missing, spare[depot_id])
        if pieces <= 0:
            break
        spare[depot_id] -= pieces
        missing -= pieces
        given.append(Transfer(taker.sku, depot_id, taker.depot_id, pieces))
    return given


def orders_after(needs: Iterable[Need], transfers: Iterable[Transfer]) -> tuple[Order, ...]:
    """What is still missing once the transfers are done."""
    come: dict[tuple[str, str], int] = {}
    for each in transfers:
        come[each.to_depot_id, each.sku] = come.get((each.to_depot_id, each.sku), 0) + each.quantity
    found = (Order(each, each.wants - each.has - come.get((each.depot_id, each.sku), 0)) for each in needs)
    return tuple(order for order in found if order.quantity > 0)


def at_depots(advice: Advice, depot_ids: Collection[str]) -> Advice:
    """What concerns some depots."""
    here = [each for each in advice.transfers if each.from_depot_id in depot_ids or each.to_depot_id in depot_ids]
    orders = tuple(order for order in advice.orders if order.need.depot_id in depot_ids)
    unknown = tuple(each for each in advice.unknown if each[0] in depot_ids)
    return replace(advice, transfers=tuple(here), orders=orders, unknown=unknown)
