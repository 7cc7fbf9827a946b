"""Decisions by hand: a dispatcher overrules the system, and each time it is recorded what that changed.

The theory. Whatever a dispatcher does comes down to four acts: orders are taken from their couriers, orders are given
to one, a route's stops come in another order, or an order's own fields change. `overrule` does the acts of an action
and then reads from the events what they touched, so that the record, from which the override can be taken back
(`override_undo`), cannot forget anything. Goods on board never move by an override: only a hand-over moves them.

An override is refused when what it is about has changed since the dispatcher looked. What else happened in the zone,
and something does with every tap of any courier, is not its concern. Whether it is *good* is not judged here; the
planner has said so before (`planning.by_hand`), and its word is kept in the record.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.depot_choice import check_depots, choose_depots
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.fulfilment import Mode
from dispatch.domain.holds import let_go_by_hand
from dispatch.domain.offer import Offer
from dispatch.domain.offers import close_offer, make_offer, release_order, withdraw_offer
from dispatch.domain.order import BEFORE_PICKUP, FINISHED, ON_BOARD, TO_CUSTOMER, Lock, Order, OrderStatus
from dispatch.domain.override import Override, OverrideAction, mark_of, route_mark
from dispatch.domain.plans import check_frozen, check_sequence, planned_orders
from dispatch.domain.route import PlannedRoute
from dispatch.domain.set_routes import set_route
from dispatch.domain.zone import Draft, ZoneState

TOP_PRIORITY = 9
"""What an expedited order gets: the highest that a shop can ask for."""
HELD_BY_HAND = "review"
"""Why an order waits that a dispatcher holds; their own words are the house's and stay in the record."""
WHY = "override"
_NOT_NOW = frozenset({OrderStatus.HELD, OrderStatus.AT_DEPOT, OrderStatus.WITH_CARRIER})
"""No courier is looked for."""
A = OverrideAction


def overrule(draft: Draft, command: c.Overrule) -> None:
    """A person's decision takes effect, is audited, and kept with what it changed and what was expected of it."""
    check_seen(draft.base, command)
    for order_id in command.order_ids:
        _check_open(draft.order(order_id))
    had = {order_id: draft.order(order_id).courier_id for order_id in command.order_ids}
    _ACTS[command.action](draft, command)
    draft.emit(e.OverrideChanged(_record(draft, command)))
    word = f"lock {command.lock}" if command.action in (A.LOCK, A.UNLOCK) else command.action.value
    for order_id in command.order_ids or ("",):
        courier_id = command.courier_id or had.get(order_id, "")
        draft.emit(e.Overridden(word, order_id, courier_id, command.reason))


def assign_by_hand(draft: Draft, command: c.AssignByHand) -> None:
    """See `overrule`."""
    ids = (command.order_id,)
    courier_id, routes = command.route.courier_id, (command.route,)
    overrule(draft, c.Overrule(A.ASSIGN, ids, command.reason, courier_id, routes, base_version=command.base_version))


def unassign_by_hand(draft: Draft, command: c.UnassignByHand) -> None:
    """See `overrule`."""
    wanted = c.Overrule(A.UNASSIGN, (command.order_id,), command.reason, base_version=command.base_version)
    overrule(draft, wanted)


def lock_order(draft: Draft, command: c.LockOrder) -> None:
    """See `overrule`."""
    action = A.UNLOCK if command.lock is Lock.NONE else A.LOCK
    ids, base = (command.order_id,), command.base_version
    overrule(draft, c.Overrule(action, ids, command.reason, lock=command.lock, base_version=base))


def has_changed(state: ZoneState, command: c.Overrule, since_version: int) -> bool:
    """Whether what an override is about changed after a plan version that a dispatcher saw.

    That is its orders, the routes that they are on, and the route of the courier whom it names. A version that the zone
    has not reached counts as changed: it was seen before the zone was restored from an older copy.
    """
    orders = [state.orders[order_id] for order_id in command.order_ids if order_id in state.orders]
    couriers = {command.courier_id, *(order.courier_id for order in orders)}
    versions = [0, *(order.changed_version for order in orders), *(state.route(each).version for each in couriers)]
    return not max(versions) <= since_version <= state.plan_version


