"""Taking an override back: what it changed is as it was, if nothing that it touched has changed since.

The rule. An order has to be where the override left it. There is one exception: what the override set free, the planner
has given to somebody else within milliseconds; as long as that courier has not set off, nobody is hurt when it is taken
from them again. Orders that another override has touched since are that override's. An offer that was taken away is
not made again: the planner offers its orders anew.

Of a route the override touched its sequence only when it changed it; then the route has to be exactly as it was left.
A route that only gained orders simply loses them. One that only lost orders gets them back at their old places, or,
when it has changed since, wherever they fit best now.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.fulfilment import Mode
from dispatch.domain.holds import let_go_on
from dispatch.domain.order import AT_REST, BEFORE_PICKUP, FINISHED, Lock, Order, OrderStatus
from dispatch.domain.override import OrderMark, Override, RouteMark, route_mark
from dispatch.domain.overrides import give, put_route, take_back
from dispatch.domain.route import Route
from dispatch.domain.zone import Draft, ZoneState

WHY = "override undone"
_NOT_STARTED = frozenset({OrderStatus.DISPATCHABLE, OrderStatus.OFFERED, OrderStatus.ASSIGNED})


def undo_override(draft: Draft, command: c.UndoOverride) -> None:
    """Restore what an override changed. Raises `NotFound`, or `Conflict` that says what has changed since."""
    override = draft.base.overrides.get(command.override_id)
    if override is None:
        raise NotFound("unknown_override", f"There is no override {command.override_id} that could be undone.")
    if override.undone_at_ms:
        raise Conflict("already_undone", "This override was undone before.")
    if against := changes_since(draft.base, override):
        raise Conflict("changed_since", " ".join(against))
    _free_again(draft, override)
    for before, after in zip(override.before, override.after, strict=True):
        _restore_order(draft, before)
        _restore_fields(draft, before, after)
    _restore_routes(draft, override, command)
    undone = replace(override, undone_at_ms=draft.now_ms, undone_by=command.by)
    draft.emit(e.OverrideChanged(undone))
    for order_id in override.order_ids or ("",):
        draft.emit(e.Overridden(f"undo {override.action}", order_id, override.courier_id, command.reason))


def changes_since(state: ZoneState, override: Override) -> tuple[str, ...]:
    """What stands against taking an override back, a sentence for each thing that has changed."""
    found: list[str] = []
    for before, after in zip(override.before, override.after, strict=True):
        found += _order_changes(state, override, before, after)
    for earlier, later in _routes(override):
        resequenced = not _only_gained(earlier, later) and not _only_gained(later, earlier)
        if resequenced and route_mark(state.route(later.courier_id)).visits != later.visits:
            found.append(_route_change(state, later))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Restored:
    """A courier's stops after an undo. `returned` come back; `exact`: to their old places, else to the end."""

    mark: RouteMark
    returned: frozenset[str]
    exact: bool


def routes_to_restore(state: ZoneState, override: Override) -> tuple[Restored, ...]:
    """The routes that get something back, each as it may be asked for; whoever knows the roads can do better."""
    pairs = (pair for pair in _routes(override) if not _only_gained(*pair))
    return tuple(_restored(state.route(later.courier_id), earlier, later) for earlier, later in pairs)


def _routes(override: Override) -> Iterator[tuple[RouteMark, RouteMark]]:
    """Each touched route before and after, without orders that were only offered then: the planner has those."""
    was = {mark.order_id for mark in override.before if mark.status is OrderStatus.OFFERED}
    still = {mark.order_id for mark in override.after if mark.status is OrderStatus.OFFERED}
    for earlier, later in zip(override.routes_before, override.routes_after, strict=True):
        yield earlier.without(frozenset(was - still)), later


def _restored(route: Route, earlier: RouteMark, later: RouteMark) -> Restored:
    now, returned = route_mark(route), earlier.order_ids - later.order_ids
    begun = sum(len(stop.order_ids) for stop in route.stops if stop.started)
    as_left = now.visits == later.visits and now.visits[:begun] == earlier.visits[:begun]
    if as_left or not _only_gained(later, earlier):
        return Restored(earlier, returned, exact=True)
    behind = earlier.without(earlier.order_ids - returned).stops
    return Restored(RouteMark(now.courier_id, (*now.stops, *behind)), returned, exact=False)


def _only_gained(earlier: RouteMark, later: RouteMark) -> bool:
    return later.without(later.order_ids - earlier.order_ids).visits == earlier.visits


