"""A dispatcher overrules the system: what they ask for becomes a command, checked against the plan that they saw.

Who names the plan version they looked at is told when something that they decide about (the order, the routes that it
leaves and joins) has changed since, and decides again; changes elsewhere do not disturb them. Who names none means "as
it stands now": then a plan that changes in the meantime is looked at again, a few times.
"""

from dataclasses import dataclass
from typing import Final, Literal

from dispatch.application.ports import Clock, PositionStore, TravelTimes
from dispatch.application.proposals_by_hand import assignment_by_hand
from dispatch.application.replica import ZoneReplica
from dispatch.domain.commands import AssignByHand, Command, LockOrder, UnassignByHand
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.order import Lock
from dispatch.domain.plans import has_changed
from dispatch.domain.zone import ZoneState

MAX_LOOKS: Final = 5
"""So often is an override that names no version tried against the newest plan."""

OverrideAction = Literal["assign", "unassign", "lock", "unlock"]


@dataclass(frozen=True, slots=True)
class OverrideWish:
    """What a dispatcher wants. `force` accepts what speaks against it (capacity, vehicle, refusals).

    `expected_version` is the plan version that they had before their eyes.
    """

    action: OverrideAction
    order_id: str
    reason: str
    courier_id: str | None = None
    expected_version: int | None = None
    force: bool = False


class StaleVersion(Conflict):
    """What the override touches has changed since the dispatcher looked."""

    def __init__(self, seen_version: int, current_version: int) -> None:
        super().__init__("stale_plan", f"This changed after plan version {seen_version}; look again and decide anew.")
        self.current_version = current_version


class Infeasible(Conflict):
    """The override breaks rules; it needs `force`."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        super().__init__("infeasible", "This breaks rules of the plan; send it again with force if you mean it.")
        self.violations = violations


@dataclass(frozen=True, slots=True)
class Decision:
    """The command to ask for, and what speaks against it."""

    command: Command
    violations: tuple[str, ...] = ()


async def decide(
    wish: OverrideWish, replica: ZoneReplica, positions: PositionStore, travel_times: TravelTimes, clock: Clock
) -> Decision:
    """The command for a wish. Raises `StaleVersion`, `Infeasible`, `InvalidInput` or `NotFound`."""
    _check_fresh(wish, replica.state)
    match wish.action:
        case "assign":
            return await _assign(wish, replica, positions, travel_times, clock)
        case "unassign":
            return Decision(UnassignByHand(wish.order_id, wish.reason, wish.expected_version))
        case "lock":
            return Decision(LockOrder(wish.order_id, Lock.COURIER, wish.reason, wish.expected_version))
        case "unlock":
            return Decision(LockOrder(wish.order_id, Lock.NONE, wish.reason, wish.expected_version))


def _check_fresh(wish: OverrideWish, state: ZoneState) -> None:
    """Say early what the zone would say too, before a route is planned and its rules are argued about."""
    order, seen_version = state.orders.get(wish.order_id), wish.expected_version
    if order and seen_version is not None and has_changed(state, order, seen_version, wish.courier_id or ""):
        raise StaleVersion(seen_version, state.plan_version)


async def _assign(
    wish: OverrideWish, replica: ZoneReplica, positions: PositionStore, travel_times: TravelTimes, clock: Clock
) -> Decision:
    if wish.courier_id is None:
        raise InvalidInput("courier_missing", "Say which courier is to have the order.")
    planned = await assignment_by_hand(replica, positions, travel_times, clock, wish.order_id, wish.courier_id)
    against = tuple(str(violation) for violation in planned.violations)
    if against and not wish.force:
        raise Infeasible(against)
    seen_version = planned.base_version if wish.expected_version is None else wish.expected_version
    command = AssignByHand(wish.order_id, planned.route, min(seen_version, planned.base_version), wish.reason)
    return Decision(command, against)
