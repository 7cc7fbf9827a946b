"""How an account's orders went: what came of them, how punctual, and what it earns. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import Direction, Order, OrderStatus

_DONE = OrderStatus.DELIVERED


@dataclass(frozen=True, slots=True)
class Performance:
    """Of one month (`2026-11`, by the zone's clock): `delivered` of `orders`, `on_time` of those by the end of the
    promise, mean minutes from placing to delivery, and the commission for what was delivered. What no courier of ours
    brings is never late, and no mean of theirs.
    """

    month: str
    orders: int
    delivered: int
    on_time: int
    canceled: int
    returned: int
    under_way: int
    mean_min: float
    commission_minor: int


def by_month(orders: Iterable[Order], place: tzinfo, commission_minor: int) -> list[Performance]:
    """The newest month first. What is fetched from customers or points counts in no figure: nobody was sold it."""
    months: dict[str, list[Order]] = {}
    for order in orders:
        if order.direction is Direction.DELIVERY:
            months.setdefault(_month(order.created_at_ms, place), []).append(order)
    return [_of(month, months[month], commission_minor) for month in sorted(months, reverse=True)]


def _of(month: str, orders: list[Order], commission_minor: int) -> Performance:
    standing = Counter(order.status for order in orders)
    times = list(_delivered(orders))
    taken_ms = [at_ms - order.created_at_ms for order, at_ms in times if order.mode is Mode.DELIVERY]
    ended = (standing[_DONE], standing[OrderStatus.CANCELED], standing[OrderStatus.RETURNED])
    return Performance(
        month=month,
        orders=len(orders),
        delivered=standing[_DONE],
        on_time=sum(order.mode is not Mode.DELIVERY or at_ms <= order.promise_at_ms for order, at_ms in times),
        canceled=standing[OrderStatus.CANCELED],
        returned=standing[OrderStatus.RETURNED],
        under_way=len(orders) - sum(ended),
        mean_min=round(sum(taken_ms) / len(taken_ms) / 60_000, 1) if taken_ms else 0.0,
        commission_minor=standing[_DONE] * commission_minor,
    )


def _delivered(orders: Iterable[Order]) -> Iterator[tuple[Order, int]]:
    for order in orders:
        if order.status is _DONE:
            yield order, order.timeline[-1][1]


def _month(at_ms: int, place: tzinfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, place).strftime("%Y-%m")
