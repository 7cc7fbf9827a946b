"""How picking went: one entry of an order when its courier has it, and what a day's entries say. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from dispatch.domain.events import Event, OrderChanged
from dispatch.domain.order import Direction, Order, OrderStatus, PreparationStep

PACKED_GOAL: Final = 0.95
"""So many of a depot's orders are to be packed before their courier comes."""


@dataclass(frozen=True, slots=True)
class Pick:
    """An order that a courier has fetched. `arrived_at_ms` is when the courier came (epoch ms; where nobody said, when
    it was fetched). `picking_ms` went by from picking to packed, `early_ms` from packed to the courier's coming (below
    0: the courier waited so long); None where the depot did not report it.
    """

    order_id: str
    depot_id: str
    arrived_at_ms: int
    picking_ms: int | None = None
    early_ms: int | None = None


def pick_of(event: Event) -> Pick | None:
    """The entry that an event makes: a courier has a delivery's goods from its depot, for the first time."""
    if not isinstance(event, OrderChanged) or event.what != OrderStatus.PICKED_UP:
        return None
    order = event.order
    fetched = sum(status is OrderStatus.PICKED_UP for status, _ in order.timeline)
    if order.direction is not Direction.DELIVERY or fetched != 1:
        return None
    came_ms = _came_at_ms(order)
    steps = dict(order.preparation)
    picking_ms, packed_ms = steps.get(PreparationStep.PICKING), steps.get(PreparationStep.PACKED)
    took_ms = None if picking_ms is None or packed_ms is None else packed_ms - picking_ms
    return Pick(order.id, order.depot_id, came_ms, took_ms, None if packed_ms is None else came_ms - packed_ms)


def _came_at_ms(order: Order) -> int:
    """When the courier who fetched it came: a courier before them may have come in vain."""
    came_ms = order.timeline[-1][1]
    for status, at_ms in reversed(order.timeline[:-1]):
        if status in (OrderStatus.DISPATCHABLE, OrderStatus.ASSIGNED, OrderStatus.PICKED_UP):
            break
        if status is OrderStatus.AT_PICKUP:
            came_ms = at_ms
    return came_ms


@dataclass(frozen=True, slots=True)
class PickingDay:
    """A depot's day: `orders` were fetched, `packed` of them reported as packed, `in_time` of all packed before the
    courier came. `picking_p50_s` and `picking_p90_s` are how long picking took, where it was reported (None: nowhere);
    `waited_s` is how long couriers waited for goods in all.
    """

    orders: int
    packed: int
    in_time: int
    picking_p50_s: float | None
    picking_p90_s: float | None
    waited_s: float

    @property
    def share(self) -> float:
        """Of all orders, those that were packed before the courier came."""
        return self.in_time / self.orders if self.orders else 0.0


def picking_day(picks: Iterable[Pick]) -> PickingDay:
    """What the entries of a day say together; an order of which nobody said that it was packed was not in time."""
    every = list(picks)
    early_ms = [each.early_ms for each in every if each.early_ms is not None]
    took_ms = sorted(each.picking_ms for each in every if each.picking_ms is not None)
    return PickingDay(
        orders=len(every),
        packed=len(early_ms),
        in_time=sum(ms >= 0 for ms in early_ms),
        picking_p50_s=median(took_ms) / 1000 if took_ms else None,
        picking_p90_s=took_ms[min(len(took_ms) - 1, len(took_ms) * 9 // 10)] / 1000 if took_ms else None,
        waited_s=sum(-ms for ms in early_ms if ms < 0) / 1000,
    )
