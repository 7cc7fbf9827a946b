"""Problems for the planner's tests: places on a line or in a square, small named orders and couriers, random cities."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import numpy as np

from dispatch.domain.depot_choice import may_change_depot
from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff, Lock, Order, OrderStatus
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.freezing import may_move
from dispatch.planning.problem import (
    UNREACHABLE_MS,
    Millis,
    Option,
    PlanCourier,
    PlanOrder,
    PlanStop,
    Problem,
    Rules,
    stops_of,
    visits_of,
)
from dispatch.planning.terms import Weights

NOON_MS = 1_795_348_800_000
MINUTE_MS = 60_000
PICK, DROP = StopKind.PICKUP, StopKind.DROPOFF
SMALL = Load(1_000, 1_000, 1)
FOUR = Load(100_000, 100_000, 4)


def line(*minutes: float) -> Millis:
    """Travel times between places on a straight road, given by their minutes from its beginning."""
    at = np.array(minutes) * MINUTE_MS
    return np.abs(at[:, None] - at[None, :]).astype(np.int32)


def plan_order(order_id: str, pickup: int, dropoff: int, **fields: object) -> PlanOrder:
    """A small order, ready now and promised within 30 minutes, with a minute of service at both ends."""
    known: dict[str, object] = {
        "depot_id": f"d{pickup}",
        "dropoff": Dropoff(Point(0.0, 0.0), ""),
        "load": SMALL,
        "created_at_ms": NOON_MS,
        "ready_at_ms": NOON_MS,
        "promise_at_ms": NOON_MS + 30 * MINUTE_MS,
        "service_pickup_s": 60,
        "service_dropoff_s": 60,
    }
    order = Order(order_id, **{**known, **fields})  # type: ignore[arg-type]
    return PlanOrder(order, pickup, dropoff, may_move(order))


def held(order_id: str, pickup: int, dropoff: int, courier_id: str, **fields: object) -> PlanOrder:
    """An order that is assigned to a courier."""
    return plan_order(order_id, pickup, dropoff, **{"status": OrderStatus.ASSIGNED, "courier_id": courier_id, **fields})


def plan_courier(courier_id: str, start: int, **fields: object) -> PlanCourier:
    """A courier on an e-bike who carries four orders, free now."""
    return PlanCourier(courier_id, Profile.EBIKE, FOUR, start, NOON_MS, **fields)  # type: ignore[arg-type]


def pick(*order_ids: str, arrived_at_ms: int = 0) -> PlanStop:
    """A pickup stop."""
    return PlanStop(PICK, order_ids, arrived_at_ms)


def drop(*order_ids: str) -> PlanStop:
    """A drop-off stop."""
    return PlanStop(DROP, order_ids)


def problem(
    travel_ms: Millis, couriers: Iterable[PlanCourier], orders: Iterable[PlanOrder], weights: Weights | None = None
) -> Problem:
    """A picture at version 7, at noon."""
    by_id = {order.id: order for order in orders}
    return Problem(7, NOON_MS, tuple(couriers), by_id, {Profile.EBIKE: travel_ms}, weights or Weights())


def random_problem(seed: int, couriers: int = 6, orders: int = 18, new: int = 5, minutes: float = 15.0) -> Problem:
    """A square city in full swing: couriers with started stops, goods on board, offers, locks, refusals; new orders."""
    random = Random(seed)
    city, ids, owner = _random_city(random, couriers, orders, new, minutes)
    depots = _depots(orders)
    made = [_random_order(random, k, depots, owner[k], ids) for k in range(orders)]
    by_id = {order.id: order for order in made}
    bare = Problem(7, NOON_MS, (), by_id, {Profile.EBIKE: city})
    team = [_random_courier(random, bare, courier_id, depots + orders + k) for k, courier_id in enumerate(ids)]
    return Problem(7, NOON_MS, tuple(team), by_id, {Profile.EBIKE: city})


def rich_problem(seed: int, couriers: int = 6, orders: int = 18, new: int = 5, minutes: float = 15.0) -> Problem:
    """The same kind of city with everything that a problem may hold.

    Skills, learners, shift ends, breaks, paces of couriers and hours, home areas, churn budgets, places to return to;
    fragile goods, longest rides, tiers, further depots, shared and unreachable doors, taxes; every kind of lock; and in
    some cities one depot at a time, or doors that are not merged.
    """
    random = Random(seed)
    city, ids, owner = _random_city(random, couriers, orders, new, minutes)
    depots = _depots(orders)
    rules = _random_rules(random)
    by_id: dict[str, PlanOrder] = {}
    for k in range(orders):
        plain = _random_order(random, k, depots, owner[k], ids)
        by_id[plain.id] = _enriched_order(random, plain, list(by_id.values()), depots, ids)
    doors = Counter(order.dropoff for order in by_id.values())
    for order in by_id.values():
        if not order.order.courier_id and doors[order.dropoff] == 1 and random.random() < 0.05:
            city[:, order.dropoff] = UNREACHABLE_MS
    bare = Problem(7, NOON_MS, (), by_id, {Profile.EBIKE: city}, rules=rules)
    team = [_random_courier(random, bare, courier_id, depots + orders + k) for k, courier_id in enumerate(ids)]
    rich = tuple(_enriched_courier(random, bare, courier, depots) for courier in team)
    pace = ((NOON_MS + 10 * MINUTE_MS, 1.3), (NOON_MS + 40 * MINUTE_MS, 0.9)) if random.random() < 0.3 else ()
    return replace(bare, couriers=rich, pace=pace)


def _depots(orders: int) -> int:
    return max(2, orders // 6)


def _random_city(
    random: Random, couriers: int, orders: int, new: int, minutes: float
) -> tuple[Millis, list[str], list[str]]:
    """Rides between depots, doors and couriers' starts; couriers' ids; and who has each order, the new ones nobody."""
    size = _depots(orders) + orders + couriers
    spots = np.array([(random.uniform(0, minutes), random.uniform(0, minutes)) for _ in range(size)])
    apart = np.abs(spots[:, None, :] - spots[None, :, :]).sum(axis=2) * MINUTE_MS
    ids = [f"c{k}" for k in range(couriers)]
    return apart.astype(np.int32), ids, [ids[random.randrange(couriers)] if k >= new else "" for k in range(orders)]


def _random_rules(random: Random) -> Rules:
    return Rules(
        extra_pickup_s=random.choice([0, 20]),
        extra_dropoff_s=random.choice([30, 30, 90]),
        merge_doors=random.random() < 0.8,
        one_depot_at_a_time=random.random() < 0.15,
    )


def _enriched_order(
    random: Random, plain: PlanOrder, others: list[PlanOrder], depots: int, couriers: list[str]
) -> PlanOrder:
    """The order with what it may ask for."""
    order = replace(
        plain.order,
        skills=("wine",) if random.random() < 0.15 else (),
        max_ride_s=random.choice([0, 0, 0, 600, 1_200]),
        tier=random.choice([0, 0, 0, 1, 3]),
        lock=random.choice(list(Lock)) if plain.order.courier_id and random.random() < 0.2 else Lock.NONE,
        depot_options=tuple(f"d{k}" for k in range(depots) if k != plain.pickup and random.random() < 0.3),
    )
    options = tuple(
        Option(depot_id, int(depot_id[1:]), order.ready_at_ms + random.choice([0, 0, 5 * MINUTE_MS]))
        for depot_id in (order.depot_options if may_change_depot(order) else ())
    )
    door = random.choice(others).dropoff if others and random.random() < 0.2 else plain.dropoff
    taxes = {courier_id: random.uniform(0, 120) for courier_id in couriers if random.random() < 0.2}
    area = random.choice(["", "north", "south"])
    return PlanOrder(order, plain.pickup, door, may_move(order), options, area, taxes)


def _enriched_courier(random: Random, problem: Problem, plain: PlanCourier, depots: int) -> PlanCourier:
    """The courier with what they can do and when they go home; stops that a lock holds in place are frozen."""
    stops, held = plain.stops, len(plain.frozen)
    for k, stop in enumerate(stops, 1):
        if any(problem.orders[o].order.lock in (Lock.POSITION, Lock.FULL) for o in stop.order_ids):
            held = max(held, k)
    assert isinstance(problem.orders, dict)
    for order_id in {o for stop in stops[:held] for o in stop.order_ids}:
        problem.orders[order_id] = replace(problem.orders[order_id], movable=False)
    rest_ms = NOON_MS + random.randrange(5, 60) * MINUTE_MS
    return replace(
        plain,
        frozen=stops[:held],
        planned=stops[held:],
        shift_end_at_ms=NOON_MS + random.randrange(10, 120) * MINUTE_MS if random.random() < 0.4 else 0,
        breaks=((rest_ms, rest_ms + random.randrange(10, 30) * MINUTE_MS),) if random.random() < 0.3 else (),
        skills=frozenset({"wine"} if random.random() < 0.5 else ()),
        pace=random.choice([1.0, 1.0, 0.8, 1 / 0.7]),
        max_orders=random.choice([0, 0, 0, 2, 4]),
        order_price_s=random.choice([0.0, 0.0, -60.0, 60.0]),
        areas=frozenset(random.choice([(), ("north",), ("south",)])),
        churn_left=random.choice([0, 1, 3, 1_000, 1_000]),
        end=random.randrange(depots) if random.random() < 0.2 else -1,
    )


def _random_order(random: Random, k: int, depots: int, owner: str, couriers: list[str]) -> PlanOrder:
    created_ms = NOON_MS - random.randrange(20) * MINUTE_MS
    statuses = (OrderStatus.ASSIGNED, OrderStatus.ASSIGNED, OrderStatus.OFFERED, OrderStatus.PICKED_UP)
    locked = owner and random.random() < 0.1
    return plan_order(
        f"o{k:03}",
        random.randrange(depots),
        depots + k,
        created_at_ms=created_ms,
        ready_at_ms=created_ms + random.randrange(15) * MINUTE_MS,
        promise_at_ms=created_ms + random.randrange(20, 60) * MINUTE_MS,
        service_pickup_s=random.randrange(30, 120),
        service_dropoff_s=random.randrange(30, 120),
        priority=random.randrange(2),
        status=random.choice(statuses) if owner else OrderStatus.DISPATCHABLE,
        courier_id=owner,
        lock=Lock.COURIER if locked else Lock.NONE,
        declined_by=tuple(random.sample([c for c in couriers if c != owner], random.randrange(2))),
    )


def _random_courier(random: Random, problem: Problem, courier_id: str, start: int) -> PlanCourier:
    own = [order for order in problem.orders.values() if order.order.courier_id == courier_id]
    on_board = [order for order in own if order.order.status is OrderStatus.PICKED_UP]
    visits = [(DROP, order.id) for order in on_board]
    for order in own:
        if order not in on_board:
            at = len(visits) if problem.rules.one_depot_at_a_time else random.randrange(len(visits) + 1)
            visits[at:at] = [(PICK, order.id), (DROP, order.id)]
    stops = stops_of(problem, visits)
    started = random.random() < 0.5 and bool(stops)
    frozen = stops[:1] if started and _may_be_started(problem, stops[0]) else ()
    arrived_at_ms = NOON_MS - MINUTE_MS if random.random() < 0.5 else 0
    frozen = tuple(PlanStop(stop.kind, stop.order_ids, arrived_at_ms) for stop in frozen)
    _start(problem, frozen)
    return PlanCourier(
        courier_id,
        Profile.EBIKE,
        Load(200_000, 200_000, 2 + len(on_board) + random.randrange(4)),
        start,
        NOON_MS,
        frozen,
        stops_of(problem, visits_of(stops[len(frozen) :])),
        Load(1_000 * len(on_board), 1_000 * len(on_board), len(on_board)),
        "off_duty" if random.random() < 0.1 else "",
    )


def _start(problem: Problem, frozen: tuple[PlanStop, ...]) -> None:
    """The orders of a started stop say so, and cannot move any more."""
    started = {PICK: OrderStatus.EN_ROUTE_PICKUP, DROP: OrderStatus.EN_ROUTE_DROPOFF}
    for stop in frozen:
        for order_id in stop.order_ids:
            known = problem.orders[order_id]
            order = replace(known.order, status=started[stop.kind])
            assert isinstance(problem.orders, dict)
            problem.orders[order_id] = replace(known, order=order, movable=may_move(order))


def _may_be_started(problem: Problem, stop: PlanStop) -> bool:
    return all(problem.orders[o].order.status is not OrderStatus.OFFERED for o in stop.order_ids)
