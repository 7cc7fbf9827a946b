"""Decisions of customers about their own order: how it is handed over, where it goes, when it comes, whether at all.

The theory. Until the goods are picked up nearly everything can still be changed; once they ride, only what the courier
can take in on the way; at the door nothing but words to the courier. So each kind of wish has its last moment
(`why_not`), which is told in a sentence, and the pages show nothing that would be refused (`may_wish`).

An order that changes while a courier has it stays with them where that fits: then the command brings their new route.
Where it does not fit, the order goes back to be planned. Two tabs of one customer do not overwrite each other: a wish
names the version that was seen (`Order.wish_version`), and an older one is refused.
"""

from dataclasses import replace
from typing import Final

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import wish_commands as w
from dispatch.domain.allotment import SHORT
from dispatch.domain.corrections import corrected
from dispatch.domain.depot_choice import check_depots, choose_depots, fetched_at, may_choose_anew
from dispatch.domain.ends import at_door, comes_at_ms, end_of
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.eta import EtaCause
from dispatch.domain.fulfilment import Mode
from dispatch.domain.holds import let_go_on
from dispatch.domain.intake import cancel_order
from dispatch.domain.mode_rules import AT_POINT, ENDED, PICKED_UP, WITH_CARRIER, Refusal, why_no_mode
from dispatch.domain.order import (
    BEFORE_PICKUP,
    FINISHED,
    ON_BOARD,
    WAITING,
    Direction,
    Lock,
    Order,
    OrderStatus,
    ProofKind,
)
from dispatch.domain.overrides import take_back
from dispatch.domain.plans import check_frozen, check_sequence, planned_orders
from dispatch.domain.route import PlannedRoute, Route, Stop, StopEnd, StopKind
from dispatch.domain.set_routes import set_route, show_eta
from dispatch.domain.stock import can_fetch_at
from dispatch.domain.wish import Wish, WishKind
from dispatch.domain.zone import Draft

S = OrderStatus
WISHED: Final = "wish"
"""How the history names that a customer changed their order, and why a route or an offer changed with it."""
BY_CUSTOMER: Final = "customer"
"""Why an order is canceled that its customer did not want any more."""
HELD_FOR_ADDRESS: Final = "address"
MOST_WISHES: Final = 50
"""So many of the newest are kept with the order."""
MAX_NOTE: Final = 500
LEAST_WINDOW_MS: Final = 15 * 60_000
MOST_WINDOW_MS: Final = 12 * 3_600_000
FARTHEST_MS: Final = 7 * 24 * 3_600_000
PATIENCE_MS: Final = 10 * 60_000
"""Who waits is asked again only when it becomes so much later than they were told (house figure)."""
IN_PERSON: Final = frozenset({ProofKind.PIN, ProofKind.SIGNATURE, ProofKind.AGE})
"""What only somebody at the door can show."""
NOTE_CHANGED, ADDRESS_CHANGED, WINDOW_CHANGED = "note_changed", "address_changed", "window_changed"
"""What the courier is told."""

_GOES_BACK: Final = ("goes_back", "This order could not be delivered; write to the dispatchers about what comes next.")
_AT_THE_DOOR: Final = ("at_the_door", "The courier is at your door already; write to the courier.")
_NEXT_STOP: Final = ("next_stop", "You are the courier's next stop, so the address stays; write to the courier.")
_ON_THE_ROAD: Final = ("picked_up", "The goods are on the road already, so their time can no longer be changed.")
_HANDOVER: Final = ("handover_planned", "The order is about to change courier; write to the dispatchers.")
_LOCKED: Final = ("planned_by_hand", "A dispatcher has planned this order by hand; write to the dispatchers.")
_RETURN: Final = ("not_for_returns", "A return is handed to the courier in person.")
_IN_PERSON: Final = (
    "proof_in_person",
    "This order is handed over in person: by PIN, signature or age check.",
)
_NOT_BROUGHT: Final = ("not_brought", "No courier of ours brings this order; write to the shop.")
_BROUGHT: Final = ("brought", "A courier brings this order as it is.")
_FETCHED: Final = ("fetched", "This order was placed to be fetched at its depot; write to the shop.")
_NO_GOODS: Final = ("goods_missing", "The goods of this order are not there yet; write to the shop.")


def why_not(order: Order, route: Route, kind: WishKind) -> Refusal | None:
    """Why the customer can no longer wish this, as (code, sentence); None when they can. `route` is its courier's."""
    if order.status in FINISHED:
        return ENDED
    if order.status is S.WITH_CARRIER:
        return WITH_CARRIER
    if order.status in (S.ATTEMPT_FAILED, S.RETURNING):
        return _GOES_BACK
    if order.status is (S.AT_PICKUP if order.direction is Direction.RETURN else S.AT_DROPOFF):
        return _AT_THE_DOOR
    return _TOO_LATE[kind](order, route) if kind in _TOO_LATE else None


