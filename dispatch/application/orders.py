"""Taking orders in: from what a shop asks for to the command that the zone decides on.

What the shop leaves open is chosen here: the depot (the nearest by road), when the goods are ready, what is promised.
An address that no vehicle reaches does not refuse the order: it is created as held, for a person to look at. So is one
that the city does not know (`addressing`). Where no courier of ours goes, neither matters.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dispatch.application.goods import NO_GOODS, Goods, Handling
from dispatch.application.ports import TravelTimes
from dispatch.domain.allotment import needed
from dispatch.domain.collection import Collection
from dispatch.domain.commands import CreateOrder
from dispatch.domain.depot import Depot
from dispatch.domain.depot_choice import may_choose_anew
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Box, Point, distance_m
from dispatch.domain.mode_rules import brought_by, check_mode
from dispatch.domain.order import Direction, Dropoff, Line, Order, PreparationStep, ProofKind
from dispatch.domain.payment import Payment, PaymentState
from dispatch.domain.vehicle import Load, Profile
from dispatch.domain.wishes import why_no_door

HELD_FOR_ADDRESS = "address"
GIVEN_AWAY_MS = 30 * 60_000
"""So long before an order has to leave its depot for a later window, a courier is looked for (house figure)."""
MOST_OPTIONS = 3
"""Further depots that the planner may choose of; those that lie farther away are hardly ever better."""


@dataclass(frozen=True, slots=True)
class IntakePolicy:
    """What counts when the shop says nothing. Durations are business time."""

    city: Box
    reference_profile: Profile = Profile.BIKE
    """Whose roads decide what is near and reachable."""
    ready_after_s: int = 0
    promise_after_s: int = 45 * 60
    service_depot_s: int = 60
    service_door_s: int = 90
    max_open_orders: int = 20_000
    """Of a zone; beyond that callers are told to come back when some have ended."""


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What a shop asks for; None where it leaves the choice to us."""

    dropoff: Dropoff
    load: Load
    ref: str = ""
    depot_id: str | None = None
    ready_at_ms: int | None = None
    promise_at_ms: int | None = None
    earliest_at_ms: int = 0
    service_pickup_s: int | None = None
    service_dropoff_s: int | None = None
    priority: int = 0
    commit_due_at_ms: int = 0
    lines: tuple[Line, ...] = ()
    requires: tuple[ProofKind, ...] = ()
    pin: str = ""
    barcode: str = ""
    direction: Direction = Direction.DELIVERY
    skills: tuple[str, ...] = ()
    fragile: bool = False
    max_ride_s: int = 0
    tier: int = 0
    depot_options: tuple[str, ...] = ()
    leave_at_door: bool = False
    refuses_short: bool = False
    collection: Collection | None = None
    payment: Payment | None = None
    drop_of: str = ""
    mode: Mode = Mode.DELIVERY
    hold: str = ""
    """Why it has to wait, whatever the roads say; its place is provisional then."""

    @property
    def goes_to_depot(self) -> bool:
        """Whether its customer fetches it there."""
        return self.mode is Mode.SELF_PICKUP


@dataclass(frozen=True, slots=True)
class OrderLabel:
    """What identifies an order: its id, the hash of its tracking link, who placed it, and when; and what stands for
    its customer's phone number."""

    order_id: str
    track_hash: str
    placed_by: str
    created_at_ms: int
    phone_mark: str = ""


@dataclass(frozen=True, slots=True)
class Supply:
    """Where orders are fetched: the depots of a zone, their goods, and the ways from there."""

    depots: Mapping[str, Depot]
    travel_times: TravelTimes
    goods: Goods = NO_GOODS
    at_hand: bool = False
    """The ways are known and need no thread of their own."""


