"""The part of a zone that an override is about: a few couriers and orders, before it and, as a trial, after it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.application.ports import Position
from dispatch.application.problem_builder import Snapshot, snapshot, works
from dispatch.domain.commands import Overrule
from dispatch.domain.events import Event
from dispatch.domain.geo import distance_m
from dispatch.domain.order import Lock, Order
from dispatch.domain.override import OverrideAction
from dispatch.domain.zone import ZoneState, evolve

A = OverrideAction
NEAREST = 12
"""So many couriers around an order stand for all of them when it is asked what the system would do with it."""
_RESEQUENCED = frozenset({A.RESEQUENCE, A.EXPEDITE})
_SET_FREE = frozenset({A.UNASSIGN, A.EXCLUDE, A.INCLUDE, A.RELEASE})


@dataclass(frozen=True, slots=True)
class OverrideScene:
    """Some couriers of a zone and the orders that count: theirs, and the named ones."""

    state: ZoneState
    couriers: tuple[str, ...]
    named: frozenset[str]

    def after(self, events: Iterable[Event]) -> "OverrideScene":
        """The scene once these events have happened; the zone itself is left alone."""
        state = _copy(self.state, self.state.orders.values())
        for event in events:
            evolve(state, event)
        return replace(self, state=state)

    def with_locks(self, held: Callable[[Lock], Lock]) -> "OverrideScene":
        """The scene with other locks."""
        orders = (replace(order, lock=held(order.lock)) for order in self.state.orders.values())
        return replace(self, state=_copy(self.state, orders))

    def look(self, where: Mapping[str, Position], now_ms: int, lost_ms: int) -> Snapshot:
        """What planning needs of it. Named orders that wait count as due."""
        orders = [
            replace(order, commit_due_at_ms=0) if order.id in self.named else order
            for order in self.state.orders.values()
            if order.courier_id or order.id in self.named
        ]
        return snapshot(self.state, where, now_ms, lost_ms, only_couriers=self.couriers, orders=orders)


def scene_of(state: ZoneState, wish: Overrule, where: Mapping[str, Position]) -> OverrideScene:
    """The couriers whom a wish concerns; when its orders wait, before it or after it, also those around them."""
    named = [state.orders[order_id] for order_id in wish.order_ids]
    couriers = dict.fromkeys(each for each in (wish.courier_id, *(o.courier_id for o in named)) if each)
    sets_free = wish.action in _SET_FREE or (wish.action is A.SPLIT and not wish.courier_id)
    for order in named:
        if sets_free or not order.courier_id:
            couriers |= dict.fromkeys(around_order(state, order, where))
    found = scene(state, tuple(couriers), wish.order_ids)
    return found.with_locks(_sequence_open) if wish.action in _RESEQUENCED else found


def unlocked(lock: Lock) -> Lock:
    """As if nothing was locked."""
    del lock
    return Lock.NONE


def _sequence_open(lock: Lock) -> Lock:
    """Who decides on a sequence anew is not held to the one before."""
    return Lock.COURIER if lock is Lock.SEQUENCE else lock


def scene(state: ZoneState, courier_ids: Sequence[str], order_ids: Collection[str]) -> OverrideScene:
    """These couriers with what they have, and these orders."""
    counting = (o for o in state.orders.values() if o.courier_id in courier_ids or o.id in order_ids)
    return OverrideScene(_copy(state, counting), tuple(courier_ids), frozenset(order_ids))


def _copy(state: ZoneState, orders: Iterable[Order]) -> ZoneState:
    return ZoneState(
        state.zone_id,
        state.plan_version,
        orders={order.id: order for order in orders},
        couriers=state.couriers,
        depots=state.depots,
        areas=state.areas,
        routes=dict(state.routes),
    )


def around_order(state: ZoneState, order: Order, where: Mapping[str, Position]) -> list[str]:
    """The working couriers who are nearest to the order's depot as the crow flies."""
    depot = state.depots[order.depot_id].place
    working = [courier.id for courier in state.couriers.values() if works(courier) and courier.id in where]
    return sorted(working, key=lambda each: (distance_m(where[each].place, depot), each))[:NEAREST]