def why_no_window(order: Order) -> Refusal | None:
    """Why staff can no longer choose another time with the customer; what is planned by hand they may plan again."""
    if order.status in FINISHED:
        return ENDED
    if order.mode is not Mode.DELIVERY:
        return _NOT_BROUGHT
    return _ON_THE_ROAD if order.status in ON_BOARD else None


def may_wish(order: Order, route: Route) -> tuple[WishKind, ...]:
    """What the customer can wish as things stand."""
    return tuple(kind for kind in WishKind if why_not(order, route, kind) is None)


def why_no_door(order: Order) -> Refusal | None:
    """Why the order cannot be left at the door; None when it can."""
    if order.direction is Direction.RETURN:
        return _RETURN
    if order.collection:
        return AT_POINT
    if order.mode is not Mode.DELIVERY:
        return _NOT_BROUGHT
    return _IN_PERSON if IN_PERSON & set(order.requires) else None


def _no_door(order: Order, route: Route) -> Refusal | None:
    del route
    return why_no_door(order)


def _no_address(order: Order, route: Route) -> Refusal | None:
    if order.handover:
        return _HANDOVER
    if order.collection:
        return AT_POINT
    if order.mode is not Mode.DELIVERY:
        return _NOT_BROUGHT
    if order.direction is Direction.RETURN and order.status in ON_BOARD:
        return PICKED_UP
    stop = door_stop(order, route)
    next_now = stop is not None and (stop.started or (order.status in ON_BOARD and stop == route.stops[0]))
    return _NEXT_STOP if next_now else None


def _not_before_pickup(order: Order, route: Route) -> Refusal | None:
    del route
    return PICKED_UP if order.status in ON_BOARD else None


def _no_wait(order: Order, route: Route) -> Refusal | None:
    del route
    return None if order.mode is Mode.DELIVERY else _NOT_BROUGHT


def _no_pickup(order: Order, route: Route) -> Refusal | None:
    """Only what a courier is to bring, and lies at its depot still."""
    del route
    if order.mode is not Mode.DELIVERY:
        return _NOT_BROUGHT
    if order.lock is not Lock.NONE:
        return _LOCKED
    if order.status is S.HELD and order.reason == SHORT:
        return _NO_GOODS
    return why_no_mode(order, Mode.SELF_PICKUP)


def _no_bringing(order: Order, route: Route) -> Refusal | None:
    """Who has paid for no delivery gets none; who wanted to fetch it themselves may think better of it."""
    del route
    if order.mode is Mode.DELIVERY:
        return _BROUGHT
    if not any(wish.kind is WishKind.PICKUP for wish in order.wishes):
        return _FETCHED
    return why_no_mode(order, Mode.DELIVERY)


def _no_window(order: Order, route: Route) -> Refusal | None:
    if order.mode is not Mode.DELIVERY:
        return _NOT_BROUGHT
    if order.lock is not Lock.NONE:
        return _LOCKED
    return _not_before_pickup(order, route)


_TOO_LATE = {
    WishKind.DOOR: _no_door,
    WishKind.ADDRESS: _no_address,
    WishKind.WINDOW: _no_window,
    WishKind.CANCEL: _not_before_pickup,
    WishKind.WAIT: _no_wait,
    WishKind.PICKUP: _no_pickup,
    WishKind.BRING: _no_bringing,
}


def door_stop(order: Order, route: Route) -> Stop | None:
    """The stop of the route at the order's door, if there is one ahead."""
    mine = (stop for stop in route.stops if order.id in stop.order_ids)
    return next((stop for stop in mine if at_door(stop.kind, order)), None)


# --- the wishes -------------------------------------------------------------------------------------------------


def write_instructions(draft: Draft, command: w.WriteInstructions) -> None:
    """What the courier reads at the door, and whether it may be left there. The same once more changes nothing."""
    order = _asked(draft, command.order_id, WishKind.NOTE, command.seen_version)
    note = command.note.strip()
    if len(note) > MAX_NOTE:
        raise InvalidInput("note_too_long", f"Instructions have at most {MAX_NOTE} characters.")
    kinds = []
    if command.leave_at_door is not order.leave_at_door:
        if command.leave_at_door:
            _check(why_not(order, draft.route(order.courier_id), WishKind.DOOR))
        kinds.append(WishKind.DOOR)
    if note != order.dropoff.note:
        kinds.append(WishKind.NOTE)
    if not kinds:
        return
    told = replace(order, dropoff=replace(order.dropoff, note=note), leave_at_door=command.leave_at_door)
    draft.change_order(noted(draft, told, *(Wish(kind, draft.now_ms) for kind in kinds)), WISHED)
    _tell_stop(draft, order.id)
    _notice(draft, draft.order(order.id), NOTE_CHANGED)


