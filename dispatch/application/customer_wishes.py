"""A customer changes their own order: what it would do is shown before it is asked for.

The theory is that of overrides: a change is tried out on a copy of the zone by the zone's own `apply`, with the routes
that the planner makes for it, so what is shown is what would happen, refusals included. Where an order goes is the one
change that needs the roads: the new place has to lie in the city and on a way from the depot; a courier who has the
order keeps it where the rules and everybody else's promise allow (`planning.moved_door`), else it is planned again. The
depot it is fetched at then is the one that an order to that place would get, if its shop has left the choice to us.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite
from typing import Final

from dispatch.application.goods import Goods
from dispatch.application.meetings import zone_route
from dispatch.application.orders import ChosenDepots, IntakePolicy, Supply, choose_anew, ways_s, window_due_ms
from dispatch.application.override_scene import OverrideScene, around_order, scene
from dispatch.application.overrides import Surroundings, lost_ms
from dispatch.application.ports import Position
from dispatch.application.problem_builder import Snapshot, build_problem
from dispatch.application.travel_book import TravelBook
from dispatch.domain.apply import apply
from dispatch.domain.depot_choice import may_choose_anew
from dispatch.domain.ends import at_door, comes_at_ms
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.events import Event, OrderChanged
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Point
from dispatch.domain.mode_commands import ChangeMode
from dispatch.domain.order import ON_BOARD, WAITING, Lock, Order, OrderStatus
from dispatch.domain.route import PlannedRoute
from dispatch.domain.windows import Window, windows_ahead, works_until_ms
from dispatch.domain.wish import WishKind
from dispatch.domain.wish_commands import ChangeAddress, ChooseWindow
from dispatch.domain.wishes import WISHED, why_no_window, why_not
from dispatch.domain.zone import ZoneState
from dispatch.planning.by_hand import doors_ms
from dispatch.planning.moved_door import expected_ms, plan_moved_door
from dispatch.planning.problem import UNREACHABLE_MS

APPROACH_MS: Final = 10 * 60_000
"""What it takes a courier to be at the depot when nobody is known to be free for an order (house figure)."""
WORTH_A_CHANGE_MS: Final = 5 * 60_000
"""A late courier loses an order only when another one would be there so much sooner (house figure)."""


class Keeping(StrEnum):
    """What becomes of the courier: nobody has the order yet, they keep it, or one is looked for again."""

    NOBODY = "nobody"
    KEPT = "kept"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """Where a customer wants their order, and how people write that. The others are as in `ChangeAddress`."""

    place: Point
    address: str
    seen_version: int | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AddressEffect:
    """What a new address does: the arrival with it (0: nobody knows) and as it is now, and who brings it."""

    expected_at_ms: int
    late_at_ms: int
    before_at_ms: int
    before_late_at_ms: int
    promise_at_ms: int
    keeping: Keeping


async def look_at_address(
    order_id: str, wanted: NewAddress, around: Surroundings, policy: IntakePolicy
) -> tuple[ChangeAddress, AddressEffect]:
    """The command for a new address, and its effect. Raises the `DomainError` with which it is refused."""
    state, now_ms = around.replica.state, around.clock.now_ms()
    order = known_order(state, order_id)
    _check(state, order, WishKind.ADDRESS)
    chosen = await _chosen_depots(order, wanted.place, around, policy)
    where = await around.positions.latest(state.zone_id)
    look = _Look(state, order, where, around, TravelBook(around.travel_times), now_ms)
    asked = ChangeAddress(
        order_id,
        wanted.place,
        wanted.address,
        order.courier_id,
        base_version=state.plan_version,
        seen_version=wanted.seen_version,
        by=wanted.by,
        reason=wanted.reason,
    )
    kept = await look.kept(asked, _moved(order, wanted)) if _has_courier(order) else None
    if may_choose_anew(order):
        asked = replace(asked, depot_id=chosen.depot_id, depot_options=chosen.options)
    command, expected_at_ms = kept or (asked, 0)
    if not kept or (_is_late(order, expected_at_ms) and _may_go_back(order)):
        again_ms = await look.again(asked, round(chosen.ride_s * 1000))
        if not kept or again_ms + WORTH_A_CHANGE_MS < expected_at_ms:
            command, expected_at_ms = asked, again_ms
    keeping = Keeping.KEPT if command.route else Keeping.AGAIN if order.courier_id else Keeping.NOBODY
    effect = _effect(state, order, max(expected_at_ms, order.earliest_at_ms), keeping, now_ms)
    return replace(command, promise_at_ms=effect.promise_at_ms), effect


async def windows_of(
    order_id: str, around: Surroundings, policy: IntakePolicy, *, by_staff: bool = False
) -> tuple[Window, tuple[Window, ...]]:
    """As soon as possible, and the later windows. Raises the `DomainError` with which choosing one is refused."""
    state, now_ms = around.replica.state, around.clock.now_ms()
    order = known_order(state, order_id)
    _check_window(state, order, by_staff=by_staff)
    ride_ms = await _ride_ms(order, around, policy)
    return _windows(state, order, ride_ms, now_ms, policy)


async def look_at_window(wanted: ChooseWindow, around: Surroundings, policy: IntakePolicy) -> ChooseWindow:
    """The command for one of the windows, with when a courier is to be found for it.

    Raises `Conflict` when it is none (any more), or what refuses choosing.
    """
    state, now_ms = around.replica.state, around.clock.now_ms()
    order = known_order(state, wanted.order_id)
    _check_window(state, order, by_staff=bool(wanted.by))
    ride_ms = await _ride_ms(order, around, policy)
    soon, later = _windows(state, order, ride_ms, now_ms, policy)
    if not wanted.earliest_at_ms:
        return replace(wanted, promise_at_ms=soon.promise_at_ms, commit_due_at_ms=0)
    if Window(wanted.earliest_at_ms, wanted.promise_at_ms) not in later:
        raise Conflict("window_gone", "This time can no longer be chosen; choose another one.")
    due_ms = window_due_ms(wanted.earliest_at_ms, ride_ms / 1000 + order.service_pickup_s, now_ms)
    return replace(wanted, commit_due_at_ms=due_ms)


async def look_at_mode(wanted: ChangeMode, around: Surroundings, policy: IntakePolicy) -> ChangeMode:
    """The command with what is promised where a courier is to bring the order after all.

    Raises `InvalidInput` where none can come.
    """
    state, now_ms = around.replica.state, around.clock.now_ms()
    order = known_order(state, wanted.order_id)
    if wanted.mode is not Mode.DELIVERY or order.door is None:
        return wanted
    ride_ms = await _ride_ms(replace(order, dropoff=order.door), around, policy)
    soon, _ = _windows(state, order, ride_ms, now_ms, policy)
    return replace(wanted, promise_at_ms=soon.promise_at_ms)


def known_order(state: ZoneState, order_id: str) -> Order:
    """An order of the zone. Raises `NotFound` when it ended so long ago that it was forgotten."""
    order = state.orders.get(order_id)
    if order is None:
        raise NotFound("unknown_order", "This order has ended; there is nothing left to change.")
    return order


def _check(state: ZoneState, order: Order, kind: WishKind) -> None:
    """Say early what the zone would say, too."""
    refusal = why_not(order, state.route(order.courier_id), kind)
    if refusal:
        raise Conflict(*refusal)


def _check_window(state: ZoneState, order: Order, *, by_staff: bool) -> None:
    if not by_staff:
        return _check(state, order, WishKind.WINDOW)
    refusal = why_no_window(order)
    if refusal:
        raise Conflict(*refusal)


def _windows(
    state: ZoneState, order: Order, ride_ms: int, now_ms: int, policy: IntakePolicy
) -> tuple[Window, tuple[Window, ...]]:
    leaves_ms = max(now_ms + APPROACH_MS, order.ready_at_ms) + order.service_pickup_s * 1000
    there_ms = leaves_ms + ride_ms
    usual_ms = max(now_ms, order.ready_at_ms) + policy.promise_after_s * 1000
    soon = Window(0, max(usual_ms, there_ms))
    return soon, windows_ahead(now_ms, there_ms, works_until_ms(state.couriers.values(), now_ms))


def _has_courier(order: Order) -> bool:
    """Whether a courier has said yes to it: an offer is made anew."""
    return bool(order.courier_id) and order.status not in WAITING | {OrderStatus.OFFERED}


def _may_go_back(order: Order) -> bool:
    """Whether it can be planned again: who has the goods is the only one who can bring them, and locks are kept."""
    return order.status not in ON_BOARD and order.lock is Lock.NONE


def _is_late(order: Order, expected_at_ms: int) -> bool:
    """Whether it would be late, and later than it is already."""
    return expected_at_ms > max(order.promise_at_ms, order.eta_at_ms)


def _moved(order: Order, wanted: NewAddress) -> Event:
    """The order at its new door, for a look ahead."""
    door = replace(order.dropoff, place=wanted.place, address=wanted.address, marked=None)
    return OrderChanged(replace(order, dropoff=door), WISHED)


def _door_of(route: PlannedRoute, order: Order) -> int:
    mine = (stop for stop in route.stops if order.id in stop.order_ids and at_door(stop.kind, order))
    return next((comes_at_ms(order, stop.arrive_at_ms) for stop in mine), 0)


def _effect(state: ZoneState, order: Order, expected_at_ms: int, keeping: Keeping, now_ms: int) -> AddressEffect:
    """A promise that the new address breaks is moved: the customer has seen the new time, and nobody else broke it."""
    late_at_ms = state.spread.late_at_ms(now_ms, expected_at_ms)
    return AddressEffect(
        expected_at_ms,
        late_at_ms,
        order.eta_at_ms,
        order.eta_late_at_ms,
        late_at_ms if expected_at_ms > order.promise_at_ms else order.promise_at_ms,
        keeping,
    )


async def _ride_ms(order: Order, around: Surroundings, policy: IntakePolicy) -> int:
    """The ride between the order's depot and its door in ms. Raises `InvalidInput` where there can be none."""
    place = order.dropoff.place
    _check_in_city(place, policy)
    depot = around.replica.state.depots[order.depot_id]
    ways = await around.offload(lambda: ways_s(around.travel_times, policy.reference_profile, [depot], place))
    if not isfinite(ways[0]):
        raise _unreachable()
    return round(ways[0] * 1000)


