"""How the planner looks at its zone: settings, and the way from the replica to a picture in a worker thread."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from dispatch.application.learnt import Learnt
from dispatch.application.offer_policy import OfferPolicy, OfferSettings
from dispatch.application.ports import Clock, PositionStore, Recorded, TravelTimes
from dispatch.application.problem_builder import Snapshot, build_problem, snapshot, without_people
from dispatch.application.rides_needed import Needed
from dispatch.application.travel_book import TravelBook
from dispatch.application.whereabouts import Whereabouts
from dispatch.application.zone_index import ZoneIndex
from dispatch.domain.geo import Point
from dispatch.domain.offer import OfferMode
from dispatch.domain.order import Order
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState
from dispatch.planning.churn import ChurnLog
from dispatch.planning.problem import Problem
from dispatch.planning.terms import Weights

T = TypeVar("T")
_PATIENCE_S = 0.5
"""How long the background waits for the fast path at most."""


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

    offer_mode: Literal["offer", "assign", "batch"] = "offer"
    offers: OfferSettings = field(default_factory=OfferSettings)
    offer_ttl_ms: int = 60_000
    offer_least_real_s: float = 16.0
    """A person gets at least 15 s; the rest is for the way to the phone."""
    coalesce_real_s: float = 0.02
    retry_every_ms: int = 15_000
    near_couriers: int = 24
    """So many couriers are looked at for a new order first; more only when none of them can take it."""
    improve_every_ms: int = 10_000
    """Between rounds when little has changed; sooner, down to the least, when much has."""
    improve_least_real_s: float = 3.0
    improve_budget_real_s: float = 1.0
    improve_couriers: int = 14
    improve_orders: int = 90
    cover_within_ms: int = 60_000
    cover_again_ms: int = 120_000
    deep_quiet_ms: int = 30_000
    """A zone in which nothing changed for so long is improved deeply, each part of it once in `deep_again_ms`."""
    deep_again_ms: int = 600_000
    deep_budget_real_s: float = 3.0
    deep_couriers: int = 32
    deep_orders: int = 200
    least_gain: float = 30.0
    churn_stops: int = 8
    """So many stops of a courier that are not started may be moved by improvements within `churn_window_ms`."""
    churn_window_ms: int = 600_000
    waiting_advice: bool = False
    """Whether idle couriers are advised where to wait."""
    advice_every_ms: int = 180_000
    advice_again_ms: int = 900_000
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
        learnt: Learnt | None = None,
    ) -> None:
        self.replica = replica
        self.clock = clock
        self.settings = settings
        self.offload = offload
        self.whereabouts = Whereabouts(positions, replica.state.zone_id)
        self.index = ZoneIndex(replica.state)
        self.churn = ChurnLog(settings.churn_stops, settings.churn_window_ms)
        self.offers = OfferPolicy(replica.state, OfferMode(settings.offer_mode), settings.offers, clock)
        self.learnt = learnt or Learnt(replica.state)
        self._travel_times = travel_times
        self._book = TravelBook(travel_times)
        self._bare = _Bare()
        self._calm = asyncio.Event()
        self._calm.set()

    async def urgently(self, work: Callable[[], T]) -> T:
        """Offload what an order waits for; what is not urgent does not begin meanwhile, so that it takes no time."""
        self._calm.clear()
        try:
            return await self.offload(work)
        finally:
            self._calm.set()

    async def when_calm(self, work: Callable[[], T]) -> T:
        """Offload what can wait a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._calm.wait()
        return await self.offload(work)

    @property
    def lost_ms(self) -> int:
        """A place older than this, in business ms, counts as lost."""
        settings = self.settings
        return settings.at_rate(settings.position_lost_ms, settings.position_lost_least_real_s, self.clock.rate)

    @property
    def seen_after_ms(self) -> int:
        """Couriers seen since this moment of business time are not lost."""
        return self.clock.now_ms() - self.lost_ms

    def look(self, courier_ids: Collection[str], waiting: Collection[str] = ()) -> Snapshot:
        """These couriers and orders as they stand, with the couriers' places; it takes as long as those few take."""
        state, now_ms = self.replica.state, self.clock.now_ms()
        orders = self.index.orders(courier_ids, waiting)
        known = dict.fromkeys(courier_id for courier_id in courier_ids if courier_id in state.couriers)
        return snapshot(state, self.whereabouts.known, now_ms, self.lost_ms, only_couriers=known, orders=orders)

    def picture(self, seen: Snapshot, needed: Needed) -> Problem:
        """The problem to solve; takes as long as the roads take, so call it through `offload`."""
        built = build_problem(seen, self._book, self.settings.weights, needed=needed, bare=self._bare)
        problem = replace(self.learnt.applied(built, seen), pace=self._pace(built))
        couriers = (replace(c, churn_left=self.churn.left(c.id, seen.now_ms)) for c in problem.couriers)
        return self.offers.priced(replace(problem, couriers=tuple(couriers)), seen)

    def learn_paces(self) -> None:
        """Learn from the rides that were made since; takes as long as the roads take."""
        self.learnt.paces.learn(self._travel_times)

    def _pace(self, problem: Problem) -> tuple[tuple[int, float], ...]:
        """How rides get slower or faster in the hours to come, for the vehicle that most of these couriers have."""
        profiles = Counter(courier.profile for courier in problem.couriers).most_common(1)
        return self._travel_times.pace(profiles[0][0]) if profiles else ()

    def rides_to_s(
        self, profiles: Collection[Profile], places: Sequence[Point], starts: Sequence[Point]
    ) -> dict[Profile, npt.NDArray[np.float64]]:
        """Seconds [places + starts, places] for each profile; takes as long as the roads take."""
        needed = np.zeros((len(places) + len(starts),) * 2, dtype=bool)
        needed[:, : len(places)] = True
        rides = self._book.matrices(profiles, places, starts, needed)
        return {profile: legs[:, : len(places)] / 1000 for profile, legs in rides.items()}


class _Bare:
    """Orders without people: each is made once, for as long as the order stays as it is."""

    def __init__(self, kept: int = 20_000) -> None:
        self._kept = kept
        self._made: dict[str, tuple[Order, Order]] = {}

    def __call__(self, order: Order) -> Order:
        """The order without people."""
        made = self._made.get(order.id)
        if made is None or made[0] is not order:
            if len(self._made) >= self._kept:
                self._made.clear()
            made = self._made[order.id] = (order, without_people(order))
        return made[1]