def change_address(draft: Draft, command: w.ChangeAddress) -> None:
    """The order goes elsewhere: with its courier where the command brings their route, else it is planned again."""
    order = _asked(draft, command.order_id, WishKind.ADDRESS, command.seen_version)
    if not command.address.strip():
        raise InvalidInput("address_missing", "Say how people write the address.")
    if order.courier_id != command.courier_id:
        raise _stale()
    if command.route:
        _check_kept(draft, command, command.route)
        draft.change_order(_moved(draft, command, order), WISHED)
        _set_route(draft, command.route, order.id)
        _notice(draft, draft.order(order.id), ADDRESS_CHANGED, command.address.strip())
        return
    if order.status in ON_BOARD:
        raise Conflict("address_does_not_fit", "The courier cannot fit this address in; write to the courier.")
    if order.status in BEFORE_PICKUP:
        if order.lock is not Lock.NONE:
            raise Conflict(*_LOCKED)
        take_back(draft, (order.id,), WISHED)
    moved = _moved(draft, command, draft.order(order.id))
    if command.depot_id:
        if not may_choose_anew(order):
            raise _stale()
        moved = fetched_at(draft, moved, command.depot_id, command.depot_options)
    moved = draft.change_order(replace(moved, cut_off=""), WISHED)
    was_unreachable = order.status is S.HELD and (order.reason == HELD_FOR_ADDRESS or order.cut_off)
    was_short = order.status is S.HELD and order.reason == SHORT and can_fetch_at(draft, moved, moved.depot_id)
    if was_unreachable or was_short:
        let_go_on(draft, moved)


def choose_window(draft: Draft, command: w.ChooseWindow) -> None:
    """The order comes at another time. A courier who would be there before it is freed from the order."""
    order = draft.order(command.order_id)
    route = draft.route(order.courier_id)
    _check(why_no_window(order) if command.by else why_not(order, route, WishKind.WINDOW))
    _check_seen(order, command.seen_version)
    begins_ms = max(command.earliest_at_ms, draft.now_ms)
    width_ms = command.promise_at_ms - begins_ms
    if not LEAST_WINDOW_MS <= width_ms <= MOST_WINDOW_MS or begins_ms > draft.now_ms + FARTHEST_MS:
        raise InvalidInput("bad_window", "Choose a time that lies ahead, within a week, of 15 minutes to 12 hours.")
    if command.promise_at_ms <= order.ready_at_ms:
        raise InvalidInput("window_too_early", "The goods are not ready by then; choose a later time.")
    wish = Wish(
        WishKind.WINDOW, draft.now_ms, was_at_ms=order.promise_at_ms, by=command.by, reason=command.reason.strip()
    )
    if order.status in BEFORE_PICKUP and not _comes_within(draft, order, command):
        take_back(draft, (order.id,), WISHED)
    chosen = replace(
        draft.order(order.id),
        earliest_at_ms=command.earliest_at_ms,
        promise_at_ms=command.promise_at_ms,
        commit_due_at_ms=command.commit_due_at_ms,
        waits_until_ms=0,
    )
    draft.change_order(noted(draft, chosen, wish), WISHED)
    _tell_stop(draft, order.id)
    _notice(draft, draft.order(order.id), WINDOW_CHANGED)


def cancel_as_customer(draft: Draft, command: w.CancelAsCustomer) -> None:
    """The order ends. A second time changes nothing."""
    order = draft.order(command.order_id)
    if order.status is S.CANCELED:
        return
    asked = _asked(draft, command.order_id, WishKind.CANCEL, command.seen_version)
    draft.change_order(noted(draft, asked, Wish(WishKind.CANCEL, draft.now_ms)), WISHED)
    cancel_order(draft, c.CancelOrder(asked.id, BY_CUSTOMER))


def accept_delay(draft: Draft, command: w.AcceptDelay) -> None:
    """The customer waits; they are asked again when it becomes much later still."""
    order = _asked(draft, command.order_id, WishKind.WAIT, None)
    until_ms = max(order.eta_at_ms, order.eta_late_at_ms, order.promise_at_ms, draft.now_ms) + PATIENCE_MS
    if until_ms > order.waits_until_ms:
        waits = replace(order, waits_until_ms=until_ms, wishes=_kept(order, Wish(WishKind.WAIT, draft.now_ms)))
        draft.change_order(waits, WISHED)


# --- parts ------------------------------------------------------------------------------------------------------


