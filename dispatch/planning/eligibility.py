"""Who may take an order, and if nobody, why: the reasons that a dispatcher sees beside a waiting order."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dispatch.domain.order import TO_DELIVER, Lock
from dispatch.planning.problem import UNREACHABLE_MS, PlanCourier, PlanOrder, Problem

Bools = npt.NDArray[np.bool_]


class Team:
    """A problem's couriers as columns, so that a rule looks at all of them at once."""

    def __init__(self, problem: Problem) -> None:
        couriers = problem.couriers
        self.problem = problem
        self.column = {courier.id: k for k, courier in enumerate(couriers)}
        self.on_duty = np.array([courier.closed != "off_duty" for courier in couriers], dtype=bool)
        self.open = np.array([not courier.closed for courier in couriers], dtype=bool)
        counts = problem.order_counts
        self.free = np.array([counts[c.id] < problem.max_orders(c) for c in couriers], dtype=bool)
        self.carries = np.array([(c.capacity.weight_g, c.capacity.volume_ml, c.capacity.items) for c in couriers])
        self.fit: dict[tuple[object, ...], tuple[Bools, str]] = {}
        self._skilled: dict[tuple[str, ...], Bools] = {}
        self._reach: dict[int, Bools] = {}
        self._of = {
            p: np.array([k for k, c in enumerate(couriers) if c.profile == p], dtype=int) for p in problem.travel_ms
        }
        self._starts = np.array([courier.start for courier in couriers], dtype=int)

    def skilled(self, skills: tuple[str, ...]) -> Bools:
        """Who has all of these skills."""
        if skills not in self._skilled:
            wanted = frozenset(skills)
            self._skilled[skills] = np.array([wanted <= c.skills for c in self.problem.couriers], dtype=bool)
        return self._skilled[skills]

    def reach(self, place: int) -> Bools:
        """Who has a way to a place."""
        if place not in self._reach:
            near = np.zeros(len(self.column), dtype=bool)
            for profile, who in self._of.items():
                near[who] = self.problem.travel_ms[profile][self._starts[who], place] < UNREACHABLE_MS
            self._reach[place] = near
        return self._reach[place]

    def rides(self, here: int, there: int) -> Bools:
        """Whose vehicle has a way between two places."""
        ways = np.zeros(len(self.column), dtype=bool)
        for profile, who in self._of.items():
            ways[who] = self.problem.travel_ms[profile][here, there] < UNREACHABLE_MS
        return ways


@lru_cache(maxsize=4)
def team_of(problem: Problem) -> Team:
    """The couriers of a problem; the last few are remembered."""
    return Team(problem)


def candidates(problem: Problem, order: PlanOrder) -> tuple[list[PlanCourier], str]:
    """The couriers who may take an order, and if there are none, what rules the last of them out.

    Who missed the last offer of it, in a lift or at a door, is asked again only when nobody else is left.
    """
    if order.order.status in TO_DELIVER:
        return [problem.by_id[order.order.courier_id]], ""
    team = team_of(problem)
    left, reason = _left_by_traits(team, order)
    if not reason:
        left, reason = _left(team, order, left, _RULES_OF_PLACE)
    if reason:
        return [], reason
    fit = [problem.couriers[k] for k in np.flatnonzero(left)]
    return [courier for courier in fit if courier.id != order.order.missed_by] or fit, ""


def _left_by_traits(team: Team, order: PlanOrder) -> tuple[Bools, str]:
    """Who passes the rules that do not ask where an order goes; orders that are alike share one answer."""
    o = order.order
    traits = (o.lock, o.courier_id if o.lock is not Lock.NONE else "", o.declined_by, o.skills, o.load)
    if traits not in team.fit:
        team.fit[traits] = _left(team, order, np.ones(len(team.column), dtype=bool), _RULES_OF_TRAITS)
    return team.fit[traits]


def _left(team: Team, order: PlanOrder, left: Bools, rules: "Rules") -> tuple[Bools, str]:
    """Who of those left passes these rules, or the rule that rules out the last of them."""
    for reason, may in rules:
        left = left & may(team, order)
        if not left.any():
            return left, reason
    return left, ""


def _on_duty(team: Team, order: PlanOrder) -> Bools:
    return team.on_duty


def _with_position(team: Team, order: PlanOrder) -> Bools:
    return team.open


def _willing(team: Team, order: PlanOrder) -> Bools:
    if order.order.lock is not Lock.NONE:
        return np.array([c.id == order.order.courier_id for c in team.problem.couriers], dtype=bool)
    willing = np.ones(len(team.column), dtype=bool)
    willing[[team.column[c] for c in order.order.declined_by if c in team.column]] = False
    return willing


def _skilled(team: Team, order: PlanOrder) -> Bools:
    return team.skilled(order.order.skills)


def _strong(team: Team, order: PlanOrder) -> Bools:
    load = order.order.load
    return np.asarray((team.carries >= (load.weight_g, load.volume_ml, load.items)).all(axis=1))


def _connected(team: Team, order: PlanOrder) -> Bools:
    ways = [(order.pickup, team.reach(order.pickup)), *((o.place, team.reach(o.place)) for o in order.options)]
    return np.asarray(np.any([reach & team.rides(place, order.dropoff) for place, reach in ways], axis=0))


def _free(team: Team, order: PlanOrder) -> Bools:
    return team.free


Rules = tuple[tuple[str, Callable[[Team, PlanOrder], Bools]], ...]

_RULES_OF_TRAITS: Rules = (
    ("no_courier_on_duty", _on_duty),
    ("no_position", _with_position),
    ("everyone_declined", _willing),
    ("no_skill", _skilled),
    ("too_heavy", _strong),
)
_RULES_OF_PLACE: Rules = (
    ("unreachable", _connected),
    ("all_busy", _free),
)

REASONS = (*(reason for reason, _ in _RULES_OF_TRAITS + _RULES_OF_PLACE), "own_fleet_first")
"""Every reason, in the order in which the rules are looked at; the last is one of the zone's offer policy."""
