"""How the planner looks at its zone: settings, and the way from the replica to a picture in a worker thread."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from dispatch.application.ports import Clock, PositionStore, Recorded, TravelTimes
from dispatch.application.problem_builder import Snapshot, build_problem, snapshot
from dispatch.application.travel_book import TravelBook
from dispatch.application.whereabouts import Whereabouts
from dispatch.domain.zone import ZoneState
from dispatch.planning.problem import Problem
from dispatch.planning.terms import Weights

T = TypeVar("T")


class Offload(Protocol):
    """Runs a function beside the event loop (`asyncio.to_thread`), or inline under a virtual clock."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """The function's result."""
        ...


class Replica(Protocol):
    """What the planner needs of `ZoneReplica`."""

    state: ZoneState

    def listen(self, listener: Callable[[Recorded], None]) -> Callable[[], None]:
        """Hear of every further event, synchronously and in order. Returns how to stop."""
        ...


@dataclass(frozen=True, slots=True)
class PlannerSettings:
    """How the planner works. Names say which clock counts: `_ms` business time, `real_s` technical time."""

    offer_mode: Literal["offer", "assign"] = "offer"
    offer_ttl_ms: int = 60_000
    offer_least_real_s: float = 16.0
    """A person gets at least 15 s; the rest is for the way to the phone."""
    coalesce_real_s: float = 0.02
    retry_every_ms: int = 15_000
    improve_every_ms: int = 10_000
    improve_least_real_s: float = 3.0
    improve_budget_real_s: float = 1.0
    least_gain: float = 30.0
    eta_every_ms: int = 10_000
    eta_least_real_s: float = 1.0
    eta_step_ms: int = 20_000
    position_lost_ms: int = 300_000
    position_lost_least_real_s: float = 30.0
    weights: Weights = field(default_factory=Weights)

    def at_rate(self, business_ms: int, least_real_s: float, rate: float) -> int:
        """The longer of a business and a technical duration, in business ms at this clock rate."""
        return max(business_ms, int(least_real_s * rate * 1000))


class Scene:
    """One zone before the planner's eyes: its replica, its couriers' places, its travel times."""

    def __init__(
        self,
        *,
        replica: Replica,
        positions: PositionStore,
        travel_times: TravelTimes,
        clock: Clock,
        settings: PlannerSettings,
        offload: Offload,
    ) -> None:
        self.replica = replica
        self.clock = clock
        self.settings = settings
        self.offload = offload
        self.whereabouts = Whereabouts(positions, replica.state.zone_id)
        self._book = TravelBook(travel_times)

    def look(self) -> Snapshot:
        """The zone as it stands, with the couriers' places."""
        where = self.whereabouts.known
        settings, rate = self.settings, self.clock.rate
        lost_ms = settings.at_rate(settings.position_lost_ms, settings.position_lost_least_real_s, rate)
        return snapshot(self.replica.state, where, self.clock.now_ms(), lost_ms)

    def picture(self, seen: Snapshot) -> Problem:
        """The problem to solve; takes as long as the roads take, so call it through `offload`."""
        return build_problem(seen, self._book, self.settings.weights)
