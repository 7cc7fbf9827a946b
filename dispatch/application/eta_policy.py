"""Arrival times between plans: the same stops in the same order, from where the couriers are now.

Times are sent to the zone only when they moved by more than a step, so that small noise in positions and riding never
becomes an event; what a customer is shown moves in larger steps still (`domain.set_routes.ETA_STEP_MS`).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dispatch.application.ports import Recorded, StoreUnavailable, Ticker
from dispatch.application.problem_builder import Snapshot
from dispatch.application.proposals_adoption import Proposer
from dispatch.application.proposals_scene import Scene
from dispatch.application.rides_needed import rides_along
from dispatch.domain.commands import RetimedRoute, UpdateEtas
from dispatch.domain.ends import at_door, comes_at_ms
from dispatch.domain.eta import Spread, is_news
from dispatch.domain.events import RouteChanged
from dispatch.domain.order import Order
from dispatch.domain.route import Route, Stop, StopKind
from dispatch.planning.problem import PlanCourier, Problem
from dispatch.planning.retime import reachable, retime

log = logging.getLogger(__name__)
SETTLES_MS = 15_000
"""A few fixes of a courier who rides."""
_TOGETHER = 32
"""Couriers whose routes are retimed in one look."""


class EtaPolicy:
    """Keeps the times of one zone's routes honest."""

    def __init__(self, scene: Scene, proposer: Proposer, ticker: Ticker) -> None:
        self._scene = scene
        self._proposer = proposer
        self._ticker = ticker
        self._progress = asyncio.Event()
        self._settling = Settling()

    def heard(self, recorded: Recorded) -> None:
        """Look sooner when a courier has got on with a route."""
        if isinstance(recorded.event, RouteChanged) and recorded.event.reason.startswith("stop "):
            self._settling.forget(recorded.event.route.courier_id)
            self._progress.set()

    async def run(self) -> None:
        """Retime every few seconds, and soon after progress, until cancelled."""
        settings, rate = self._scene.settings, self._scene.clock.rate
        pause_s = settings.at_rate(settings.eta_every_ms, settings.eta_least_real_s, rate) / 1000 / rate
        while True:
            await self._ticker.sleep(settings.eta_least_real_s)
            cause = await self._progress_within(pause_s - settings.eta_least_real_s)
            try:
                await self.update(cause)
            except StoreUnavailable as error:
                log.warning("the zone cannot be reached, arrival times stay: %s", error)

    async def update(self, cause: str, *, at_once: bool = False) -> None:
        """Learn from the rides that were made, then send the times that have moved.

        `at_once`: what somebody reported needs no second look. A large zone is looked at and changed in parts, so that
        neither a look nor what everybody hears of it takes long.
        """
        await self._scene.when_calm(self._scene.learn_paces)
        under_way = self._scene.index.map.under_way()
        for first in range(0, len(under_way), _TOGETHER):
            seen = self._scene.look(under_way[first : first + _TOGETHER]).under_way()
            moved = await self._scene.when_calm(partial(self._moved, seen, at_once))
            if moved:
                await self._proposer.ask(UpdateEtas(moved, cause))

    async def _progress_within(self, seconds: float) -> str:
        """The cause of the next look: "progress" when a courier got on, "riding" when time went by."""
        try:
            if not self._progress.is_set():
                async with asyncio.timeout(max(0.0, seconds)):
                    await self._progress.wait()
        except TimeoutError:
            return "riding"
        self._progress.clear()
        return "progress"

    def _moved(self, seen: Snapshot, at_once: bool) -> tuple[RetimedRoute, ...]:
        problem, step_ms = self._scene.picture(seen, rides_along), self._scene.settings.eta_step_ms
        state, orders = self._scene.replica.state, {order.id: order for order in seen.orders}

        def tells(stop: Stop, arrive_ms: int) -> bool:
            return any(is_told(orders.get(o), stop.kind, seen.now_ms, arrive_ms, state.spread) for o in stop.order_ids)

        def settled(route: Route, arrive_ms: Sequence[int]) -> Sequence[int]:
            return arrive_ms if at_once else self._settling.settled(route, arrive_ms, seen.now_ms)

        said = Saying(step_ms, tells, settled)
        retimed = (retimed_route(problem, problem.by_id[c.courier.id], c.route, said) for c in seen.couriers)
        return tuple(route for route in retimed if route)


def is_told(order: Order | None, kind: StopKind, now_ms: int, arrive_ms: int, spread: Spread) -> bool:
    """Whether the order's customer would hear of this arrival."""
    if order is None or not order.etas or not order.eta_at_ms or not at_door(kind, order):
        return False
    eta_at_ms = comes_at_ms(order, arrive_ms)
    return is_news(order.etas[-1], now_ms, eta_at_ms, spread.late_at_ms(now_ms, eta_at_ms), order.promise_at_ms)


@dataclass(frozen=True, slots=True)
class Saying:
    """When new times are worth a word: a move of more than `step_ms`, or what `tells` a customer something; after
    `settled` has taken the noise out of the arrivals.
    """

    step_ms: int
    tells: Callable[[Stop, int], bool]
    settled: Callable[[Route, Sequence[int]], Sequence[int]]


def retimed_route(problem: Problem, courier: PlanCourier, route: Route, said: Saying) -> RetimedRoute | None:
    """The route's new times; None when they are not worth a word, or cannot be known."""
    timed = retime(problem, courier, courier.stops)
    if not reachable(timed):
        return None
    arrive_ms = said.settled(route, [stop.arrive_ms for stop in timed])
    triples = list(zip(arrive_ms, timed, route.stops, strict=True))
    moved = any(abs(arrives - old.arrive_at_ms) > said.step_ms for arrives, _, old in triples)
    if not (moved or any(said.tells(old, arrives) for arrives, _, old in triples)):
        return None
    times = tuple((old.id, arrives, new.depart_ms + arrives - new.arrive_ms) for arrives, new, old in triples)
    return RetimedRoute(courier.id, route.version, times)


class Settling:
    """Takes out of arrivals what the next fixes take back.

    Among one-way streets a fix that lies ten metres off can mean a block more. So a move counts only as far as all that
    was seen within `SETTLES_MS` agrees on it; who has just got on with a route is believed at once.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, list[tuple[int, tuple[int, ...]]]]] = {}

    def forget(self, courier_id: str) -> None:
        """The courier has got on: what was seen before says nothing about what is ahead."""
        self._seen.pop(courier_id, None)

    def settled(self, route: Route, arrive_ms: Sequence[int], now_ms: int) -> Sequence[int]:
        """The arrivals of a route's stops as far as they are sure; as they stand where they are not."""
        known = self._seen.get(route.courier_id)
        if known is None or known[0] != route.version:
            self._seen[route.courier_id] = (route.version, [(now_ms, tuple(arrive_ms))])
            return arrive_ms
        seen = [each for each in known[1] if each[0] >= now_ms - SETTLES_MS] + [(now_ms, tuple(arrive_ms))]
        self._seen[route.courier_id] = (route.version, seen)
        columns = zip(*(arrivals for _, arrivals in seen), strict=True)
        return [_agreed(column, stop.arrive_at_ms) for column, stop in zip(columns, route.stops, strict=True)]


def _agreed(arrivals: Sequence[int], told_ms: int) -> int:
    """The arrival nearest to what was told, if all lie on one side of that; else what was told."""
    least, most = min(arrivals), max(arrivals)
    return least if least > told_ms else most if most < told_ms else told_ms
