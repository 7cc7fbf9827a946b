"""Proposing a plan to the zone and waiting until the replica shows what became of it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum

from dispatch.application.meetings import for_zone
from dispatch.application.ports import CommandBus, Recorded, Reply, Request
from dispatch.application.proposals_scene import Scene
from dispatch.domain.commands import AdoptPlan, Command, OfferToMany
from dispatch.domain.events import PlanAdopted
from dispatch.domain.offer import OfferMode
from dispatch.planning.checker import violations
from dispatch.planning.problem import Plan, Problem

log = logging.getLogger(__name__)
ACTOR = "system:planner"
_SEEN_WITHIN_S = 2.0
"""How long the replica may take to show a plan that the zone has adopted; planning goes on after that anyway."""


class Fate(Enum):
    """What became of a proposal: in force; overtaken by events, so plan again; or wrong, or unanswered."""

    ADOPTED = "adopted"
    CONFLICT = "conflict"
    FAILED = "failed"


class Proposer:
    """Asks one zone. `outcomes` counts plans: "adopted", "unchecked", "unanswered", or the code of the refusal."""

    def __init__(self, scene: Scene, bus: CommandBus, new_id: Callable[[], str]) -> None:
        self.outcomes: Counter[str] = Counter()
        self._scene = scene
        self._bus = bus
        self._new_id = new_id
        self._unseen: dict[str, asyncio.Future[None]] = {}

    def heard(self, recorded: Recorded) -> None:
        """Learn that a plan of ours is in the replica; to be called for every event."""
        unseen = self._unseen.get(recorded.request_id)
        if unseen and isinstance(recorded.event, PlanAdopted) and not unseen.done():
            unseen.set_result(None)

    async def adopt(self, problem: Problem, plan: Plan, reason: str) -> Fate:
        """Have a plan adopted, if it passes the checker."""
        return await self._propose(problem, [plan], self._command(problem, plan, reason))

    async def offer(self, problem: Problem, plan: Plan, order_ids: tuple[str, ...], reason: str) -> Fate:
        """Have orders offered to the couriers of all these routes at once, if each passes the checker by itself."""
        each = [replace(plan, routes=(route,)) for route in plan.routes]
        ttl_ms = self._ttl_ms()
        command = OfferToMany(plan.base_version, order_ids, plan.routes, ttl_ms, plan.engines, reason, plan.gain)
        return await self._propose(problem, each, command)

    async def _propose(self, problem: Problem, plans: Sequence[Plan], command: Command) -> Fate:
        wrong = await self._scene.offload(lambda: [each for plan in plans for each in violations(problem, plan)])
        if wrong:
            self.outcomes["unchecked"] += 1
            log.error("a plan by %s breaks the rules and is dropped: %s", "+".join(plans[0].engines), wrong[0].code)
            return Fate.FAILED
        request_id = self._new_id()
        self._unseen[request_id] = asyncio.get_running_loop().create_future()
        try:
            fate = self._fate(await self.ask(command, request_id))
            if fate is Fate.ADOPTED:
                await self._seen(request_id)
            return fate
        finally:
            del self._unseen[request_id]

    async def ask(self, command: Command, request_id: str = "") -> Reply | None:
        """Ask the zone as the planner; when it does not answer in time, once more with the same request."""
        request = Request(request_id or self._new_id(), ACTOR, for_zone(command))
        zone_id = self._scene.replica.state.zone_id
        return await self._bus.ask(zone_id, request) or await self._bus.ask(zone_id, request)

    def _command(self, problem: Problem, plan: Plan, reason: str) -> AdoptPlan:
        """The routes as the zone wants to hear them; what is new to a courier is offered in the way of its depots."""
        new = {
            order_id
            for route in plan.routes
            for stop in route.stops
            for order_id in stop.order_ids
            if problem.routed.get(order_id) != route.courier_id
        }
        mode = self._scene.offers.mode_of(problem.orders[order_id].order.depot_id for order_id in new)
        ttl_ms = 0 if mode is OfferMode.ASSIGN else self._ttl_ms()
        return AdoptPlan(plan.base_version, plan.routes, ttl_ms, plan.engines, reason, plan.gain)

    def _ttl_ms(self) -> int:
        settings = self._scene.settings
        return settings.at_rate(settings.offer_ttl_ms, settings.offer_least_real_s, self._scene.clock.rate)

    def _fate(self, reply: Reply | None) -> Fate:
        self.outcomes["unanswered" if reply is None else "adopted" if reply.ok else reply.code] += 1
        if reply and reply.ok:
            return Fate.ADOPTED
        if reply and reply.kind == "conflict":
            return Fate.CONFLICT
        log.error("a plan was not adopted: %s", reply.code if reply else "the zone does not answer")
        return Fate.FAILED

    async def _seen(self, request_id: str) -> None:
        try:
            async with asyncio.timeout(_SEEN_WITHIN_S):
                await self._unseen[request_id]
        except TimeoutError:
            log.warning("an adopted plan has not come through the event feed within %s s", _SEEN_WITHIN_S)
