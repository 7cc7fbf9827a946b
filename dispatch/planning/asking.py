"""Whom to ask for an order: how far everybody is, what a probable refusal costs, and who else could be asked as well.

All of it works on a finished picture: the prices go into it before a plan is made (`PlanOrder.taxes`,
`PlanCourier.order_price_s`), the rivals are looked for when the best courier is known.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dispatch.domain.route import PlannedRoute
from dispatch.planning.acceptance import Acceptance
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.objective import gain
from dispatch.planning.problem import Plan, PlanCourier, PlanOrder, Problem

WORSE_BY_S = 600.0
"""Nobody is asked with whom the orders would cost so much more than with the best, in seconds of riding."""


def approaches_s(
    problem: Problem, couriers: Sequence[PlanCourier], orders: Sequence[PlanOrder]
) -> npt.NDArray[np.float64]:
    """Seconds of riding [couriers, orders] to each pickup, from where on their way the couriers come nearest to it."""
    pickups = [order.pickup for order in orders]
    away = np.empty((len(couriers), len(orders)))
    for k, courier in enumerate(couriers):
        spots = [courier.start, *map(problem.place, courier.stops)]
        away[k] = problem.travel_ms[courier.profile][np.ix_(spots, pickups)].min(axis=0, initial=2**31 - 1) / 1000
    return away


def with_refusals(
    problem: Problem, model: Acceptance, cost_s: float, missed: Mapping[str, Collection[str]] | None = None
) -> Problem:
    """The picture in which giving a waiting order to somebody costs `cost_s` (seconds of riding) times the probability
    that they refuse; who `missed` an offer of it before (couriers by order) is taken to refuse.
    """
    waiting = [problem.orders[order_id] for order_id in problem.waiting]
    if not waiting or not problem.couriers:
        return problem
    ids = [courier.id for courier in problem.couriers]
    chances = model.chances(ids, approaches_s(problem, problem.couriers, waiting), problem.now_ms)
    priced = dict(problem.orders)
    for order, refusals in zip(waiting, (1 - chances).T, strict=True):
        sure = dict.fromkeys((missed or {}).get(order.id, ()), 1.0)
        taxes = {c: cost_s * sure.get(c, p) for c, p in zip(ids, refusals.tolist(), strict=True)}
        priced[order.id] = replace(order, taxes={c: order.taxes.get(c, 0.0) + tax for c, tax in taxes.items()})
    return replace(problem, orders=priced)


def with_prices(problem: Problem, courier_ids: Collection[str], price_s: float) -> Problem:
    """The picture in which every further order of these couriers costs so much more (seconds of riding)."""
    couriers = tuple(
        replace(c, order_price_s=c.order_price_s + price_s) if c.id in courier_ids else c for c in problem.couriers
    )
    return replace(problem, couriers=couriers)


def not_to_be_asked(problem: Problem, order_ids: Iterable[str], courier_ids: Sequence[str]) -> Problem:
    """The picture in which these couriers are not asked for these orders, as if they had refused."""
    kept = dict(problem.orders)
    for order_id in order_ids:
        planned = kept[order_id]
        declined = (*planned.order.declined_by, *courier_ids)
        kept[order_id] = replace(planned, order=replace(planned.order, declined_by=declined))
    return replace(problem, orders=kept)


def rival_routes(problem: Problem, order_ids: Sequence[str], best: PlannedRoute, most: int) -> list[PlannedRoute]:
    """The routes of up to `most` other couriers with these waiting orders, the cheapest first.

    Each is what the fast path would do without those before it, if that gives all of the orders to one courier. Left
    out is who may not take one of them, and who would cost far more than the courier of the `best` route.
    """
    asked, found = [best.courier_id], list[PlannedRoute]()
    least = gain(problem, (best,)) - WORSE_BY_S
    while len(found) < most:
        plan = insert_waiting(not_to_be_asked(problem, order_ids, asked), order_ids)
        if plan.refused or not plan.routes or plan.gain < least:
            break
        split = len(plan.routes) > 1
        tried = [_with_courier(problem, order_ids, r.courier_id) for r in plan.routes] if split else [plan]
        found += [each.routes[0] for each in tried if each and each.gain >= least]
        asked += [route.courier_id for route in plan.routes]
    return found[:most]


def _with_courier(problem: Problem, order_ids: Sequence[str], courier_id: str) -> Plan | None:
    """The plan that gives all of the orders to this courier; None when they do not fit."""
    courier = problem.by_id[courier_id]
    own = {order_id for stop in courier.stops for order_id in stop.order_ids} | set(order_ids)
    alone = replace(problem, couriers=(courier,), orders={o: problem.orders[o] for o in problem.orders if o in own})
    plan = insert_waiting(alone, order_ids)
    return plan if plan.routes and not plan.refused else None
