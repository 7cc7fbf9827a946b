"""Decisions about plans: what the planner or a dispatcher wants is checked against the state as it now stands.

A plan is refused as a whole when anything that it touches changed after the version on which it is based, when
it moves a started stop, a locked or an offered order, or when it loses an order. Whether it is also *good* (driving
times, windows, capacity) is checked before, by `planning.checker`, which needs the roads.
"""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.depot_choice import check_depots, choose_depots
from dispatch.domain.ends import needs_dropoff
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.locks import check_locks
from dispatch.domain.offers import make_offer, make_shared_offers, release_order
from dispatch.domain.order import ON_BOARD, Lock, Order, OrderStatus
from dispatch.domain.route import PlannedRoute, Route, StopKind
from dispatch.domain.set_routes import set_route, show_etas
from dispatch.domain.zone import Draft


def adopt_plan(draft: Draft, command: c.AdoptPlan) -> None:
    """The planner's routes take effect, all of them or none."""
    _check_base(draft, command.base_version, command.routes)
    _check_movable(draft, command.routes)
    for planned in command.routes:
        choose_depots(draft, planned)
    moved = _take_and_give(draft, command.routes, command.offer_ttl_ms, command.reason)
    for planned in command.routes:
        set_route(draft, planned, command.reason, command.engines, command.gain)
    draft.emit(e.PlanAdopted(draft.version, command.engines, command.reason, moved, command.gain))


def offer_to_many(draft: Draft, command: c.OfferToMany) -> None:
    """Waiting orders are held out to several couriers at once; each route would be that courier's, with the orders."""
    asked = {route.courier_id for route in command.routes}
    if not (command.offer_ttl_ms and command.order_ids and asked) or len(asked) < len(command.routes):
        raise InvalidInput("bad_offer", "An offer to several has orders and some time, and asks each courier once.")
    _check_base(draft, command.base_version, command.routes)
    for planned in command.routes:
        _check_movable(draft, (planned,))
        before = set(draft.route(planned.courier_id).order_ids())
        if set(planned_orders(planned)) != before | set(command.order_ids):
            raise InvalidInput("bad_offer", f"The route of courier {planned.courier_id} is not for the same orders.")
    make_shared_offers(draft, command.order_ids, command.routes, command.offer_ttl_ms)
    draft.emit(e.PlanAdopted(draft.version, command.engines, command.reason, 0, command.gain))


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
        show_etas(draft, stops, command.cause)


def learn_spread(draft: Draft, command: c.LearnSpread) -> None:
    """Customers are told ranges by what was learnt. Raises `InvalidInput` for a table that is none."""
    lefts = [left for left, _ in command.spread.points]
    if not lefts or lefts != sorted(set(lefts)) or any(margin < 0 for _, margin in command.spread.points):
        raise InvalidInput("bad_spread", "A spread has points with rising times and margins that are not negative.")
    if command.spread != draft.base.spread:
        draft.emit(e.SpreadLearnt(command.spread))


def _check_base(draft: Draft, base_version: int, routes: tuple[PlannedRoute, ...]) -> None:
    """Refuse a plan that was made on an older picture of anything that it touches."""
    for planned in routes:
        touched = {*planned_orders(planned), *draft.route(planned.courier_id).order_ids()}
        versions = [draft.route(planned.courier_id).version, *(draft.order(o).changed_version for o in touched)]
        if max(versions) > base_version:
            raise Conflict("stale_plan", f"Courier {planned.courier_id}'s work changed after version {base_version}.")


def _check_movable(draft: Draft, routes: tuple[PlannedRoute, ...]) -> None:
    """Refuse a plan that loses, doubles or moves what must not move."""
    placed: dict[str, str] = {}
    for planned in routes:
        draft.courier(planned.courier_id)
        check_frozen(draft.route(planned.courier_id), planned)
        check_sequence(draft, planned)
        check_locks(draft, draft.route(planned.courier_id), planned)
        check_depots(draft, planned)
        for order_id in planned_orders(planned):
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


def check_frozen(route: Route, planned: PlannedRoute) -> None:
    """Started stops stay where they are, in front. Raises `Conflict`."""
    started = [(stop.kind, stop.order_ids) for stop in route.stops if stop.started]
    if [(stop.kind, stop.order_ids) for stop in planned.stops[: len(started)]] != started:
        raise Conflict("frozen_stop", f"The plan moves a stop that courier {route.courier_id} has started.")


def check_sequence(draft: Draft, planned: PlannedRoute) -> None:
    """Every order is picked up once, then dropped off once; goods on board only the latter. Raises `InvalidInput`."""
    picked: set[str] = set()
    dropped: set[str] = set()
    taken: list[str] = []
    for stop in planned.stops:
        for order_id in stop.order_ids:
            if stop.takes_over:
                taken.append(order_id)
            elif stop.kind is StopKind.PICKUP:
                if order_id in picked or draft.order(order_id).status in ON_BOARD:
                    raise InvalidInput("bad_sequence", f"The plan picks order {order_id} up twice.")
                picked.add(order_id)
            else:
                if order_id in dropped or not (order_id in picked or needs_dropoff(draft.order(order_id))):
                    raise InvalidInput("bad_sequence", f"The plan drops order {order_id} off without having it.")
                dropped.add(order_id)
    if sorted(taken) != sorted(draft.route(planned.courier_id).to_take_over()):
        raise Conflict("not_movable", f"The plan changes what courier {planned.courier_id} takes over from others.")
    if picked - dropped:
        raise InvalidInput("bad_sequence", f"The plan never drops off {sorted(picked - dropped)}.")


def _take_and_give(draft: Draft, routes: tuple[PlannedRoute, ...], ttl_ms: int, reason: str) -> int:
    """Release what leaves a courier, then offer or assign what is new to one. Returns how many orders moved."""
    placed = {order_id: planned.courier_id for planned in routes for order_id in planned_orders(planned)}
    moved = 0
    for planned in routes:
        for order_id in draft.base.route(planned.courier_id).order_ids():
            if placed.get(order_id) != planned.courier_id:
                release_order(draft, draft.order(order_id), reason)
                moved += 1
    for planned in routes:
        new = tuple(draft.order(o) for o in planned_orders(planned) if not draft.order(o).courier_id)
        if new:
            make_offer(draft, planned.courier_id, new, ttl_ms, planned)
    return moved


def planned_orders(planned: PlannedRoute) -> tuple[str, ...]:
    """Every order of the route, each once, in order of first visit; not what is yet to be taken over from others."""
    own = (stop for stop in planned.stops if not stop.takes_over)
    return tuple(dict.fromkeys(order_id for stop in own for order_id in stop.order_ids))