def check_seen(state: ZoneState, command: c.Overrule) -> None:
    """Refuse an override that was decided on an older picture; no version means: as it stands now."""
    seen = command.base_version
    if seen is not None and has_changed(state, command, seen):
        raise Conflict("stale_plan", f"This changed after plan version {seen}; look again and decide anew.")


def note_outcomes(draft: Draft) -> None:
    """What became of orders that overrides touched, for the record; an end that was taken back is open again."""
    changed = dict.fromkeys(event.order.id for event in draft.events if isinstance(event, e.OrderChanged))
    for order_id in changed:
        before, order = draft.base.orders.get(order_id), draft.order(order_id)
        if before and (before.status in FINISHED) is not (order.status in FINISHED):
            _note_outcome(draft, order)


def _note_outcome(draft: Draft, order: Order) -> None:
    for known in draft.base.overrides.values():
        override = draft.override(known.id)
        if not override.undone_at_ms and any(eta.order_id == order.id for eta in override.effects.etas):
            draft.emit(e.OverrideChanged(override.with_outcome(order)))


# --- taking and giving ------------------------------------------------------------------------------------------


def take_back(draft: Draft, order_ids: Iterable[str], reason: str, *, declined: bool = False) -> None:
    """Free orders that are not picked up; when `declined`, their couriers are not asked again.

    What else an open offer holds stays offered to its courier for the rest of its time.
    """
    taken = {order_id: draft.order(order_id).courier_id for order_id in order_ids}
    for order_id, courier_id in taken.items():
        order = draft.order(order_id)
        if order.status is OrderStatus.OFFERED:
            _split_offer(draft, draft.offer(order.offer_id), frozenset(taken), reason)
        elif order.status in BEFORE_PICKUP:
            release_order(draft, order, reason)
            rest = draft.route(courier_id).without_orders(frozenset({order_id}))
            draft.change_route(courier_id, rest, reason)
    for order_id, courier_id in taken.items():
        free = draft.order(order_id)
        if declined and courier_id and courier_id not in free.declined_by:
            draft.change_order(replace(free, declined_by=(*free.declined_by, courier_id)), "excluded")


def give(draft: Draft, courier_id: str, order_ids: Iterable[str]) -> None:
    """Assign free orders to a courier without asking; those that they have accepted already stay theirs."""
    new = [draft.order(order_id) for order_id in order_ids if draft.order(order_id).courier_id != courier_id]
    make_offer(draft, courier_id, tuple(new), 0)


def lock(draft: Draft, order_ids: Iterable[str], how: Lock) -> None:
    """Set what the planner must not change about orders."""
    for order_id in order_ids:
        draft.change_order(replace(draft.order(order_id), lock=how), "lock")


def put_route(draft: Draft, planned: PlannedRoute) -> None:
    """Let a courier's stops become these. Refuses what moves started stops, makes no sense, or is not about exactly the
    courier's orders. Locks do not bind the person who may set and lift them.
    """
    if set(planned_orders(planned)) != {order.id for order in _orders_of(draft, planned.courier_id)}:
        raise Conflict("stale_plan", "The courier's route changed meanwhile; look again.")
    check_frozen(draft.route(planned.courier_id), planned)
    check_sequence(draft, planned)
    check_depots(draft, planned)
    choose_depots(draft, planned)
    set_route(draft, planned, WHY)


def _orders_of(draft: Draft, courier_id: str) -> list[Order]:
    """The courier's orders that belong on a route, in the draft: those on it now and those given in this decision."""
    on_route = draft.route(courier_id).order_ids()
    given = (event.order.id for event in draft.events if isinstance(event, e.OrderChanged))
    orders = [draft.order(order_id) for order_id in dict.fromkeys((*on_route, *given))]
    return [order for order in orders if order.courier_id == courier_id]


def _split_offer(draft: Draft, offer: Offer, taken: frozenset[str], reason: str) -> None:
    """Revoke an offer for the sake of some of its orders, and offer its courier the others until the same moment.

    What several couriers are asked for at once is left to the planner.
    """
    others = tuple(order_id for order_id in offer.order_ids if order_id not in taken)
    stops = draft.route(offer.courier_id).without_orders(taken)
    withdraw_offer(draft, offer, reason)
    if others and not offer.is_shared:
        ttl_ms = max(1, offer.expires_at_ms - draft.now_ms)
        make_offer(draft, offer.courier_id, tuple(draft.order(each) for each in others), ttl_ms)
        draft.change_route(offer.courier_id, stops, reason)


