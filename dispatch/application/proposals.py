"""The planner of one zone: it watches, plans, and proposes; the zone decides.

Two loops beside the ETA policy. The fast path puts new orders into the routes within milliseconds. The improver looks
at the whole plan every few seconds in a solver's process and proposes what is worth the disturbance.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from dispatch.application.eta_policy import EtaPolicy
from dispatch.application.ports import (
    Clock,
    CommandBus,
    PositionStore,
    Recorded,
    Solver,
    StoreUnavailable,
    Ticker,
    TravelTimes,
)
from dispatch.application.problem_builder import Snapshot, needs_a_place
from dispatch.application.proposals_adoption import Fate, Proposer
from dispatch.application.proposals_scene import Offload, PlannerSettings, Replica, Scene
from dispatch.domain import events as e
from dispatch.domain.commands import NoteWaiting
from dispatch.planning.freezing import worthwhile
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.problem import Plan, Problem

log = logging.getLogger(__name__)
_AFTER_CONFLICT_S = 0.05


class Planner:
    """Plans one zone for ever; `outcomes` counts what became of its proposals."""

    def __init__(
        self,
        *,
        replica: Replica,
        bus: CommandBus,
        positions: PositionStore,
        travel_times: TravelTimes,
        solver: Solver,
        clock: Clock,
        ticker: Ticker,
        settings: PlannerSettings | None = None,
        offload: Offload = asyncio.to_thread,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._settings = settings or PlannerSettings()
        self._replica, self._solver, self._clock, self._ticker = replica, solver, clock, ticker
        self._scene = Scene(
            replica=replica,
            positions=positions,
            travel_times=travel_times,
            clock=clock,
            settings=self._settings,
            offload=offload,
        )
        self._proposer = Proposer(self._scene, bus, new_id)
        self._etas = EtaPolicy(self._scene, self._proposer, ticker)
        self._wake = asyncio.Event()
        self._waiting: set[str] = set()
        self._rounds = 0

    @property
    def outcomes(self) -> Counter[str]:
        """How many proposals were adopted, and how many refused with which code."""
        return self._proposer.outcomes

    async def run(self) -> None:
        """Plan until cancelled; may be run again later."""
        state = self._replica.state
        self._waiting = {order.id for order in state.orders.values() if needs_a_place(state, order)}
        stop_listening = self._replica.listen(self._heard)
        self._wake.set()
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._scene.whereabouts.run(self._wake_if_waiting))
                loops.create_task(self._place_for_ever())
                loops.create_task(self._improve_for_ever())
                loops.create_task(self._etas.run())
        finally:
            stop_listening()

    def _heard(self, recorded: Recorded) -> None:
        self._proposer.heard(recorded)
        self._etas.heard(recorded)
        match recorded.event:
            case e.OrderCreated(order=order) | e.OrderChanged(order=order):
                if needs_a_place(self._replica.state, order):
                    self._waiting.add(order.id)
                if getattr(recorded.event, "what", "") != "waiting":
                    self._wake_if_waiting()
            case e.DutyChanged() | e.CourierRegistered() | e.RouteChanged():
                self._wake_if_waiting()

    def _wake_if_waiting(self) -> None:
        if self._waiting:
            self._wake.set()

    # --- the fast path -----------------------------------------------------------------------------------------

    async def _place_for_ever(self) -> None:
        while True:
            await self._woken()
            await self._ticker.sleep(self._settings.coalesce_real_s)
            self._wake.clear()
            try:
                if not await self._place():
                    self._wake.set()
                    await self._ticker.sleep(_AFTER_CONFLICT_S)
            except StoreUnavailable as error:
                log.warning("the zone cannot be reached, its orders wait: %s", error)
                await self._ticker.sleep(1.0)

    async def _woken(self) -> None:
        """Wait for something to plan: news, an order whose time has come, or the next try of those that wait."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s()):
                await self._wake.wait()

    def _pause_s(self) -> float | None:
        """Technical seconds until the next look; None when nothing waits."""
        state, now_ms = self._replica.state, self._clock.now_ms()
        orders = [state.orders[order_id] for order_id in self._waiting if order_id in state.orders]
        orders = [order for order in orders if needs_a_place(state, order)]
        self._waiting = {order.id for order in orders}
        ahead_ms = [order.commit_due_at_ms - now_ms for order in orders]
        pauses_ms = [pause_ms if pause_ms > 0 else self._settings.retry_every_ms for pause_ms in ahead_ms]
        return min(pauses_ms) / 1000 / self._clock.rate if pauses_ms else None

    async def _place(self) -> bool:
        """Place what waits. False when something has to be planned again on a newer state, or was left for later."""
        seen = self._scene.look()
        if not seen.waiting:
            return True
        problem, plan = await self._scene.offload(lambda: self._inserted(seen))
        parts = [Plan(plan.base_version, (route,), plan.engines) for route in plan.routes]
        fates = await asyncio.gather(*(self._proposer.adopt(problem, part, "new orders") for part in parts))
        await self._say_who_waits(plan)
        return Fate.CONFLICT not in fates and not (Fate.ADOPTED in fates and "queued" in plan.refused.values())

    def _inserted(self, seen: Snapshot) -> tuple[Problem, Plan]:
        problem = self._scene.picture(seen)
        return problem, insert_waiting(problem)

    async def _say_who_waits(self, plan: Plan) -> None:
        orders = self._replica.state.orders
        news = tuple(
            (order_id, reason)
            for order_id, reason in sorted(plan.refused.items())
            if reason != "queued" and order_id in orders and orders[order_id].reason != reason
        )
        if news:
            await self._proposer.ask(NoteWaiting(news))

    # --- improvement -------------------------------------------------------------------------------------------

    async def _improve_for_ever(self) -> None:
        settings = self._settings
        while True:
            pause_ms = settings.at_rate(settings.improve_every_ms, settings.improve_least_real_s, self._clock.rate)
            await self._ticker.sleep(pause_ms / 1000 / self._clock.rate)
            try:
                await self._improve()
            except StoreUnavailable as error:
                log.warning("the zone cannot be reached, its plan stays: %s", error)

    async def _improve(self) -> None:
        seen = self._scene.look()
        if sum(len(c.route.stops) for c in seen.couriers) < 2:
            return
        problem = await self._scene.offload(lambda: self._scene.picture(seen))
        self._rounds += 1
        plan = await self._solver.improve(problem, self._settings.improve_budget_real_s, seed=self._rounds)
        if plan is None:
            return
        for part in worthwhile(problem, plan, self._settings.least_gain):
            await self._proposer.adopt(problem, part, "improvement")
