"""Decisions about plans: what the planner or a dispatcher wants is checked against the state as it now stands.

A plan is refused as a whole when anything that it touches changed after the version on which it is based, when
it moves a started stop, a locked or an offered order, or when it loses an order. Whether it is also *good* (driving
times, windows, capacity) is checked before, by `planning.checker`, which needs the roads.

An override is refused by the same measure: what else happened in the zone since the dispatcher looked, and something
does with every tap of any courier, is not its concern.
"""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.offer import OfferStatus
from dispatch.domain.offers import close_offer, make_offer, release_order
from dispatch.domain.order import BEFORE_PICKUP, ON_BOARD, TO_DELIVER, Lock, Order, OrderStatus
from dispatch.domain.promise import late_bound_ms
from dispatch.domain.route import PlannedRoute, Route, Stop, StopKind
from dispatch.domain.stops import build_stop
from dispatch.domain.zone import Draft, ZoneState

ETA_STEP_MS = 60_000
"""A shown arrival time changes only when it is off by more than this: people act on minutes."""


def adopt_plan(draft: Draft, command: c.AdoptPlan) -> None:
    """The planner's routes take effect, all of them or none."""
    _check_base(draft, command.base_version, command.routes)
    _check_movable(draft, command.routes)
    moved = _take_and_give(draft, command.routes, command.offer_ttl_ms, command.reason)
    for planned in command.routes:
        _set_route(draft, planned, command.reason, command.engines)
    draft.emit(e.PlanAdopted(draft.version, command.engines, command.reason, moved, command.gain))


def assign_by_hand(draft: Draft, command: c.AssignByHand) -> None:
    """A dispatcher's choice: the order leaves whoever had it, goes to this courier at once, and is locked there."""
    order, courier_id = draft.order(command.order_id), command.route.courier_id
    _check_seen(draft, order, command.base_version, courier_id)
    if order.status in ON_BOARD:
        raise Conflict("goods_on_board", "The goods are on board; only a hand-over can move them.")
    if order.status in BEFORE_PICKUP:
        _take_back(draft, order, "override")
    before = set(draft.route(courier_id).order_ids())
    if set(_planned_orders(command.route)) != before | {order.id}:
        raise Conflict("stale_plan", "The courier's route changed meanwhile; look again.")
    make_offer(draft, courier_id, (draft.order(order.id),), 0)
    draft.change_order(replace(draft.order(order.id), lock=Lock.COURIER), "lock")
    _set_route(draft, command.route, "override")
    draft.emit(e.Overridden("assign", order.id, courier_id, command.reason))


def unassign_by_hand(draft: Draft, command: c.UnassignByHand) -> None:
    """A dispatcher takes an order back before pickup; its courier is not asked again."""
    order = draft.order(command.order_id)
    _check_seen(draft, order, command.base_version)
    if order.status not in BEFORE_PICKUP:
        raise Conflict("wrong_state", f"An order that is {order.status} cannot be taken back.")
    _take_back(draft, order, command.reason, declined_by=order.courier_id)
    draft.emit(e.Overridden("unassign", order.id, order.courier_id, command.reason))


def lock_order(draft: Draft, command: c.LockOrder) -> None:
    """A dispatcher binds an order to its courier, or lets the planner have it again."""
    order = draft.order(command.order_id)
    _check_seen(draft, order, command.base_version)
    if command.lock is not Lock.NONE and not order.courier_id:
        raise Conflict("wrong_state", "Nobody has this order yet; there is nothing to lock it to.")
    draft.change_order(replace(order, lock=command.lock), "lock")
    draft.emit(e.Overridden(f"lock {command.lock}", order.id, order.courier_id, command.reason))


def note_waiting(draft: Draft, command: c.NoteWaiting) -> None:
    """Say why an order waits; an order that has moved on since is left alone."""
    for order_id, reason in command.reasons:
        order = draft.base.orders.get(order_id)
        if order and order.status is OrderStatus.DISPATCHABLE and order.reason != reason:
            draft.emit(e.OrderChanged(replace(order, reason=reason), "waiting"))