def _route(command: c.Overrule) -> PlannedRoute:
    """The new stops of the courier whom the override names."""
    found = next((route for route in command.routes if route.courier_id == command.courier_id), None)
    if found is None:
        raise InvalidInput("route_missing", "The override has to bring the courier's new route.")
    return found


def _check_open(order: Order) -> None:
    if order.status in FINISHED:
        raise Conflict("order_finished", f"Order {order.id} is {order.status}; there is nothing left to change.")


# --- the actions ------------------------------------------------------------------------------------------------


def _give_away(draft: Draft, command: c.Overrule) -> None:
    """The orders leave whoever had them, go to this courier at once, and are locked there."""
    courier_id = draft.courier(command.courier_id).id
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if order.status in ON_BOARD:
            raise Conflict(
                "goods_on_board", f"The goods of order {order_id} are on board; only a hand-over moves them."
            )
        if order.status is OrderStatus.HELD:
            raise Conflict("order_held", f"Order {order_id} is held ({order.reason}); release it first.")
        if order.mode is not Mode.DELIVERY:
            raise Conflict("not_brought", f"No courier is to bring order {order_id}; change first who brings it.")
    theirs = [draft.order(order_id) for order_id in command.order_ids]
    take_back(draft, [o.id for o in theirs if o.courier_id != courier_id or o.status is OrderStatus.OFFERED], WHY)
    give(draft, courier_id, command.order_ids)
    lock(draft, command.order_ids, Lock.COURIER)
    put_route(draft, _route(command))


def _take_away(draft: Draft, command: c.Overrule) -> None:
    """The orders wait again, and their courier is not asked again."""
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if order.status not in BEFORE_PICKUP:
            raise Conflict("wrong_state", f"An order that is {order.status} cannot be taken back.")
    take_back(draft, command.order_ids, command.reason, declined=True)


def _split(draft: Draft, command: c.Overrule) -> None:
    """Some orders of one courier go to another one, or back to those that wait."""
    if len({draft.order(order_id).courier_id for order_id in command.order_ids}) != 1:
        raise InvalidInput("not_one_route", "The orders to split off have to be on one courier's route.")
    if command.courier_id:
        _give_away(draft, command)
    else:
        _take_away(draft, command)


def _merge(draft: Draft, command: c.Overrule) -> None:
    if len(set(command.order_ids)) < 2:
        raise InvalidInput("too_few_orders", "Name at least two orders to merge.")
    _give_away(draft, command)


def _lock(draft: Draft, command: c.Overrule) -> None:
    """Bind orders to their couriers, or let the planner have them again."""
    for order_id in command.order_ids:
        if command.lock is not Lock.NONE and not draft.order(order_id).courier_id:
            raise Conflict("wrong_state", "Nobody has this order yet; there is nothing to lock it to.")
    lock(draft, command.order_ids, command.lock)


def _resequence(draft: Draft, command: c.Overrule) -> None:
    """A courier's stops come in the given order, which the planner then keeps."""
    route = _route(command)
    current = draft.route(route.courier_id)
    wanted = sorted((stop.kind, order_id) for stop in route.stops for order_id in stop.order_ids)
    if wanted != sorted(route_mark(current).visits):
        raise Conflict("stale_plan", "The courier's route changed meanwhile; look again.")
    weaker = (Lock.NONE, Lock.COURIER)
    planned = (stop for stop in current.stops if not (stop.started or stop.takes_over))
    ahead = dict.fromkeys(order_id for stop in planned for order_id in stop.order_ids)
    lock(draft, [o for o in ahead if draft.order(o).lock in weaker], Lock.SEQUENCE)
    put_route(draft, route)