async def take_in(wish: OrderWish, label: OrderLabel, supply: Supply, policy: IntakePolicy) -> CreateOrder:
    """The command that creates the order. Raises `InvalidInput` or `Conflict` when it can never be served."""
    if wish.mode is Mode.DELIVERY and not policy.city.contains(wish.dropoff.place):
        raise InvalidInput("coordinates_outside_city", "The drop-off lies outside the city that this server serves.")
    if wish.goes_to_depot and wish.hold and not (wish.depot_id or wish.depot_options):
        raise InvalidInput("depot_needed", "Say at which depot the customer fetches it, or where they are.")
    chosen = await choose_depots(wish, label.created_at_ms, supply, policy.reference_profile)
    handling = supply.goods.handling(wish.lines, Handling(wish.load, wish.requires, wish.fragile))
    at_pickup_s, at_dropoff_s = _services_s(wish.direction, policy)
    pickup_s = _or(wish.service_pickup_s, at_pickup_s)
    ready_at_ms, promise_at_ms = _times_ms(wish, label.created_at_ms, policy)
    order = Order(
        id=label.order_id,
        depot_id=chosen.depot_id,
        dropoff=wish.dropoff,
        load=handling.load,
        created_at_ms=label.created_at_ms,
        ready_at_ms=ready_at_ms,
        promise_at_ms=promise_at_ms,
        ref=wish.ref,
        earliest_at_ms=wish.earliest_at_ms,
        commit_due_at_ms=wish.commit_due_at_ms
        or window_due_ms(wish.earliest_at_ms, chosen.ride_s + pickup_s, label.created_at_ms),
        service_pickup_s=pickup_s,
        service_dropoff_s=_or(wish.service_dropoff_s, at_dropoff_s),
        priority=wish.priority,
        track_hash=label.track_hash,
        placed_by=label.placed_by,
        lines=wish.lines,
        requires=handling.requires,
        pin=wish.pin,
        barcode=wish.barcode,
        direction=wish.direction,
        skills=tuple(sorted(set(wish.skills))),
        fragile=handling.fragile,
        max_ride_s=wish.max_ride_s,
        tier=wish.tier,
        depot_options=chosen.options,
        leave_at_door=wish.leave_at_door,
        phone_mark=label.phone_mark,
        collection=wish.collection,
        payment=wish.payment,
        any_depot=not (wish.depot_id or wish.depot_options),
        drop_of=wish.drop_of,
        preparation=((PreparationStep.PAID, label.created_at_ms),) if _is_paid(wish) else (),
    )
    order, hold = _brought(wish, order, supply.depots[chosen.depot_id], policy), ""
    if wish.leave_at_door and (refusal := why_no_door(order)):
        raise InvalidInput(*refusal)
    if wish.mode is Mode.DELIVERY:
        hold = wish.hold or ("" if chosen.reachable else HELD_FOR_ADDRESS)
    return CreateOrder(order, hold, wish.refuses_short)


def _brought(wish: OrderWish, order: Order, depot: Depot, policy: IntakePolicy) -> Order:
    """The order as its mode has it: of where no courier could go, nothing but the words stay."""
    if wish.mode is Mode.DELIVERY:
        return order
    check_mode(replace(order, mode=wish.mode))
    if wish.hold:
        order = replace(order, dropoff=replace(order.dropoff, place=depot.place))
    brought = brought_by(order, wish.mode, depot)
    is_door = not wish.hold and policy.city.contains(wish.dropoff.place)
    return brought if is_door else replace(brought, door=None)


def _times_ms(wish: OrderWish, now_ms: int, policy: IntakePolicy) -> tuple[int, int]:
    """(when the goods are ready, what is promised). Raises `InvalidInput` for a window that nobody can keep."""
    ready_ms = _or(wish.ready_at_ms, now_ms + policy.ready_after_s * 1000)
    promise_ms = _or(wish.promise_at_ms, max(ready_ms, wish.earliest_at_ms, now_ms) + policy.promise_after_s * 1000)
    if wish.earliest_at_ms > promise_ms:
        raise InvalidInput("window_reversed", "The window ends before it begins.")
    if wish.ready_at_ms is not None and ready_ms > promise_ms:
        raise InvalidInput("window_too_early", "The goods are not ready by then; choose a later time.")
    return ready_ms, promise_ms


def window_due_ms(earliest_at_ms: int, until_door_s: float, now_ms: int) -> int:
    """When a courier is looked for, so that the order is at its door when its window begins; 0: at once.

    `until_door_s` is what pickup and ride take.
    """
    due_ms = earliest_at_ms - round(until_door_s * 1000) - GIVEN_AWAY_MS
    return due_ms if due_ms > now_ms else 0


def _is_paid(wish: OrderWish) -> bool:
    return wish.payment is not None and wish.payment.state is PaymentState.PAID


