"""Real plans, damaged in one place each: whatever the damage, the oracle finds it, and by its own name.

Either the plan is changed, or the picture that it was made from, so that the plan no longer fits.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from random import Random

import pytest

from dispatch.domain.order import Lock, Order, OrderStatus
from dispatch.domain.route import PlannedRoute, PlannedStop
from dispatch.domain.vehicle import Load, Profile
from dispatch.planning.checker import violations
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.problem import UNREACHABLE_MS, Option, Plan, PlanCourier, PlanOrder, PlanStop, Problem
from tests.support.planning import DROP, MINUTE_MS, NOON_MS, PICK, rich_problem

SEEDS = 260
AT_LEAST = 12
"""Times that each damage is done to some plan, or the test says too little."""


@dataclass(frozen=True)
class Case:
    """A plan that passes, one of its routes, and the picture behind it."""

    problem: Problem
    plan: Plan
    route: PlannedRoute
    random: Random

    @property
    def courier(self) -> PlanCourier:
        """Whose route it is."""
        return self.problem.by_id[self.route.courier_id]

    @property
    def held(self) -> int:
        """How many stops in front do not change."""
        return len(self.courier.frozen)

    @property
    def orders(self) -> list[str]:
        """The orders of the route."""
        return list(dict.fromkeys(o for stop in self.route.stops for o in stop.order_ids))

    def new(self) -> str | None:
        """An order that the plan gives to the courier."""
        return next((o for o in self.orders if self.problem.orders[o].order.courier_id != self.courier.id), None)

    def stops(self, stops: Iterable[PlannedStop]) -> "Case":
        """With other stops."""
        changed = replace(self.route, stops=tuple(stops))
        routes = tuple(changed if r.courier_id == changed.courier_id else r for r in self.plan.routes)
        return replace(self, plan=replace(self.plan, routes=routes), route=changed)

    def stop(self, k: int, **fields: object) -> "Case":
        """With one stop changed."""
        stops = list(self.route.stops)
        stops[k] = replace(stops[k], **fields)  # type: ignore[arg-type]
        return self.stops(stops)

    def rider(self, **fields: object) -> "Case":
        """With the courier changed."""
        return replace(self, problem=self.problem.with_courier(replace(self.courier, **fields)))  # type: ignore[arg-type]

    def order(self, order_id: str, **fields: object) -> "Case":
        """With an order changed."""
        known: PlanOrder = self.problem.orders[order_id]
        order: Order = replace(known.order, **fields)  # type: ignore[arg-type]
        orders = {**self.problem.orders, order_id: replace(known, order=order)}
        return replace(self, problem=replace(self.problem, orders=orders))

    def ahead(self, fit: Callable[[PlannedStop], bool] = lambda stop: True) -> int | None:
        """One of the stops behind the frozen ones that is fit."""
        found = [k for k, stop in enumerate(self.route.stops) if k >= self.held and fit(stop)]
        return self.random.choice(found) if found else None

    def ride(self) -> int | None:
        """A stop behind the frozen ones that takes a ride of some seconds, at once after the stop before."""
        for k in range(max(1, self.held), len(self.route.stops)):
            before, stop = self.route.stops[k - 1], self.route.stops[k]
            if (
                not self.courier.breaks
                and stop.arrive_at_ms - before.depart_at_ms > 5_000
                and before.depart_at_ms > NOON_MS
            ):
                return k
        return None


@cache
def plans() -> list[tuple[Problem, Plan]]:
    """Plans that pass."""
    made = []
    for seed in range(SEEDS):
        problem = rich_problem(seed)
        plan = insert_waiting(problem)
        if plan.routes and not violations(problem, plan):
            made.append((problem, plan))
    return made


Damage = Callable[[Case], Case | None]
DAMAGES: dict[str, tuple[Damage, str]] = {}


def damage(code: str) -> Callable[[Damage], Damage]:
    """Register a damage, and the code under which it is found."""

    def keep(do: Damage) -> Damage:
        DAMAGES[do.__name__] = (do, code)
        return do

    return keep


# --- the whole -------------------------------------------------------------------------------------------------


@damage("wrong_version")
def an_older_picture(case: Case) -> Case | None:
    return replace(case, plan=replace(case.plan, base_version=case.plan.base_version - 1))


@damage("unknown_courier")
def a_courier_who_is_gone(case: Case) -> Case | None:
    others = tuple(c for c in case.problem.couriers if c.id != case.courier.id)
    return replace(case, problem=replace(case.problem, couriers=others))


@damage("unknown_order")
def an_order_that_is_gone(case: Case) -> Case | None:
    orders = {o: known for o, known in case.problem.orders.items() if o != case.orders[-1]}
    return replace(case, problem=replace(case.problem, orders=orders))


@damage("courier_twice")
def a_route_twice(case: Case) -> Case | None:
    return replace(case, plan=replace(case.plan, routes=(*case.plan.routes, case.route)))


@damage("order_twice")
def an_order_with_two_couriers(case: Case) -> Case | None:
    others = [c.id for c in case.problem.couriers if c.id not in {r.courier_id for r in case.plan.routes}]
    if not others:
        return None
    return replace(case, plan=replace(case.plan, routes=(*case.plan.routes, replace(case.route, courier_id=others[0]))))


@damage("order_lost")
def an_order_lost(case: Case) -> Case | None:
    own = [o for o in case.orders if case.problem.orders[o].order.courier_id == case.courier.id]
    if not own:
        return None
    lost = case.random.choice(own)
    left = (replace(s, order_ids=tuple(o for o in s.order_ids if o != lost)) for s in case.route.stops)
    return case.stops(stop for stop in left if stop.order_ids)


@damage("bad_sequence")
def a_stop_twice(case: Case) -> Case | None:
    return case.stops((*case.route.stops, case.route.stops[-1]))


@damage("bad_sequence")
def a_door_before_the_depot(case: Case) -> Case | None:
    pickup = case.ahead(lambda stop: stop.kind is PICK)
    if pickup is None:
        return None
    stops = list(case.route.stops)
    stops.append(stops.pop(pickup))
    return case.stops(stops)


# --- who may have it -------------------------------------------------------------------------------------------


@damage("unskilled")
def a_skill_is_missing(case: Case) -> Case | None:
    new = case.new()
    return case.order(new, skills=("diving",)) if new else None


@damage("declined")
def the_courier_has_refused(case: Case) -> Case | None:
    new = case.new()
    return case.order(new, declined_by=(case.courier.id,)) if new else None


@damage("off_duty")
def the_courier_went_home(case: Case) -> Case | None:
    return case.rider(closed="off_duty") if case.new() else None


@damage("not_movable")
def somebody_else_was_asked(case: Case) -> Case | None:
    new = case.new()
    return case.order(new, status=OrderStatus.OFFERED, courier_id="another") if new else None


@damage("not_movable")
def locked_to_another(case: Case) -> Case | None:
    new = case.new()
    lock = case.random.choice([Lock.COURIER, Lock.SEQUENCE, Lock.POSITION, Lock.FULL])
    return case.order(new, status=OrderStatus.ASSIGNED, courier_id="another", lock=lock) if new else None


@damage("too_many_orders")
def one_more_than_a_learner_takes(case: Case) -> Case | None:
    return case.rider(max_orders=len(case.orders) - 1) if case.new() and len(case.orders) > 1 else None


@damage("too_heavy")
def a_little_too_much_of_something(case: Case) -> Case | None:
    carried, most = case.courier.on_board, Load()
    for stop in case.route.stops:
        for order_id in stop.order_ids:
            own = case.problem.orders[order_id].order.load
            carried = carried + own if stop.kind is PICK else carried - own
        if stop.kind is PICK:
            most = max(most, carried, key=lambda load: load.items)
    dimension = case.random.choice(["weight_g", "volume_ml", "items"])
    own = {o for stop in case.courier.stops for o in stop.order_ids}
    if not most.items or case.courier.on_board.items + len(own) >= most.items:
        return None
    return case.rider(capacity=replace(case.courier.capacity, **{dimension: getattr(most, dimension) - 1}))


# --- times -----------------------------------------------------------------------------------------------------


@damage("too_fast")
def there_before_one_can_be(case: Case) -> Case | None:
    k = case.ride()
    return case.stop(k, arrive_at_ms=case.route.stops[k - 1].depart_at_ms + 1) if k else None


@damage("too_fast")
def a_slower_courier(case: Case) -> Case | None:
    return case.rider(pace=case.courier.pace * 2) if case.ride() else None


@damage("too_fast")
def a_slower_hour(case: Case) -> Case | None:
    return replace(case, problem=replace(case.problem, pace=((0, 3.0),))) if case.ride() else None


@damage("too_short")
def gone_before_it_is_done(case: Case) -> Case | None:
    k = case.ahead()
    return case.stop(k, depart_at_ms=case.route.stops[k].arrive_at_ms) if k is not None else None


@damage("too_short")
def goods_that_are_ready_later(case: Case) -> Case | None:
    k = case.ahead(lambda stop: stop.kind is PICK and not stop.depot_id)
    if k is None:
        return None
    return case.order(case.route.stops[k].order_ids[0], ready_at_ms=case.route.stops[k].depart_at_ms)


@damage("too_short")
def a_slow_door(case: Case) -> Case | None:
    k = case.ahead(lambda stop: stop.kind is DROP)
    return case.order(case.route.stops[k].order_ids[-1], service_dropoff_s=3_600) if k is not None else None


@damage("unreachable")
def a_street_is_closed(case: Case) -> Case | None:
    k = case.ride()
    if not k:
        return None
    known = case.problem.orders[case.route.stops[k].order_ids[0]]
    legs = case.problem.travel_ms[Profile.EBIKE].copy()
    legs[:, [known.pickup, known.dropoff, *(option.place for option in known.options)]] = UNREACHABLE_MS
    return replace(case, problem=replace(case.problem, travel_ms={Profile.EBIKE: legs}))


@damage("break_missed")
def a_break_on_the_way(case: Case) -> Case | None:
    k = case.ride()
    begins_ms = case.route.stops[k].arrive_at_ms - 1 if k else 0
    return case.rider(breaks=((begins_ms, begins_ms + 5 * MINUTE_MS),)) if k else None


@damage("after_shift_end")
def a_shift_that_ends_sooner(case: Case) -> Case | None:
    new = case.new()
    stop = next((s for s in case.route.stops if s.kind is PICK and new in s.order_ids), None)
    return case.rider(shift_end_at_ms=stop.arrive_at_ms - 1) if stop else None


# --- stops -----------------------------------------------------------------------------------------------------


@damage("frozen_stop")
def a_started_stop_moves(case: Case) -> Case | None:
    if not case.held or case.held == len(case.route.stops):
        return None
    return case.stops((*case.route.stops[1:], case.route.stops[0]))


@damage("arrival_rewritten")
def the_past_is_changed(case: Case) -> Case | None:
    stands = case.held and case.courier.frozen[0].arrived_at_ms
    return case.stop(0, arrive_at_ms=case.route.stops[0].arrive_at_ms + 1) if stands else None


@damage("empty_stop")
def a_stop_for_nobody(case: Case) -> Case | None:
    return case.stops((*case.route.stops, replace(case.route.stops[-1], order_ids=())))


@damage("two_places")
def two_places_at_once(case: Case) -> Case | None:
    for k, (stop, then) in enumerate(pairwise(case.route.stops)):
        doors = {case.problem.orders[s.order_ids[0]].dropoff for s in (stop, then)}
        if k >= case.held and stop.kind is then.kind is DROP and len(doors) == 2:
            merged = replace(stop, order_ids=(*stop.order_ids, *then.order_ids))
            return case.stops((*case.route.stops[:k], merged, *case.route.stops[k + 2 :]))
    return None


@damage("door_split")
def ringing_twice(case: Case) -> Case | None:
    k = case.ahead(lambda stop: stop.kind is PICK and len(stop.order_ids) > 1)
    if k is None:
        return None
    stop = case.route.stops[k]
    parts = (replace(stop, order_ids=stop.order_ids[:1]), replace(stop, order_ids=stop.order_ids[1:]))
    return case.stops((*case.route.stops[:k], *parts, *case.route.stops[k + 1 :]))


@damage("no_goods")
def a_depot_without_them(case: Case) -> Case | None:
    k = case.ahead(lambda stop: stop.kind is PICK)
    return case.stop(k, depot_id="moon") if k is not None else None


@damage("depot_fixed")
def another_depot_than_was_offered(case: Case) -> Case | None:
    for order_id in case.orders:
        known = case.problem.orders[order_id]
        k = next((k for k, s in enumerate(case.route.stops) if s.kind is PICK and s.order_ids == (order_id,)), None)
        if known.order.status is OrderStatus.OFFERED and k is not None:
            optional = replace(known, options=(Option("elsewhere", known.pickup, known.order.ready_at_ms),))
            orders = {**case.problem.orders, order_id: optional}
            return replace(case, problem=replace(case.problem, orders=orders)).stop(k, depot_id="elsewhere")
    return None


@damage("depot_with_goods")
def a_second_depot_with_goods_on_board(case: Case) -> Case | None:
    fetched = {o for stop in case.route.stops if stop.kind is PICK for o in stop.order_ids}
    aboard = set(case.orders) - fetched
    for stop in case.route.stops:
        if stop.kind is PICK and aboard:
            rules = replace(case.problem.rules, one_depot_at_a_time=True)
            return replace(case, problem=replace(case.problem, rules=rules))
        aboard ^= set(stop.order_ids)
    return None


# --- locks and churn -------------------------------------------------------------------------------------------


def joined(case: Case) -> str | None:
    """An order that the courier had already, and whose last visit comes behind a visit of a new one."""
    if case.held:
        return None
    seen_new, found = False, None
    for stop in case.route.stops:
        for order_id in stop.order_ids:
            own = case.problem.orders[order_id].order.courier_id == case.courier.id
            seen_new |= not own
            found = order_id if own and seen_new and stop.kind is DROP else found
    return found


@damage("locked_position")
def something_came_in_front_of_a_lock(case: Case) -> Case | None:
    locked = joined(case)
    return case.order(locked, lock=case.random.choice([Lock.POSITION, Lock.FULL])) if locked else None


def swapped(case: Case) -> tuple[Case, list[PlanStop]] | None:
    """The courier's own stops, two neighbours of which changed places, both of orders that the courier has."""
    running = [s for s in case.courier.planned if len(s.order_ids) == 1]
    for first, then in pairwise(running):
        if first.order_ids != then.order_ids and not case.held:
            at = {(s.kind, o): k for k, s in enumerate(case.route.stops) for o in s.order_ids}
            i, j = at[first.kind, first.order_ids[0]], at[then.kind, then.order_ids[0]]
            stops = list(case.route.stops)
            stops[i], stops[j] = stops[j], stops[i]
            return case.stops(stops), [first, then]
    return None


@damage("locked_sequence")
def a_locked_sequence_is_changed(case: Case) -> Case | None:
    found = swapped(case)
    if found is None:
        return None
    changed, pair = found
    for stop in pair:
        changed = changed.order(stop.order_ids[0], lock=Lock.SEQUENCE)
    return changed


@damage("churn")
def more_moves_than_are_left(case: Case) -> Case | None:
    found = swapped(case)
    return found[0].rider(churn_left=0) if found else None


@pytest.mark.parametrize("name", list(DAMAGES))
def test_a_damage_is_found_by_its_name(name: str) -> None:
    """Done to plans until it has been done often enough; what cannot be done to a plan is passed over."""
    do, code = DAMAGES[name]
    random, done = Random(name), 0
    for problem, plan in plans():
        for route in plan.routes:
            damaged = do(Case(problem, plan, route, random))
            if damaged is not None:
                done += 1
                found = {violation.code for violation in violations(damaged.problem, damaged.plan)}
                assert code in found, (name, route, found)
        if done >= 60:
            break
    assert done >= AT_LEAST, f"{name} was only done {done} times"
