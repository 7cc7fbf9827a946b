"""Improvement in the background: neighbourhood after neighbourhood, where something has changed first.

A round looks at a handful of couriers who come near each other (`planning.focus`), so it costs the same in a zone of
any size; a large zone has more rounds. Whoever changed (new orders, a stop done, late now) is due at once, everybody
else again after a while. When nothing has changed for some time, the parts are searched deeply, each once.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from dispatch.application.ports import Recorded, Solver, StoreUnavailable, Ticker
from dispatch.application.problem_builder import Snapshot
from dispatch.application.proposals_adoption import Proposer
from dispatch.application.proposals_scene import Scene
from dispatch.application.rides_needed import every_ride
from dispatch.domain import events as e
from dispatch.domain.route import Route
from dispatch.planning.churn import Visits, moved_stops, visits_ahead, within_budget
from dispatch.planning.focus import Sketch, Turns, neighbourhood
from dispatch.planning.freezing import worthwhile

log = logging.getLogger(__name__)
REASON = "improvement"
_REFUSED_TOO = 8
"""Orders that nobody could take go into a round as well: a better plan may have room for them."""


class Improving:
    """Improves the plan of one zone for ever. `refused` says which orders nobody could take."""

    def __init__(
        self, scene: Scene, proposer: Proposer, solver: Solver, ticker: Ticker, refused: Callable[[], Sequence[str]]
    ) -> None:
        self._scene = scene
        self._proposer = proposer
        self._solver = solver
        self._ticker = ticker
        self._refused = refused
        self._usual = Turns(scene.settings.cover_again_ms)
        self._deep = Turns(scene.settings.deep_again_ms)
        self._changed_at_ms = 0
        self._late: set[str] = set()
        self._told: dict[str, tuple[Visits, ...]] = {}
        self._rounds = 0

    def begin(self) -> None:
        """Start anew from the replica's routes."""
        self._told = {c: visits_ahead(route.stops) for c, route in self._scene.replica.state.routes.items()}

    def heard(self, recorded: Recorded) -> None:
        """Take in what happened."""
        match recorded.event:
            case e.RouteChanged(route=route, reason=reason):
                self._note_churn(route, reason, recorded.at_ms)
                self._note_late(route)
                self._change(route.courier_id)
            case e.RouteRetimed(route=route) if self._note_late(route):
                self._change(route.courier_id)
            case e.DutyChanged(courier=courier):
                self._change(courier.id)

    def _change(self, courier_id: str) -> None:
        self._usual.change(courier_id)
        self._deep.change(courier_id)
        self._changed_at_ms = self._scene.clock.now_ms()

    def _note_late(self, route: Route) -> bool:
        """Whether the route is late now and was not before."""
        before = route.courier_id in self._late
        late = any(stop.arrive_at_ms > stop.latest_at_ms > 0 for stop in route.stops)
        (self._late.add if late else self._late.discard)(route.courier_id)
        return late and not before

    def _note_churn(self, route: Route, reason: str, at_ms: int) -> None:
        """Count what an improvement has moved; what couriers, dispatchers and customers change is not churn."""
        ahead = visits_ahead(route.stops)
        if reason == REASON:
            before = self._told.get(route.courier_id, ())
            self._scene.churn.note(route.courier_id, moved_stops(before, ahead), at_ms)
        self._told[route.courier_id] = ahead

    # --- rounds ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Improve every few seconds, until cancelled."""
        while True:
            await self._ticker.sleep(self._pause_s())
            try:
                await self.improve()
            except StoreUnavailable as error:
                log.warning("the zone cannot be reached, its plan stays: %s", error)

    def _pause_s(self) -> float:
        """Technical seconds until the next round; the sooner, the more couriers are due."""
        settings, clock = self._scene.settings, self._scene.clock
        due = self._usual.waiting(self._scene.index.map.under_way(), clock.now_ms())
        rounds = max(1, due // max(1, settings.improve_couriers // 2))
        pause_ms = min(settings.improve_every_ms, settings.cover_within_ms // rounds)
        return settings.at_rate(pause_ms, settings.improve_least_real_s, clock.rate) / 1000 / clock.rate

    async def improve(self) -> None:
        """Improve one neighbourhood, if any is due."""
        scene, settings, now_ms = self._scene, self._scene.settings, self._scene.clock.now_ms()
        busy = scene.index.map.under_way()
        centre, deep = self._usual.next(busy, now_ms), False
        if centre is None and now_ms - self._changed_at_ms >= settings.deep_quiet_ms:
            centre, deep = self._deep.next(busy, now_ms), True
        if centre is None:
            return
        sketch = scene.index.map.sketch(now_ms, scene.seen_after_ms)
        ids = self._part(sketch, centre, deep)
        self._usual.cover(ids, now_ms)
        if deep:
            self._deep.cover(ids, now_ms)
        seen = scene.look(ids, self._refused()[:_REFUSED_TOO])
        if sum(len(c.route.stops) for c in seen.couriers) >= 2:
            await self._search(seen, deep)

    def _part(self, sketch: Sketch, centre: str, deep: bool) -> list[str]:
        settings = self._scene.settings
        if deep:
            return neighbourhood(sketch, centre, settings.deep_couriers, settings.deep_orders)
        return neighbourhood(sketch, centre, settings.improve_couriers, settings.improve_orders)

    async def _search(self, seen: Snapshot, deep: bool) -> None:
        settings = self._scene.settings
        problem = await self._scene.when_calm(lambda: self._scene.picture(seen, every_ride))
        self._rounds += 1
        budget_s = settings.deep_budget_real_s if deep else settings.improve_budget_real_s
        plan = await self._solver.improve(problem, budget_s, seed=self._rounds, deep=deep)
        if plan is None:
            return
        for part in await self._scene.offload(partial(worthwhile, problem, plan, settings.least_gain)):
            if within_budget(problem, part.routes):
                await self._proposer.adopt(problem, part, REASON)
            else:
                self._proposer.outcomes["over_churn_budget"] += 1