def update_etas(draft: Draft, command: c.UpdateEtas) -> None:
    """Routes keep their sequence and get new times; a route that changed meanwhile is left alone."""
    for retimed in command.routes:
        route = draft.route(retimed.courier_id)
        if route.version != retimed.version or [s.id for s in route.stops] != [t[0] for t in retimed.times]:
            continue
        stops = tuple(
            replace(stop, arrive_at_ms=arrive, depart_at_ms=depart)
            for stop, (_, arrive, depart) in zip(route.stops, retimed.times, strict=True)
        )
        draft.emit(e.RouteRetimed(replace(route, stops=stops), command.cause))
        _show_etas(draft, stops, command.cause)


def has_changed(state: ZoneState, order: Order, since_version: int, courier_id: str = "") -> bool:
    """Whether what an override of this order touches changed after a plan version that a dispatcher saw.

    That is the order, the route that it is on, and the route of `courier_id`, who is to have it. A version that the
    zone has not reached counts as changed: it was seen before the zone was restored from an older copy.
    """
    routes = (state.route(each).version for each in (order.courier_id, courier_id))
    return not max(order.changed_version, *routes) <= since_version <= state.plan_version


def _check_seen(draft: Draft, order: Order, seen_version: int | None, courier_id: str = "") -> None:
    """Refuse an override that was decided on an older picture of what it touches; None means: as it stands now."""
    if seen_version is not None and has_changed(draft.base, order, seen_version, courier_id):
        raise Conflict("stale_plan", f"This changed after plan version {seen_version}; look again and decide anew.")


def _check_base(draft: Draft, base_version: int, routes: tuple[PlannedRoute, ...]) -> None:
    """Refuse a plan that was made on an older picture of anything that it touches."""
    for planned in routes:
        touched = {*_planned_orders(planned), *draft.route(planned.courier_id).order_ids()}
        versions = [draft.route(planned.courier_id).version, *(draft.order(o).changed_version for o in touched)]
        if max(versions) > base_version:
            raise Conflict("stale_plan", f"Courier {planned.courier_id}'s work changed after version {base_version}.")


def _check_movable(draft: Draft, routes: tuple[PlannedRoute, ...]) -> None:
    """Refuse a plan that loses, doubles or moves what must not move."""
    placed: dict[str, str] = {}
    for planned in routes:
        draft.courier(planned.courier_id)
        _check_frozen(draft.route(planned.courier_id), planned)
        _check_sequence(draft, planned)
        for order_id in _planned_orders(planned):
            if placed.setdefault(order_id, planned.courier_id) != planned.courier_id:
                raise InvalidInput("order_twice", f"The plan gives order {order_id} to two couriers.")
    covered = {planned.courier_id for planned in routes}
    for order_id, courier_id in placed.items():
        _check_giver(draft.order(order_id), courier_id, covered)
    for planned in routes:
        for order_id in draft.route(planned.courier_id).order_ids():
            if placed.get(order_id) != planned.courier_id:
                _check_leaves(draft.order(order_id))


def _check_giver(order: Order, courier_id: str, covered: set[str]) -> None:
    """An order may come from nobody, or from a courier whose own new route is part of the same plan."""
    if order.courier_id in ("", courier_id):
        if not order.courier_id and order.status is not OrderStatus.DISPATCHABLE:
            raise Conflict("wrong_state", f"Order {order.id} is {order.status} and cannot be planned.")
        return
    if order.courier_id not in covered:
        raise InvalidInput("incomplete_plan", f"The plan takes order {order.id} from a route that it leaves out.")


def _check_leaves(order: Order) -> None:
    """An order that leaves its courier must be free to."""
    if order.status is not OrderStatus.ASSIGNED or order.lock is not Lock.NONE:
        raise Conflict("not_movable", f"Order {order.id} is {order.status} or locked; the plan must not move it.")