def _exclude(draft: Draft, command: c.Overrule) -> None:
    """A courier is not asked for an order; whoever has it loses it, unless the goods are on board."""
    courier_id = draft.courier(command.courier_id).id
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if courier_id in order.declined_by:
            raise Conflict("already_excluded", f"Courier {courier_id} is not asked for order {order_id} as it is.")
        if order.courier_id != courier_id:
            _ask_no_more(draft, courier_id, order_id)
            asked = draft.order(order_id)
            draft.change_order(replace(asked, declined_by=(*asked.declined_by, courier_id)), "excluded")
        elif order.status in ON_BOARD:
            raise Conflict(
                "goods_on_board", f"The goods of order {order_id} are on board; only a hand-over moves them."
            )
        else:
            take_back(draft, (order_id,), command.reason, declined=True)


def _ask_no_more(draft: Draft, courier_id: str, order_id: str) -> None:
    """End the courier's part of an offer to several; the others are asked on."""
    for offer in map(draft.base.offers.__getitem__, draft.base.open_offers):
        if offer.courier_id == courier_id and order_id in offer.order_ids:
            close_offer(draft, offer, "revoked", WHY)


def _include(draft: Draft, command: c.Overrule) -> None:
    """A courier may be asked again, also when it was they who refused."""
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if command.courier_id not in order.declined_by:
            raise Conflict("not_excluded", f"Courier {command.courier_id} may be asked for order {order_id} as it is.")
        left = tuple(each for each in order.declined_by if each != command.courier_id)
        draft.change_order(replace(order, declined_by=left), "included")


def _hold(draft: Draft, command: c.Overrule) -> None:
    """The orders leave their routes and wait until they are released."""
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if order.status is OrderStatus.HELD or order.status in ON_BOARD:
            raise Conflict("wrong_state", f"An order that is {order.status} cannot be held.")
    take_back(draft, command.order_ids, WHY)
    for order_id in command.order_ids:
        draft.move_order(draft.order(order_id), OrderStatus.HELD, HELD_BY_HAND)


def _release(draft: Draft, command: c.Overrule) -> None:
    """Held orders go on."""
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if order.status is not OrderStatus.HELD:
            raise Conflict("wrong_state", f"The order is {order.status}, not held.")
        let_go_by_hand(draft, order)


def _expedite(draft: Draft, command: c.Overrule) -> None:
    """The orders come first: planned at once, or pulled forward on the route that they are on, and kept there."""
    for order_id in command.order_ids:
        order = draft.order(order_id)
        if order.status in ON_BOARD - TO_CUSTOMER or order.status in _NOT_NOW:
            raise Conflict("wrong_state", f"An order that is {order.status} cannot be expedited.")
        first = replace(order, priority=TOP_PRIORITY, commit_due_at_ms=0)
        draft.change_order(replace(first, lock=Lock.POSITION if command.routes else order.lock), "expedited")
    for route in command.routes:
        put_route(draft, route)


_ACTS: dict[OverrideAction, Callable[[Draft, c.Overrule], None]] = {
    A.ASSIGN: _give_away,
    A.UNASSIGN: _take_away,
    A.LOCK: _lock,
    A.UNLOCK: _lock,
    A.RESEQUENCE: _resequence,
    A.EXCLUDE: _exclude,
    A.INCLUDE: _include,
    A.HOLD: _hold,
    A.RELEASE: _release,
    A.SPLIT: _split,
    A.MERGE: _merge,
    A.EXPEDITE: _expedite,
}


def _record(draft: Draft, command: c.Overrule) -> Override:
    """The override with all that this decision has touched so far."""
    order_ids = dict.fromkeys(event.order.id for event in draft.events if isinstance(event, e.OrderChanged))
    couriers = dict.fromkeys(event.route.courier_id for event in draft.events if isinstance(event, e.RouteChanged))
    return Override(
        id=command.override_id or f"ov-{draft.version}",
        action=command.action,
        order_ids=command.order_ids,
        courier_id=command.courier_id,
        reason=command.reason,
        by=command.by,
        at_ms=draft.now_ms,
        version=draft.version,
        effects=command.effects,
        before=tuple(mark_of(draft.base.orders[order_id]) for order_id in order_ids),
        after=tuple(mark_of(draft.order(order_id)) for order_id in order_ids),
        routes_before=tuple(route_mark(draft.base.route(each)) for each in couriers),
        routes_after=tuple(route_mark(draft.route(each)) for each in couriers),
        lock=command.lock,
        forced=command.forced,
    )