def _asked(draft: Draft, order_id: str, kind: WishKind, seen_version: int | None) -> Order:
    """The order, if the customer can still wish this and has seen what was wished last. Raises `Conflict`."""
    order = draft.order(order_id)
    check_wish(draft, order, kind, seen_version)
    return order


def check_wish(draft: Draft, order: Order, kind: WishKind, seen_version: int | None) -> None:
    """Raises `Conflict` where the customer can no longer wish this, or has not seen what was wished last."""
    _check(why_not(order, draft.route(order.courier_id), kind))
    _check_seen(order, seen_version)


def _check(refusal: Refusal | None) -> None:
    if refusal:
        raise Conflict(*refusal)


def _check_seen(order: Order, seen_version: int | None) -> None:
    if seen_version is not None and seen_version < order.wish_version:
        raise Conflict("stale_order", "This order was changed in another window; look at it and decide anew.")


def _stale() -> Conflict:
    return Conflict("stale_plan", "The courier's route changed meanwhile; look again.")


def _kept(order: Order, *wishes: Wish) -> tuple[Wish, ...]:
    return (*order.wishes, *wishes)[-MOST_WISHES:]


def noted(draft: Draft, order: Order, *wishes: Wish) -> Order:
    """The order with what its customer has just wished."""
    return replace(order, wishes=_kept(order, *wishes), wish_version=draft.version)


def _moved(draft: Draft, command: w.ChangeAddress, order: Order) -> Order:
    """The order with its new door, at the corrected place of that door."""
    door = replace(order.dropoff, place=command.place, address=command.address.strip(), marked=None)
    moved = replace(
        order,
        dropoff=corrected(door, draft.base.corrections),
        promise_at_ms=max(order.promise_at_ms, command.promise_at_ms),
        waits_until_ms=0,
    )
    was = order.dropoff.address
    wish = Wish(WishKind.ADDRESS, draft.now_ms, was=was, by=command.by, reason=command.reason.strip())
    return noted(draft, moved, wish)


def _check_kept(draft: Draft, command: w.ChangeAddress, planned: PlannedRoute) -> None:
    """The new route is its courier's, about the same orders, and made of what the route is now."""
    route = draft.route(command.courier_id)
    if planned.courier_id != command.courier_id or route.version > command.base_version:
        raise _stale()
    if set(planned_orders(planned)) != set(route.order_ids()):
        raise _stale()
    check_frozen(route, planned)
    check_sequence(draft, planned)
    check_depots(draft, planned)


def _set_route(draft: Draft, planned: PlannedRoute, order_id: str) -> None:
    """The route takes effect; its customer is told that the address moves their time, the others hear of the queue."""
    choose_depots(draft, planned)
    order = draft.order(order_id)
    for stop in planned.stops:
        if order_id in stop.order_ids and at_door(stop.kind, order):
            show_eta(draft, order, comes_at_ms(order, stop.arrive_at_ms), EtaCause.ADDRESS)
    set_route(draft, planned, WISHED)


def _comes_within(draft: Draft, order: Order, command: w.ChooseWindow) -> bool:
    """Whether the courier who has the order (not: is asked for it) would be at the door in the new window anyway."""
    stop = door_stop(order, draft.route(order.courier_id))
    if stop is None or order.status is S.OFFERED:
        return False
    return command.earliest_at_ms <= stop.arrive_at_ms <= command.promise_at_ms


def _tell_stop(draft: Draft, order_id: str) -> None:
    """The order's stop at its door says what the order now says."""
    order = draft.order(order_id)
    route = draft.route(order.courier_id)
    stops = tuple(_retold(draft, stop, order) for stop in route.stops)
    if stops != route.stops:
        draft.change_route(order.courier_id, stops, WISHED)


def _retold(draft: Draft, stop: Stop, order: Order) -> Stop:
    if order.id not in stop.order_ids or end_of(stop.kind, order) is not StopEnd.DOOR:
        return stop
    orders = [draft.order(order_id) for order_id in stop.order_ids]
    note = orders[0].dropoff.note
    pickup = stop.kind is StopKind.PICKUP
    earliest_ms = max(each.ready_at_ms if pickup else each.earliest_at_ms for each in orders)
    latest_ms = min(each.promise_at_ms for each in orders)
    return replace(stop, note=note, earliest_at_ms=earliest_ms, latest_at_ms=latest_ms)


def _notice(draft: Draft, order: Order, code: str, place: str = "") -> None:
    """The courier who has the order hears of it; who is only asked for it sees it in the offer."""
    if order.courier_id and order.status not in WAITING and order.status is not S.OFFERED:
        draft.emit(e.CourierNoticed(order.courier_id, code, (order.id,), place))