def _services_s(direction: Direction, policy: IntakePolicy) -> tuple[int, int]:
    """How long the pickup and the drop-off take, in seconds: a return is picked up at the door."""
    depot_first = (policy.service_depot_s, policy.service_door_s)
    return depot_first if direction is Direction.DELIVERY else depot_first[::-1]


def _options(wish: OrderWish, depot_id: str, others: Iterable[str]) -> tuple[str, ...]:
    """Where else the goods can be fetched; what a customer gives back goes to one depot."""
    if wish.direction is Direction.RETURN:
        return ()
    return tuple(other for other in dict.fromkeys(others) if other != depot_id)


def _or(given: int | None, chosen: int) -> int:
    return chosen if given is None else given


@dataclass(frozen=True, slots=True)
class ChosenDepots:
    """Where an order is fetched, and where else it could be."""

    depot_id: str
    options: tuple[str, ...]
    reachable: bool
    """Whether a way leads from the depot to the door."""
    ride_s: float = 0.0


async def choose_depots(wish: OrderWish, now_ms: int, supply: Supply, profile: Profile) -> ChosenDepots:
    """The named depot, or the nearest by road; the planner may choose another one of the options later.

    Where only options are named, the nearest of them. Where nothing is named and the order's goods are counted, the
    nearest that has all of them, and the next ones that do are its options.
    """
    depots = supply.depots
    for depot_id in (wish.depot_id, *wish.depot_options):
        if depot_id is not None and depot_id not in depots:
            raise InvalidInput("unknown_depot", f"There is no depot {depot_id}; register it first.")
    named = wish.depot_options if wish.depot_id is None else (wish.depot_id,)
    if wish.goes_to_depot and len(named) > 1:  # its customer goes to one of them, and nowhere else
        named = tuple(each for each in _stocked(wish, now_ms, supply) if each in named) or named
    stocked = () if named else _stocked(wish, now_ms, supply)
    candidates = [depots[depot_id] for depot_id in named or stocked] or list(depots.values())
    if not candidates:
        raise Conflict("no_depot", "The zone has no depot yet; register one first.")
    place = wish.dropoff.place
    asked = (supply.travel_times, profile, candidates, place)
    rides_s = ways_s(*asked) if supply.at_hand else await asyncio.to_thread(ways_s, *asked)
    order = np.argsort(rides_s, kind="stable").tolist()
    nearest = [candidates[k].id for k in order if np.isfinite(rides_s[k])]
    if nearest:
        others = nearest[1 : MOST_OPTIONS + 1] if stocked else wish.depot_options
        return ChosenDepots(nearest[0], _options(wish, nearest[0], others), reachable=True, ride_s=rides_s[order[0]])
    closest = min(candidates, key=lambda depot: distance_m(depot.place, place)).id
    return ChosenDepots(closest, _options(wish, closest, wish.depot_options), reachable=False)


async def choose_anew(order: Order, place: Point, supply: Supply, profile: Profile, now_ms: int) -> ChosenDepots:
    """The depots of an order that goes elsewhere: as if it was placed now, where the choice is still open."""
    is_open = may_choose_anew(order)
    wish = OrderWish(
        replace(order.dropoff, place=place),
        order.load,
        depot_id=None if is_open else order.depot_id,
        depot_options=() if is_open else order.depot_options,
        lines=order.lines,
        direction=order.direction,
    )
    own = replace(supply, goods=supply.goods.without(order))
    return await choose_depots(wish, now_ms, own, profile)


def _stocked(wish: OrderWish, now_ms: int, supply: Supply) -> list[str]:
    """The depots that have all of the order's counted goods; empty where it has none."""
    wanted = needed(wish.direction, wish.lines)
    if not wanted:
        return []
    return [depot_id for depot_id in supply.depots if supply.goods.has(wanted, depot_id, now_ms)]


def ways_s(travel_times: TravelTimes, profile: Profile, depots: list[Depot], place: Point) -> list[float]:
    """Seconds from each depot to the place; infinite where a depot or the place is off the roads, or no way leads."""
    try:
        return [float(way_s) for way_s in travel_times.matrix_s(profile, [d.place for d in depots], [place])[:, 0]]
    except InvalidInput:
        if len(depots) == 1:
            return [float("inf")]
        return [ways_s(travel_times, profile, [depot], place)[0] for depot in depots]
