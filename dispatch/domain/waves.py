"""Waves: what a depot has to pick and pack together, because one courier fetches it at one time. Pure.

A wave is a stop ahead of a courier at the depot. It is due a while before they come, as the depot wants it. Orders that
nobody has yet are one wave more, without a time: who has nothing else to do may begin with them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from dispatch.domain.depot import Depot
from dispatch.domain.order import AT_REST, BEFORE_PICKUP, Direction, Line, Order, OrderStatus, PreparationStep
from dispatch.domain.route import Route, Stop, StopEnd, StopKind, StopState
from dispatch.domain.shelf import Sku
from dispatch.domain.zone import ZoneState

OPEN: Final = "~"
"""The id of the wave of orders that nobody has yet; no courier's id is like that."""
TO_PICK: Final = BEFORE_PICKUP | AT_REST
"""Orders whose goods lie at the depot and are wanted; those on hold wait for something else first."""


class WaveState(StrEnum):
    """How far the depot is with a wave: as far as with the order that is least far, but picking once any is begun."""

    OPEN = "open"
    PICKING = "picking"
    PACKED = "packed"


@dataclass(frozen=True, slots=True)
class PickLine:
    """So many pieces of one thing, for these orders. `sku` is empty for what nobody counts; `code` is what a scanner
    reads on a piece.
    """

    sku: str
    name: str
    code: str
    quantity: int
    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """Orders that leave together. `id` is the courier's, with `~2` for what they fetch when they come again: it stays
    while plans change what is fetched. Times are business time in epoch ms, 0 where no courier is planned yet; `there`
    says that the courier has come.
    """

    id: str
    courier_id: str
    arrive_at_ms: int
    due_at_ms: int
    there: bool
    orders: tuple[Order, ...]
    lines: tuple[PickLine, ...] = field(default=())

    @property
    def state(self) -> WaveState:
        """See `WaveState`."""
        if all(is_packed(order) for order in self.orders):
            return WaveState.PACKED
        begun = (order for order in self.orders if is_packed(order) or is_at(order, PreparationStep.PICKING))
        return WaveState.PICKING if any(begun) else WaveState.OPEN


def is_at(order: Order, step: PreparationStep) -> bool:
    """Whether the depot has reported this step."""
    return any(each is step for each, _ in order.preparation)


def is_packed(order: Order) -> bool:
    """Whether nothing is left to do for it."""
    return is_at(order, PreparationStep.PACKED)


def waves(state: ZoneState, depot: Depot) -> list[Wave]:
    """The depot's waves, the next to leave first, and last what nobody has yet."""
    planned = [wave for route in state.routes.values() for wave in _of_route(state, depot, route)]
    planned.sort(key=lambda wave: (wave.arrive_at_ms, wave.courier_id))
    taken = {order.id for wave in planned for order in wave.orders}
    rest = [order for order in map(state.orders.get, state.unfinished) if order and order.id not in taken]
    open_ = _to_pick(depot, rest)
    if open_:
        planned.append(Wave(OPEN, "", 0, 0, False, open_))
    return [replace(wave, lines=pick_list(wave.orders, state.skus)) for wave in planned]


def _of_route(state: ZoneState, depot: Depot, route: Route) -> Iterator[Wave]:
    number = 0
    for stop in filter(_fetches, route.stops):
        found = (state.orders.get(order_id) for order_id in stop.order_ids)
        orders = _to_pick(depot, (order for order in found if order))
        if orders:
            number += 1
            wave_id = route.courier_id if number == 1 else f"{route.courier_id}~{number}"
            due_at_ms, there = stop.arrive_at_ms - depot.packing_s * 1000, stop.state is StopState.ARRIVED
            yield Wave(wave_id, route.courier_id, stop.arrive_at_ms, due_at_ms, there, orders)


def _fetches(stop: Stop) -> bool:
    """Whether goods are fetched there from a depot."""
    return stop.kind is StopKind.PICKUP and stop.end in (StopEnd.DEPOT, StopEnd.UNKNOWN)


def _to_pick(depot: Depot, orders: Iterable[Order]) -> tuple[Order, ...]:
    mine = (o for o in orders if o.depot_id == depot.id and o.direction is Direction.DELIVERY and o.status in TO_PICK)
    left = (o for o in mine if not (o.status is OrderStatus.AT_DEPOT and is_packed(o)))  # done, but for whoever comes
    return tuple(sorted(left, key=lambda order: (order.promise_at_ms, order.id)))


def pick_list(orders: Iterable[Order], skus: dict[str, Sku]) -> tuple[PickLine, ...]:
    """What to fetch from the shelves for all of these together: goods in stock by id, then the rest by name."""
    found: dict[tuple[str, str, str], PickLine] = {}
    for order in orders:
        for line in order.lines:
            key = (line.sku, "", "") if line.sku else ("", line.name, line.code)
            known = found.get(key) or _line(line, skus)
            ids = tuple(dict.fromkeys((*known.order_ids, order.id)))
            found[key] = replace(known, quantity=known.quantity + line.quantity, order_ids=ids)
    return tuple(found[key] for key in sorted(found, key=lambda key: (not key[0], key)))


def _line(line: Line, skus: dict[str, Sku]) -> PickLine:
    sku = skus.get(line.sku)
    if sku:
        return PickLine(sku.id, sku.name, sku.barcode or line.code, 0, ())
    return PickLine(line.sku, line.name, line.code, 0, ())