def _check_frozen(route: Route, planned: PlannedRoute) -> None:
    """Started stops stay where they are, in front."""
    started = [(stop.kind, stop.order_ids) for stop in route.stops if stop.started]
    if [(stop.kind, stop.order_ids) for stop in planned.stops[: len(started)]] != started:
        raise Conflict("frozen_stop", f"The plan moves a stop that courier {route.courier_id} has started.")


def _check_sequence(draft: Draft, planned: PlannedRoute) -> None:
    """Every order is picked up once, then dropped off once; goods on board are only dropped off."""
    picked: set[str] = set()
    dropped: set[str] = set()
    for stop in planned.stops:
        for order_id in stop.order_ids:
            if stop.kind is StopKind.PICKUP:
                if order_id in picked or draft.order(order_id).status in ON_BOARD:
                    raise InvalidInput("bad_sequence", f"The plan picks order {order_id} up twice.")
                picked.add(order_id)
            else:
                if order_id in dropped or not (order_id in picked or draft.order(order_id).status in TO_DELIVER):
                    raise InvalidInput("bad_sequence", f"The plan drops order {order_id} off without having it.")
                dropped.add(order_id)
    if picked - dropped:
        raise InvalidInput("bad_sequence", f"The plan never drops off {sorted(picked - dropped)}.")


def _take_and_give(draft: Draft, routes: tuple[PlannedRoute, ...], ttl_ms: int, reason: str) -> int:
    """Release what leaves a courier, then offer or assign what is new to one. Returns how many orders moved."""
    placed = {order_id: planned.courier_id for planned in routes for order_id in _planned_orders(planned)}
    moved = 0
    for planned in routes:
        for order_id in draft.base.route(planned.courier_id).order_ids():
            if placed.get(order_id) != planned.courier_id:
                release_order(draft, draft.order(order_id), reason)
                moved += 1
    for planned in routes:
        new = tuple(draft.order(o) for o in _planned_orders(planned) if not draft.order(o).courier_id)
        if new:
            make_offer(draft, planned.courier_id, new, ttl_ms)
    return moved


def _take_back(draft: Draft, order: Order, reason: str, declined_by: str = "") -> None:
    offer = draft.base.offers.get(order.offer_id)
    if offer and offer.status is OfferStatus.OPEN:
        close_offer(draft, offer, "revoked", reason)
        return
    release_order(draft, order, reason, declined_by)
    route = draft.route(order.courier_id)
    draft.change_route(order.courier_id, route.without_orders(frozenset({order.id})), reason)


def _set_route(draft: Draft, planned: PlannedRoute, reason: str, engines: tuple[str, ...] = ()) -> None:
    current = draft.route(planned.courier_id)
    started = {(stop.kind, stop.order_ids): stop for stop in current.stops if stop.started}
    stops = tuple(
        replace(held, arrive_at_ms=stop.arrive_at_ms, depart_at_ms=stop.depart_at_ms)
        if (held := started.get((stop.kind, stop.order_ids)))
        else build_stop(draft, stop)
        for stop in planned.stops
    )
    draft.change_route(planned.courier_id, stops, reason, engines)
    _show_etas(draft, stops, "plan")


def _show_etas(draft: Draft, stops: tuple[Stop, ...], cause: str) -> None:
    """Tell each order its arrival, when it is news."""
    for stop in stops:
        if stop.kind is not StopKind.DROPOFF:
            continue
        for order_id in stop.order_ids:
            order = draft.order(order_id)
            if not order.eta_at_ms or abs(order.eta_at_ms - stop.arrive_at_ms) >= ETA_STEP_MS:
                late = late_bound_ms(draft.now_ms, stop.arrive_at_ms)
                draft.emit(e.EtaChanged(replace(order, eta_at_ms=stop.arrive_at_ms, eta_late_at_ms=late), cause))


def _planned_orders(planned: PlannedRoute) -> tuple[str, ...]:
    return tuple(dict.fromkeys(order_id for stop in planned.stops for order_id in stop.order_ids))
