"""A dispatcher overrules the system: what they ask for becomes a command, with everything that it would change.

The theory. An override is tried out before it is asked for: the planner makes the routes that it needs, the zone's own
`apply` decides it on a copy, and the pictures before and after are compared. A preview stops there, so it says exactly
what the zone would do, refusals included. The effects go into the zone with the command and are kept with the override.

Who names the plan version they looked at is told when something that they decide about (the order, the routes that it
leaves and joins) has changed since, and decides again; changes elsewhere do not disturb them. Who names none means "as
it stands now": then a plan that changes in the meantime is looked at again, a few times.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

from dispatch.application.meetings import for_zone, plan_stop
from dispatch.application.override_scene import OverrideScene, scene, scene_of, unlocked
from dispatch.application.ports import Clock, PositionStore, TravelTimes
from dispatch.application.problem_builder import Snapshot, build_problem
from dispatch.application.proposals_scene import Offload, PlannerSettings, Replica
from dispatch.application.travel_book import TravelBook
from dispatch.domain.apply import apply
from dispatch.domain.commands import Overrule, UndoOverride
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.order import Lock
from dispatch.domain.override import Effects, Override, OverrideAction
from dispatch.domain.override_undo import Restored, routes_to_restore
from dispatch.domain.overrides import has_changed
from dispatch.domain.route import PlannedRoute, StopState
from dispatch.domain.zone import ZoneState
from dispatch.planning import by_hand
from dispatch.planning.checker import violations
from dispatch.planning.problem import Plan, PlanStop, Problem
from dispatch.planning.retime import planned_route

MAX_LOOKS: Final = 5
"""So often is an override that names no version tried against the newest plan."""
A = OverrideAction
_ONE_COURIER = frozenset({A.ASSIGN, A.MERGE, A.EXCLUDE, A.INCLUDE, A.RESEQUENCE})


@dataclass(frozen=True, slots=True)
class OverrideWish:
    """What a dispatcher (`by`) wants. `force` accepts what speaks against it (capacity, vehicle, refusals).

    `stop_ids` are a courier's stops ahead in the wanted order; started ones may be left out. `expected_version` is the
    plan version that they had before their eyes. `override_id` is what the override will be known by.
    """

    action: OverrideAction
    order_ids: tuple[str, ...]
    reason: str
    courier_id: str = ""
    stop_ids: tuple[str, ...] = ()
    lock: Lock = Lock.COURIER
    expected_version: int | None = None
    force: bool = False
    by: str = ""
    override_id: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What it takes to look ahead: the zone, where its couriers are, its roads and its clock."""

    replica: Replica
    positions: PositionStore
    travel_times: TravelTimes
    clock: Clock
    settings: PlannerSettings = field(default_factory=PlannerSettings)
    offload: Offload = asyncio.to_thread


class StaleVersion(Conflict):
    """What the override touches has changed since the dispatcher looked."""

    def __init__(self, seen_version: int, current_version: int) -> None:
        super().__init__("stale_plan", f"This changed after plan version {seen_version}; look again and decide anew.")
        self.current_version = current_version


class Infeasible(Conflict):
    """The override breaks rules; it needs `force`."""

    def __init__(self, effects: Effects) -> None:
        super().__init__("infeasible", "This breaks rules of the plan; send it again with force if you mean it.")
        self.violations = effects.violations
        self.current_version = effects.plan_version


async def decide(wish: OverrideWish, around: Surroundings) -> Overrule:
    """The command for a wish. Raises `Infeasible` when it breaks rules and is not forced, and what `preview` raises."""
    command = await preview(wish, around)
    if command.effects.violations and not wish.force:
        raise Infeasible(command.effects)
    return replace(command, forced=bool(command.effects.violations))


async def preview(wish: OverrideWish, around: Surroundings) -> Overrule:
    """The command for a wish, with its effects, whatever speaks against it.

    Raises `StaleVersion`, or the `DomainError` with which the zone would refuse it.
    """
    state, now_ms = around.replica.state, around.clock.now_ms()
    asked = _asked(wish, state)
    where = await around.positions.latest(state.zone_id)
    before = scene_of(around.replica.state, asked, where)
    book, lost = TravelBook(around.travel_times), lost_ms(around)
    seen, free = before.look(where, now_ms, lost), before.with_locks(unlocked).look(where, now_ms, lost)
    made = await around.offload(lambda: _routes(_Pictures(book, around.settings, seen, free), wish, before))
    command = for_zone(replace(asked, routes=made.routes, base_version=_base(wish, made)))
    events = apply(around.replica.state, command, now_ms)
    later = before.after(events).look(where, now_ms, lost)
    weights = around.settings.weights
    changed = await around.offload(
        lambda: by_hand.effects(made.problem, build_problem(later, book, weights), before.named)
    )
    return replace(command, effects=replace(changed, violations=made.against))


async def undoing(override: Override, reason: str, by: str, around: Surroundings) -> UndoOverride:
    """The command that takes an override back, with the stops that couriers get back at the times that they have now.

    Raises `Conflict` that says what has changed since.
    """
    state, now_ms = around.replica.state, around.clock.now_ms()
    restored = routes_to_restore(state, override)
    old = tuple(PlannedRoute(each.mark.courier_id, each.mark.stops) for each in restored)
    command = UndoOverride(override.id, reason, old, by)
    events = apply(state, command, now_ms)
    if not restored:
        return command
    couriers = tuple(each.mark.courier_id for each in restored)
    where = await around.positions.latest(state.zone_id)
    seen = scene(state, couriers, override.order_ids).after(events).look(where, now_ms, lost_ms(around))
    book, weights = TravelBook(around.travel_times), around.settings.weights

    def routes() -> tuple[PlannedRoute, ...]:
        problem = build_problem(seen, book, weights)
        return tuple(_back(problem, each) for each in restored)

    return for_zone(replace(command, routes=await around.offload(routes)))


