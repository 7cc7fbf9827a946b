"""The price of putting an order into a route, at every pair of positions of many routes at once.

Each candidate is a row of visits, aligned to the right; all candidates ride along their rows in step, one vectorised
step per column, with the arithmetic of `retime` and the prices of `objective` (tests hold them equal).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dispatch.domain.promise import EXTRA_ORDER_PICKUP_S
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.objective import urgency
from dispatch.planning.problem import UNREACHABLE_MS, PlanCourier, PlanOrder, Problem, Visit, visits_of
from dispatch.planning.retime import retime

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_NEVER_MS = 2**62


@dataclass(frozen=True, eq=False, slots=True)
class VisitTable:
    """Every order's two visits as rows: pickup at 2k, drop-off at 2k + 1; the last row is no visit at all.

    int64 arrays of length 2 * orders + 1; `load` is [., 3] (weight, volume, items), negative at drop-offs.
    `legs` are all profiles' matrices in one flat array, `offset` says where each begins, `places` is a matrix's width.
    """

    row: dict[str, int]
    place: Ints
    earliest_ms: Ints
    service_ms: Ints
    is_pickup: Bools
    ready_ms: Ints
    promise_ms: Ints
    delivery: Floats
    urgency: Floats
    load: Ints
    legs: npt.NDArray[np.int32]
    offset: dict[str, int]
    places: int

    @property
    def nothing(self) -> int:
        """The row that stands for no visit."""
        return len(self.place) - 1

    def rows(self, visits: Sequence[Visit]) -> Ints:
        """Visits as row numbers."""
        return np.array([self.row[o] + (kind is StopKind.DROPOFF) for kind, o in visits], dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Tail:
    """A courier's stops behind the frozen ones, as rows, and how the courier comes to them."""

    courier: PlanCourier
    place: int
    free_ms: int
    load: Ints
    rows: Ints


def visit_table(problem: Problem) -> VisitTable:
    """The problem's orders and matrices as arrays."""
    orders = list(problem.orders.values())
    columns = np.array([_pickup_row(o) for o in orders], dtype=np.int64).reshape(-1, 1, 9)
    columns = np.concatenate(
        (columns, np.array([_dropoff_row(o) for o in orders], dtype=np.int64).reshape(-1, 1, 9)), 1
    )
    table = np.vstack((columns.reshape(-1, 9), np.array([[-1, 0, 0, 0, 0, _NEVER_MS, 0, 0, 0]], dtype=np.int64)))
    dropoff = np.arange(len(table)) % 2 == 1
    dropoff[-1] = False
    factor = np.array([urgency(o.order) for o in orders for _ in StopKind] + [0.0])
    matrices = list(problem.travel_ms.items())
    size = matrices[0][1].size if matrices else 0
    return VisitTable(
        row={order.id: 2 * k for k, order in enumerate(orders)},
        place=table[:, 0].copy(),
        earliest_ms=table[:, 1].copy(),
        service_ms=table[:, 2].copy(),
        is_pickup=table[:, 3] == 1,
        ready_ms=table[:, 4].copy(),
        promise_ms=table[:, 5].copy(),
        delivery=np.where(dropoff, problem.weights.delivery, 0.0),
        urgency=factor,
        load=table[:, 6:].copy(),
        legs=np.concatenate([matrix.ravel() for _, matrix in matrices]) if matrices else np.empty(0, np.int32),
        offset={profile: k * size for k, (profile, _) in enumerate(matrices)},
        places=matrices[0][1].shape[0] if matrices else 0,
    )


def _pickup_row(order: PlanOrder) -> tuple[int, ...]:
    o = order.order
    return (order.pickup, o.ready_at_ms, o.service_pickup_s * 1000, 1, 0, _NEVER_MS, *_amounts(o.load))


def _dropoff_row(order: PlanOrder) -> tuple[int, ...]:
    o = order.order
    gone = (-amount for amount in _amounts(o.load))
    service_ms = o.service_dropoff_s * 1000
    return (order.dropoff, o.earliest_at_ms, service_ms, 0, o.ready_at_ms, o.promise_at_ms, *gone)


def _amounts(load: Load) -> tuple[int, int, int]:
    return (load.weight_g, load.volume_ml, load.items)


def tail_of(problem: Problem, table: VisitTable, courier: PlanCourier) -> Tail:
    """A courier's stops behind the frozen ones."""
    frozen = retime(problem, courier, courier.frozen)
    place, free_ms = (frozen[-1].place, frozen[-1].depart_ms) if frozen else (courier.start, courier.available_at_ms)
    load = np.array(_amounts(courier.on_board), dtype=np.int64)
    load = load + table.load[table.rows(visits_of(courier.frozen))].sum(axis=0)
    return Tail(courier, place, free_ms, load, table.rows(visits_of(courier.planned)))


