"""A dispatcher's choice: an order that nobody has, into the route of a courier whom a person names."""

from dataclasses import replace

from dispatch.domain.route import PlannedRoute
from dispatch.domain.vehicle import Load
from dispatch.planning.insertion import desk_of, new_visits
from dispatch.planning.problem import Problem, stops_of, visits_of
from dispatch.planning.retime import planned_route

BOUNDLESS = Load(2**40, 2**40, 2**40)


def plan_assignment(problem: Problem, order_id: str, courier_id: str) -> PlannedRoute:
    """The courier's route with this order at its best positions, whatever speaks against it.

    Capacity binds where it can, and an order without any way comes last; what is broken, `checker` will list.
    """
    courier = problem.by_id[courier_id]
    for capacity in (courier.capacity, BOUNDLESS):
        desk = desk_of(problem.with_courier(replace(courier, capacity=capacity)))
        desk.price([(order_id, courier_id)])
        if order_id in desk.choices:
            desk.place(order_id)
            return desk.route(courier_id)
    visits = (*visits_of(courier.planned), *new_visits(problem.orders[order_id]))
    return planned_route(problem, courier, courier.frozen + stops_of(problem, visits))
