"""Which part of a zone to improve next: a handful of couriers around one of them, enough for a second of search."""

from dataclasses import replace

import numpy as np

from dispatch.planning.problem import PlanCourier, Problem

MAX_COURIERS = 14
MAX_ORDERS = 90


def focus(problem: Problem, seed: int) -> Problem:
    """The problem of one courier with work (another one for each seed), the nearest others, and the waiting orders.

    The whole problem when it is small. Routes outside are left as they are.
    """
    busy = [courier for courier in problem.couriers if courier.planned]
    if not busy or _small(problem):
        return problem
    centre = busy[seed % len(busy)]
    near = sorted(problem.couriers, key=lambda courier: (_apart_ms(problem, centre, courier), courier.id))
    chosen: list[PlanCourier] = []
    orders = 0
    for courier in near[:MAX_COURIERS]:
        orders += problem.order_counts[courier.id]
        if chosen and orders > MAX_ORDERS:
            break
        chosen.append(courier)
    ids = {courier.id for courier in chosen}
    room = max(0, MAX_ORDERS - sum(problem.order_counts[courier_id] for courier_id in ids))
    waiting = set(problem.waiting[:room])
    kept = {o: order for o, order in problem.orders.items() if o in waiting or problem.routed.get(o) in ids}
    return _compact(replace(problem, couriers=tuple(c for c in problem.couriers if c.id in ids), orders=kept))


def _compact(problem: Problem) -> Problem:
    """The same problem over the places that it still uses, so that it is small enough to send around."""
    ends = [place for order in problem.orders.values() for place in (order.pickup, order.dropoff)]
    used = sorted({*ends, *(courier.start for courier in problem.couriers)})
    new = {place: k for k, place in enumerate(used)}
    profiles = {courier.profile for courier in problem.couriers}
    return replace(
        problem,
        couriers=tuple(replace(c, start=new[c.start]) for c in problem.couriers),
        orders={o.id: replace(o, pickup=new[o.pickup], dropoff=new[o.dropoff]) for o in problem.orders.values()},
        travel_ms={p: legs[np.ix_(used, used)] for p, legs in problem.travel_ms.items() if p in profiles},
    )


def _small(problem: Problem) -> bool:
    return len(problem.couriers) <= MAX_COURIERS and len(problem.orders) <= MAX_ORDERS


def _apart_ms(problem: Problem, centre: PlanCourier, courier: PlanCourier) -> int:
    """How far a courier is from the places of the centre's stops, by the nearest of them."""
    if courier is centre:
        return -1
    legs = problem.travel_ms[courier.profile]
    return min(int(legs[courier.start, problem.place(stop)]) for stop in centre.planned)