def _back(problem: Problem, restored: Restored) -> PlannedRoute:
    """The stops of a courier who gets something back: as they were, or as they fit best into what is there now."""
    courier = problem.by_id[restored.mark.courier_id]
    if restored.exact:
        return planned_route(problem, courier, courier.stops)
    free = by_hand.freed(problem, restored.returned)
    return by_hand.plan_assignment(free, sorted(restored.returned), courier.id)


def _asked(wish: OverrideWish, state: ZoneState) -> Overrule:
    """The command without what planning adds. Says early what the zone would say too, before routes are planned."""
    for order_id in wish.order_ids:
        if order_id not in state.orders:
            raise NotFound("unknown_order", f"There is no order {order_id}.")
    if wish.courier_id and wish.courier_id not in state.couriers:
        raise NotFound("unknown_courier", f"There is no courier {wish.courier_id}.")
    if wish.action in _ONE_COURIER and not wish.courier_id:
        raise InvalidInput("courier_missing", f"Say which courier you mean: {wish.action} needs one.")
    if wish.action is not A.RESEQUENCE and not wish.order_ids:
        raise InvalidInput("order_missing", f"Say which order you mean: {wish.action} needs one.")
    lock = wish.lock if wish.action is A.LOCK else Lock.NONE
    order_ids = () if wish.action is A.RESEQUENCE else tuple(dict.fromkeys(wish.order_ids))
    command = Overrule(
        wish.action,
        order_ids,
        wish.reason,
        wish.courier_id,
        lock=lock,
        base_version=wish.expected_version,
        by=wish.by,
        override_id=wish.override_id,
    )
    seen_version = wish.expected_version
    if seen_version is not None and has_changed(state, command, seen_version):
        raise StaleVersion(seen_version, state.plan_version)
    return command


def _base(wish: OverrideWish, made: "_Made") -> int | None:
    """The version that the routes were made on, unless the dispatcher saw an older one."""
    seen_version = wish.expected_version
    if not made.routes:
        return seen_version
    return made.problem.version if seen_version is None else min(seen_version, made.problem.version)


def lost_ms(around: Surroundings) -> int:
    """A courier's place older than this counts as lost, business ms."""
    settings = around.settings
    return settings.at_rate(settings.position_lost_ms, settings.position_lost_least_real_s, around.clock.rate)


# --- the routes that an action needs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pictures:
    """The picture before the override, with its locks and as if there were none."""

    book: TravelBook
    settings: PlannerSettings
    seen: Snapshot
    unlocked: Snapshot

    def build(self, seen: Snapshot) -> Problem:
        return build_problem(seen, self.book, self.settings.weights)


@dataclass(frozen=True, slots=True)
class _Made:
    """The picture before, the new routes, and every rule that they break."""

    problem: Problem
    routes: tuple[PlannedRoute, ...] = ()
    against: tuple[str, ...] = ()


def _routes(pictures: _Pictures, wish: OverrideWish, before: OverrideScene) -> _Made:
    problem = pictures.build(pictures.seen)
    match wish.action:
        case A.ASSIGN | A.MERGE | A.SPLIT if wish.courier_id:
            return _given(problem, wish)
        case A.RESEQUENCE:
            stops = _wanted_stops(before.state, wish)
            route = by_hand.plan_sequence(pictures.build(pictures.unlocked), wish.courier_id, stops)
            return _Made(problem, (route,), _against(problem, (route,)))
        case A.EXPEDITE:
            return _first(problem, wish)
        case _:
            return _Made(problem)


def _given(problem: Problem, wish: OverrideWish) -> _Made:
    """The route of the courier who gets the orders; what they have begun already for one of them stays."""
    begun = {o for stop in problem.by_id[wish.courier_id].frozen for o in stop.order_ids}
    known = [o for o in dict.fromkeys(wish.order_ids) if o in problem.orders and o not in begun]
    free = by_hand.freed(problem, known)
    route = by_hand.plan_assignment(free, known, wish.courier_id, together=wish.action is A.MERGE)
    return _Made(problem, (route,), _against(free, (route,)))


def _first(problem: Problem, wish: OverrideWish) -> _Made:
    """The routes on which the orders are, with them in front of all that no lock holds; those that wait have none."""
    by_courier: dict[str, list[str]] = {}
    for order_id in dict.fromkeys(wish.order_ids):
        if order_id in problem.routed:
            by_courier.setdefault(problem.routed[order_id], []).append(order_id)
    routes = tuple(by_hand.plan_first(problem, each, ids) for each, ids in by_courier.items())
    return _Made(problem, routes, _against(problem, routes))


def _against(problem: Problem, routes: tuple[PlannedRoute, ...]) -> tuple[str, ...]:
    found = violations(problem, Plan(problem.version, routes, ("by_hand",)))
    return tuple(dict.fromkeys(str(violation) for violation in found))


def _wanted_stops(state: ZoneState, wish: OverrideWish) -> list[PlanStop]:
    """The stops that are not started, in the wanted order. Raises `InvalidInput` when some are missing or strange."""
    ahead = state.route(wish.courier_id).stops
    started = [stop.id for stop in ahead if stop.state is not StopState.PLANNED]
    wanted = [stop_id for stop_id in wish.stop_ids if stop_id not in started]
    planned = {stop.id: stop for stop in ahead if stop.id not in started}
    if sorted(wanted) != sorted(planned):
        raise InvalidInput("bad_sequence", "Name every stop that is not started yet, each once.")
    return [plan_stop(planned[stop_id], wish.courier_id) for stop_id in wanted]