@lru_cache(maxsize=256)
def _positions(kept_visits: int, new_visits: int) -> Ints:
    """[candidates, kept + new]: every way to put one or two new visits, in their order, between the kept ones."""
    kept = list(range(kept_visits))
    last = kept_visits + new_visits - 1
    if new_visits == 1:
        return np.array([[*kept[:j], last, *kept[j:]] for j in range(kept_visits + 1)], dtype=np.int64)
    ways = [(i, j) for i in range(kept_visits + 1) for j in range(i, kept_visits + 1)]
    return np.array([[*kept[:i], kept_visits, *kept[i:j], last, *kept[j:]] for i, j in ways], dtype=np.int64)


def insertion_costs(
    problem: Problem, table: VisitTable, work: Sequence[tuple[Tail, Sequence[Visit]]]
) -> tuple[Floats, list[Ints]]:
    """For each (route, new visits): the cost of the route with the visits at their best positions, and its rows.

    Infinite where no positions respect capacity and reachability. The cost is that of the stops behind the frozen ones.
    """
    blocks = [np.concatenate((tail.rows, table.rows(new)))[_positions(len(tail.rows), len(new))] for tail, new in work]
    costs = _ride(problem, table, [tail for tail, _ in work], blocks)
    bounds = np.cumsum([0, *(len(block) for block in blocks)])
    best = [int(np.argmin(costs[a:b])) for a, b in pairwise(bounds)]
    return costs[bounds[:-1] + best], [block[k] for block, k in zip(blocks, best, strict=True)]


def tail_costs(problem: Problem, table: VisitTable, tails: Sequence[Tail]) -> Floats:
    """What each route costs as it is, behind the frozen stops."""
    return _ride(problem, table, tails, [tail.rows[None, :] for tail in tails])


def _aligned(blocks: Sequence[Ints], nothing: int) -> Ints:
    """[longest, candidates]: every row's visits from the bottom up, nothing above the shorter ones."""
    longest = max(block.shape[1] for block in blocks)
    aligned = np.full((longest, sum(len(block) for block in blocks)), nothing, dtype=np.int64)
    at = 0
    for block in blocks:
        aligned[longest - block.shape[1] :, at : at + len(block)] = block.T
        at += len(block)
    return aligned


def _ride(problem: Problem, table: VisitTable, tails: Sequence[Tail], blocks: Sequence[Ints]) -> Floats:
    """The cost of each row of each block, ridden from the block's tail; infinite where it is not feasible."""
    if not blocks:
        return np.empty(0)
    each = np.repeat(np.arange(len(tails)), [len(block) for block in blocks])
    place = np.array([tail.place for tail in tails], dtype=np.int64)[each]
    free_ms = np.array([tail.free_ms for tail in tails], dtype=np.int64)[each]
    offset = np.array([table.offset[tail.courier.profile] for tail in tails], dtype=np.int64)[each]
    load = np.array([tail.load for tail in tails])[each]
    capacity = np.array([_amounts(tail.courier.capacity) for tail in tails], dtype=np.int64)[each]
    begin_ms, longest_ms, extra_ms = free_ms.copy(), np.zeros_like(free_ms), np.zeros_like(free_ms)
    travel_ms, waiting_ms, costs = np.zeros_like(free_ms), np.zeros_like(free_ms), np.zeros(len(each))
    at_depot = np.zeros(len(each), dtype=bool)
    infeasible = np.zeros(len(each), dtype=bool)
    weights = problem.weights
    for visit in _aligned(blocks, table.nothing):
        there = table.place[visit]
        there = np.where(there < 0, place, there)
        pickup = table.is_pickup[visit]
        merged = at_depot & pickup & (there == place)
        leg_ms = np.where(merged, 0, table.legs[offset + place * table.places + there])
        arrive_ms = np.where(merged, begin_ms, free_ms + leg_ms)
        begin_ms = np.maximum(arrive_ms, table.earliest_ms[visit])
        service_ms = table.service_ms[visit]
        longest_ms = np.where(merged, np.maximum(longest_ms, service_ms), service_ms)
        extra_ms = np.where(merged, extra_ms + EXTRA_ORDER_PICKUP_S * 1000, 0)
        free_ms = begin_ms + longest_ms + extra_ms
        travel_ms += leg_ms
        waiting_ms += begin_ms - arrive_ms
        late_s = np.maximum(begin_ms - table.promise_ms[visit], 0) / 1000
        costs += table.delivery[visit] * (begin_ms - table.ready_ms[visit]) / 1000
        costs += table.urgency[visit] * (weights.late * late_s + late_s**2 / weights.late_square_s)
        load += table.load[visit]
        infeasible |= pickup & (load > capacity).any(axis=1)
        place, at_depot = there, pickup
    costs += (weights.travel * travel_ms + weights.waiting * waiting_ms) / 1000
    return np.where(infeasible | (travel_ms >= UNREACHABLE_MS), np.inf, costs)
