"""Which rides a picture has to know for what it is used for: the fewer, the sooner it is made.

Masks are bool [places, places], true where a ride from the row's place to the column's is needed.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dispatch.planning.problem import PlanCourier, PlanOrder, Problem

Bools = npt.NDArray[np.bool_]
Needed = Callable[[Problem, int], Bools | None]
"""From a picture without matrices and its number of places to the mask; None means every ride."""


def every_ride(problem: Problem, places: int) -> None:
    """For search, which may put any stop after any other."""
    del problem, places


def rides_to_insert(problem: Problem, places: int) -> Bools:
    """For putting waiting orders into routes: within each route, and between each route and the new places."""
    needed = np.zeros((places, places), dtype=bool)
    new = list(dict.fromkeys(place for order_id in problem.waiting for place in _places(problem.orders[order_id])))
    for courier in problem.couriers:
        own = [*_own_places(problem, courier), *new]
        needed[np.ix_([courier.start, *own], own)] = True
    needed[np.ix_(new, new)] = True
    return needed


def rides_along(problem: Problem, places: int) -> Bools:
    """For arrival times: from where each courier is to their first stop, and from each stop to the next."""
    needed = np.zeros((places, places), dtype=bool)
    for courier in problem.couriers:
        for here, there in pairwise((courier.start, *_own_places(problem, courier))):
            needed[here, there] = True
    return needed


def _places(order: PlanOrder) -> tuple[int, ...]:
    return (order.pickup, order.dropoff, *(option.place for option in order.options))


def _own_places(problem: Problem, courier: PlanCourier) -> list[int]:
    """The places of a courier's stops, in order, and where the route ends."""
    return [*map(problem.place, courier.stops), *([courier.end] if courier.end >= 0 else [])]