def _order_changes(state: ZoneState, override: Override, before: OrderMark, after: OrderMark) -> Iterator[str]:
    order = state.orders.get(before.order_id)
    if order is None or order.status in FINISHED:
        yield f"Order {before.order_id} is {order.status if order else 'closed'} now."
        return
    if any(
        o.version > override.version and not o.undone_at_ms and o.touches(order.id) for o in state.overrides.values()
    ):
        yield f"Order {order.id} was overridden again since."
    elif _moved(before, after) and not _stands(order, after):
        yield f"Order {order.id} is {order.status} now."
    elif before.courier_id and order.mode is not Mode.DELIVERY:
        yield f"No courier brings order {order.id} now."
    elif after.courier_id and before.lock != after.lock != order.lock:
        yield f"Order {order.id} has the lock {order.lock} now."
    elif before.priority != after.priority != order.priority:
        yield f"Order {order.id} has the priority {order.priority} now."
    if _moved(before, after) and before.courier_id and before.courier_id != after.courier_id:
        yield from _courier_changes(state, before)


def _moved(before: OrderMark, after: OrderMark) -> bool:
    return (before.status, before.courier_id) != (after.status, after.courier_id)


def _stands(order: Order, after: OrderMark) -> bool:
    """Whether the order is where the override left it, or where the planner has put what the override freed."""
    freed = after.status is OrderStatus.DISPATCHABLE and not after.courier_id
    return (order.status, order.courier_id) == (after.status, after.courier_id) or (
        freed and order.status in _NOT_STARTED
    )


def _courier_changes(state: ZoneState, before: OrderMark) -> Iterator[str]:
    courier = state.couriers[before.courier_id]
    if before.status is not OrderStatus.OFFERED and courier.duty is not Duty.AVAILABLE:
        yield f"Courier {courier.id} is {courier.duty} now."


def _route_change(state: ZoneState, later: RouteMark) -> str:
    now = route_mark(state.route(later.courier_id))
    more, fewer = sorted(now.order_ids - later.order_ids), sorted(later.order_ids - now.order_ids)
    what = [f"{word} {', '.join(ids)}" for word, ids in (("with", more), ("without", fewer)) if ids]
    return f"The route of courier {later.courier_id} is another one now{': ' if what else ''}{', '.join(what)}."


def _free_again(draft: Draft, override: Override) -> None:
    """Take what moved from wherever it is now."""
    pairs = zip(override.before, override.after, strict=True)
    moved = [draft.order(before.order_id) for before, after in pairs if _moved(before, after)]
    take_back(draft, [order.id for order in moved if order.status in BEFORE_PICKUP], WHY)
    for order in moved:
        if order.status is OrderStatus.HELD:
            let_go_on(draft, order)


def _restore_order(draft: Draft, before: OrderMark) -> None:
    order = draft.order(before.order_id)
    if order.status not in AT_REST:
        return
    if before.status is OrderStatus.HELD:
        draft.move_order(order, OrderStatus.HELD, before.reason)
    elif before.courier_id and before.status is not OrderStatus.OFFERED:
        give(draft, before.courier_id, (order.id,))


def _restore_fields(draft: Draft, before: OrderMark, after: OrderMark) -> None:
    """Lock, priority, depot, who is asked and from when on; who has refused since is not asked either."""
    order = draft.order(before.order_id)
    lock = before.lock if order.courier_id == before.courier_id else Lock.NONE
    since = (each for each in draft.base.orders[order.id].declined_by if each not in after.declined_by)
    restored = replace(
        order,
        lock=lock,
        priority=before.priority,
        declined_by=(*before.declined_by, *since),
        commit_due_at_ms=before.commit_due_at_ms,
        depot_id=before.depot_id,
        depot_options=before.depot_options,
    )
    if restored != order:
        draft.change_order(restored, WHY)


def _restore_routes(draft: Draft, override: Override, command: c.UndoOverride) -> None:
    planned = {route.courier_id: route for route in command.routes}
    wanted = routes_to_restore(draft.base, override)
    if planned.keys() != {each.mark.courier_id for each in wanted}:
        raise InvalidInput("incomplete_undo", "The undo has to bring the routes that it restores.")
    for each in wanted:
        route = planned[each.mark.courier_id]
        if each.exact and RouteMark(route.courier_id, route.stops).visits != each.mark.visits:
            raise Conflict("stale_plan", "The courier's route changed meanwhile; look again.")
        put_route(draft, route)