async def _chosen_depots(order: Order, place: Point, around: Surroundings, policy: IntakePolicy) -> ChosenDepots:
    """Where the order would be fetched for this place. Raises `InvalidInput` where no way leads there."""
    _check_in_city(place, policy)
    state = around.replica.state
    supply = Supply(state.depots, around.travel_times, Goods(state.skus, state.shelves))
    chosen = await choose_anew(order, place, supply, policy.reference_profile, around.clock.now_ms())
    if not chosen.reachable:
        raise _unreachable()
    return chosen


def _check_in_city(place: Point, policy: IntakePolicy) -> None:
    if not policy.city.contains(place):
        raise InvalidInput("coordinates_outside_city", "We do not deliver there: the place lies outside the city.")


def _unreachable() -> InvalidInput:
    return InvalidInput("address_unreachable", "No way leads there for our couriers; choose a place at a street.")


@dataclass(frozen=True, slots=True)
class _Look:
    """The picture in which an order's address is changed."""

    state: ZoneState
    order: Order
    where: Mapping[str, Position]
    around: Surroundings
    book: TravelBook
    now_ms: int

    def _seen(self, scene_: OverrideScene) -> Snapshot:
        return scene_.look(self.where, self.now_ms, lost_ms(self.around))

    async def kept(self, asked: ChangeAddress, moved: Event) -> tuple[ChangeAddress, int] | None:
        """The command with which the courier keeps the order, and when they are at its new door; None: no way fits."""
        courier_id, order, weights = self.order.courier_id, self.order, self.around.settings.weights
        now = scene(self.state, (courier_id,), (order.id,))
        before, after = self._seen(now), self._seen(now.after([moved]))

        def plan() -> PlannedRoute | None:
            old = build_problem(before, self.book, weights)
            stops = {courier_id: old.by_id[courier_id].stops}
            problem = build_problem(after, self.book, weights)
            return plan_moved_door(problem, courier_id, order.id, doors_ms(old, stops))

        route = await self.around.offload(plan)
        if route is None or _door_of(route, order) - self.now_ms >= UNREACHABLE_MS:
            return None
        command = replace(asked, route=zone_route(route))
        apply(self.state, command, self.now_ms)
        return command, _door_of(route, order)

    async def again(self, asked: ChangeAddress, ride_ms: int) -> int:
        """When the order would be at its new door if it was planned again now, by the fast path; where that finds
        nobody, by the usual approach and the ride from the depot.
        """
        events = apply(self.state, asked, self.now_ms)
        fetched = replace(self.order, depot_id=asked.depot_id or self.order.depot_id)
        couriers = tuple(around_order(self.state, fetched, self.where))
        after = self._seen(scene(self.state, couriers, (self.order.id,)).after(events))
        weights, order_id = self.around.settings.weights, self.order.id
        found = await self.around.offload(lambda: expected_ms(build_problem(after, self.book, weights), (order_id,)))
        at_ms = found.get(order_id, 0)
        if 0 < at_ms - self.now_ms < UNREACHABLE_MS:
            return at_ms
        leaves_ms = max(self.now_ms + APPROACH_MS, self.order.ready_at_ms) + self.order.service_pickup_s * 1000
        return leaves_ms + ride_ms
