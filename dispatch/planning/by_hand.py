"""A dispatcher's choice: an order into the route of a courier whom a person names."""

from dataclasses import replace

from dispatch.domain.route import PlannedRoute
from dispatch.domain.vehicle import Load
from dispatch.planning.insertion import desk_of, new_visits
from dispatch.planning.problem import Problem, stops_of, visits_of
from dispatch.planning.retime import planned_route

BOUNDLESS = Load(2**40, 2**40, 2**40)


def plan_assignment(problem: Problem, order_id: str, courier_id: str) -> PlannedRoute:
    """The courier's route with this order at its best positions, whatever speaks against it but the order of things.

    The order leaves whatever route it is on. Capacity binds where it can; what is broken, `checker` will list.
    """
    freed = without_order(problem, order_id)
    courier, order = freed.by_id[courier_id], freed.orders[order_id]
    for capacity in (courier.capacity, BOUNDLESS):
        trial = freed.with_courier(replace(courier, capacity=capacity))
        desk = desk_of(trial)
        desk.price([(order_id, courier_id)])
        if order_id in desk.choices:
            desk.place(order_id)
            return desk.route(courier_id)
    visits = (*visits_of(courier.planned), *new_visits(order))
    return planned_route(freed, courier, courier.frozen + stops_of(freed, visits))


def without_order(problem: Problem, order_id: str) -> Problem:
    """The picture with an order taken off whatever route it is on, to be planned again."""
    couriers = []
    for courier in problem.couriers:
        kept = [visit for visit in visits_of(courier.planned) if visit[1] != order_id]
        frozen = (replace(s, order_ids=tuple(o for o in s.order_ids if o != order_id)) for s in courier.frozen)
        couriers.append(
            replace(courier, frozen=tuple(s for s in frozen if s.order_ids), planned=stops_of(problem, kept))
            if problem.routed.get(order_id) == courier.id
            else courier
        )
    return replace(problem, couriers=tuple(couriers))
