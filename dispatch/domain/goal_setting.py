"""Decisions about a zone's goals."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.goals import Goals
from dispatch.domain.zone import Draft

MAX_SHARE_PCT = 100
MAX_DOOR_MIN = 24 * 60
MAX_ORDERS_PER_HOUR = 100
MAX_WAITING_ORDERS = 100_000
MAX_WAITING_S = 24 * 3_600


def set_goals(draft: Draft, command: c.SetGoals) -> None:
    """The zone has other goals from now on. Whoever changes them names the version that they saw; the same goals again
    change nothing.
    """
    known = draft.base.goals
    wanted = replace(command.goals, version=known.version)
    _check(wanted)
    if wanted == known:
        return
    if command.base_version is not None and command.base_version != known.version:
        raise Conflict("stale_goals", "Somebody else has changed the goals meanwhile; look at them and change again.")
    draft.emit(e.GoalsChanged(replace(wanted, version=known.version + 1)))
    draft.emit(e.Overridden("set_goals", "", "", command.reason))


def _check(goals: Goals) -> None:
    bounds = (
        ("on_time_pct", goals.on_time_pct, MAX_SHARE_PCT),
        ("at_risk_pct", goals.at_risk_pct, MAX_SHARE_PCT),
        ("late_pct", goals.late_pct, MAX_SHARE_PCT),
        ("door_min", goals.door_min, MAX_DOOR_MIN),
        ("orders_per_courier_hour", goals.orders_per_courier_hour, MAX_ORDERS_PER_HOUR),
        ("waiting_orders", goals.waiting_orders, MAX_WAITING_ORDERS),
        ("waiting_s", goals.waiting_s, MAX_WAITING_S),
    )
    for name, value, most in bounds:
        if not 0 <= value <= most:
            raise InvalidInput("bad_goal", f"The goal {name} is a number from 0 to {most}.")
