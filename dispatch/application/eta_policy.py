"""Arrival times between plans: the same stops in the same order, from where the couriers are now.

Times are sent to the zone only when they moved by more than a step, so that small noise in positions and riding never
becomes an event; what a customer is shown moves in larger steps still (`domain.set_routes.ETA_STEP_MS`).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from dispatch.application.ports import Recorded, StoreUnavailable, Ticker
from dispatch.application.problem_builder import Snapshot
from dispatch.application.proposals_adoption import Proposer
from dispatch.application.proposals_scene import Scene
from dispatch.application.rides_needed import rides_along
from dispatch.domain.commands import RetimedRoute, UpdateEtas
from dispatch.domain.ends import at_door
from dispatch.domain.eta import is_news
from dispatch.domain.events import RouteChanged
from dispatch.domain.order import Order
from dispatch.domain.route import Route, Stop, StopKind
from dispatch.planning.problem import PlanCourier, Problem
from dispatch.planning.retime import reachable, retime

log = logging.getLogger(__name__)
_TOGETHER = 32
"""Couriers whose routes are retimed in one look."""


class EtaPolicy:
    """Keeps the times of one zone's routes honest."""

    def __init__(self, scene: Scene, proposer: Proposer, ticker: Ticker) -> None:
        self._scene = scene
        self._proposer = proposer
        self._ticker = ticker
        self._progress = asyncio.Event()

    def heard(self, recorded: Recorded) -> None:
        """Look sooner when a courier has got on with a route."""
        if isinstance(recorded.event, RouteChanged) and recorded.event.reason.startswith("stop "):
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

    async def update(self, cause: str) -> None:
        """Learn from the rides that were made, then send the times that have moved.

        A large zone is looked at in parts, so that no look takes long.
        """
        await self._scene.when_calm(self._scene.learn_paces)
        under_way, moved = self._scene.index.map.under_way(), list[RetimedRoute]()
        for first in range(0, len(under_way), _TOGETHER):
            seen = self._scene.look(under_way[first : first + _TOGETHER]).under_way()
            moved += await self._scene.when_calm(partial(self._moved, seen))
        if moved:
            await self._proposer.ask(UpdateEtas(tuple(moved), cause))

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

    def _moved(self, seen: Snapshot) -> tuple[RetimedRoute, ...]:
        problem, step_ms = self._scene.picture(seen, rides_along), self._scene.settings.eta_step_ms
        state, orders = self._scene.replica.state, {order.id: order for order in seen.orders}

        def tells(stop: Stop, arrive_ms: int) -> bool:
            late_ms = state.spread.late_at_ms(seen.now_ms, arrive_ms)
            return any(is_told(orders.get(o), stop.kind, seen.now_ms, arrive_ms, late_ms) for o in stop.order_ids)

        retimed = (retimed_route(problem, problem.by_id[c.courier.id], c.route, step_ms, tells) for c in seen.couriers)
        return tuple(route for route in retimed if route)


def is_told(order: Order | None, kind: StopKind, now_ms: int, arrive_ms: int, late_ms: int) -> bool:
    """Whether the order's customer would hear of this arrival."""
    if order is None or not order.etas or not order.eta_at_ms or not at_door(kind, order):
        return False
    return is_news(order.etas[-1], now_ms, arrive_ms, late_ms, order.promise_at_ms)


def retimed_route(
    problem: Problem, courier: PlanCourier, route: Route, step_ms: int, tells: Callable[[Stop, int], bool]
) -> RetimedRoute | None:
    """The route's new times; None when no arrival moved by more than `step_ms` and none tells a customer anything, or
    when they cannot be known.
    """
    timed = retime(problem, courier, courier.stops)
    pairs = list(zip(timed, route.stops, strict=True))
    moved = any(abs(new.arrive_ms - old.arrive_at_ms) > step_ms for new, old in pairs)
    if not reachable(timed) or not (moved or any(tells(old, new.arrive_ms) for new, old in pairs)):
        return None
    times = tuple((old.id, new.arrive_ms, new.depart_ms) for new, old in zip(timed, route.stops, strict=True))
    return RetimedRoute(courier.id, route.version, times)
