"""The fast path: new orders into the routes of couriers near them, within milliseconds of their arrival.

Orders that arrive together are looked at together, with the couriers nearest to their pickups; where none of those can
take an order, the circle widens, ring by ring, to the whole zone. Only then is an order refused, and told why.

A refused order is tried again with whoever's work has changed since, and every `retry_every_ms` with everybody: so a
zone that is full does not look at all of itself whenever somebody finishes a stop.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from heapq import nsmallest
from itertools import islice

from dispatch.application.offer_policy import without_orders
from dispatch.application.ports import Recorded, StoreUnavailable, Ticker
from dispatch.application.problem_builder import Snapshot, needs_a_place
from dispatch.application.proposals_adoption import Fate, Proposer
from dispatch.application.proposals_scene import Scene
from dispatch.application.rides_needed import rides_to_insert
from dispatch.domain import events as e
from dispatch.domain.commands import NoteWaiting
from dispatch.domain.ends import place_of
from dispatch.domain.geo import Point
from dispatch.domain.order import TO_DELIVER, Order
from dispatch.domain.route import StopKind
from dispatch.planning.eligibility import REASONS
from dispatch.planning.insertion import BATCH, insert_waiting
from dispatch.planning.problem import Plan, Problem

log = logging.getLogger(__name__)
_AFTER_CONFLICT_S = 0.05
_RING = 64
"""Couriers in one picture, about; a picture takes milliseconds."""
QUEUED = "queued"
REASON = "new orders"


class Placing:
    """Places the orders of one zone for ever."""

    def __init__(self, scene: Scene, proposer: Proposer, ticker: Ticker) -> None:
        self._scene = scene
        self._proposer = proposer
        self._ticker = ticker
        self._wake = asyncio.Event()
        self._refused: dict[str, None] = {}
        self._news: dict[str, None] = {}
        self._everybody_at_ms = 0

    @property
    def refused(self) -> Sequence[str]:
        """The orders that nobody in the zone could take when it was last asked."""
        return tuple(self._refused)

    # --- news --------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start anew: everything that waits is looked at."""
        self._refused, self._news, self._everybody_at_ms = {}, {}, 0
        self._wake.set()

    def heard(self, recorded: Recorded) -> None:
        """Take in what happened, after the scene's index did."""
        match recorded.event:
            case e.OrderCreated(order=order) | e.OrderChanged(order=order):
                is_news = getattr(recorded.event, "what", "") not in e.QUIET
                if is_news and needs_a_place(self._scene.replica.state, order):
                    self._refused.pop(order.id, None)
                    self._wake.set()
            case e.RouteChanged(route=route):
                self._somebody_changed(route.courier_id)
            case e.DutyChanged() | e.CourierRegistered() | e.DepotRegistered():
                self.somebody_came()

    def somebody_came(self, _courier_ids: Sequence[str] = ()) -> None:
        """Ask everybody again about what waits."""
        self._everybody_at_ms = 0
        if self._scene.index.waiting:
            self._wake.set()

    def _somebody_changed(self, courier_id: str) -> None:
        if self._refused:
            self._news[courier_id] = None
            self._wake.set()

    # --- the loop ----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Place what waits, whenever something does, until cancelled."""
        while True:
            await self._woken()
            await self._ticker.sleep(self._scene.settings.coalesce_real_s)
            self._wake.clear()
            try:
                if not await self.place():
                    self._wake.set()
                    await self._ticker.sleep(_AFTER_CONFLICT_S)
            except StoreUnavailable as error:
                log.warning("the zone cannot be reached, its orders wait: %s", error)
                await self._ticker.sleep(1.0)

    async def _woken(self) -> None:
        """Wait for something to plan: news, an order whose time has come, or the next try of those that wait."""
        if self._wake.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s()):
                await self._wake.wait()

    def _pause_s(self) -> float | None:
        """Technical seconds until the next look; None when nothing waits."""
        clock = self._scene.clock
        offers, waiting, now_ms = self._scene.offers, self._scene.index.still_waiting(), clock.now_ms()
        ahead_ms = [offers.due_ms(order) - now_ms for order in waiting]
        pauses_ms = [pause_ms if pause_ms > 0 else self._scene.settings.retry_every_ms for pause_ms in ahead_ms]
        return min(pauses_ms) / 1000 / clock.rate if pauses_ms else None

    async def place(self) -> bool:
        """Place what waits. False when something has to be planned again on a newer state, or was left for later."""
        now_ms, settings = self._scene.clock.now_ms(), self._scene.settings
        due = [order for order in self._scene.index.still_waiting() if self._scene.offers.due_ms(order) <= now_ms]
        if now_ms >= self._everybody_at_ms + settings.retry_every_ms:
            self._everybody_at_ms, self._refused = now_ms, {}
        self._refused = {order.id: None for order in due if order.id in self._refused}
        refused = [order for order in due if order.id in self._refused]
        new = [order for order in due if order.id not in self._refused]
        return await self._with_news(refused) and await self._in_rings(new)

    # --- one look ----------------------------------------------------------------------------------------------

    async def _with_news(self, orders: list[Order]) -> bool:
        """Try refused orders with those couriers only whose work has changed since."""
        news = list(self._news)
        self._news = dict.fromkeys(news[_RING:]) if orders else {}
        if not orders or not news:
            return True
        tried = _most_urgent(orders)
        fates, refused = await self._try(tried, news[:_RING])
        for order in tried:
            if order.id not in refused:
                self._refused.pop(order.id, None)
        return Fate.CONFLICT not in fates and not self._news

    async def _in_rings(self, orders: list[Order]) -> bool:
        """Try orders with the couriers near them, then with those farther away, until nobody is left to ask."""
        left, reasons = _most_urgent(orders), dict[str, str]()
        rings = _Rings(self._scene, left)
        done = len(orders) <= BATCH
        while left and (ring := rings.next(left)) is not None:
            fates, refused = await self._try(left, ring)
            if Fate.CONFLICT in fates:
                return False
            done &= not (Fate.ADOPTED in fates and QUEUED in refused.values())
            left = [order for order in left if refused.get(order.id, QUEUED) != QUEUED]
            for order in left:
                reasons[order.id] = max(reasons.get(order.id, ""), refused[order.id], key=_rank)
        self._refused |= dict.fromkeys(order.id for order in left)
        await self._say_who_waits({order.id: reasons[order.id] for order in left})
        return done

    async def _try(self, orders: Sequence[Order], courier_ids: Sequence[str]) -> tuple[list[Fate], dict[str, str]]:
        """Insert what these couriers can take. What became of the plan's parts, and which orders were refused."""
        seen = self._scene.look(courier_ids, [order.id for order in orders])
        if not seen.waiting:
            return [], {}
        problem, plan, kept_open = await self._scene.urgently(partial(self._inserted, seen))
        self._scene.offers.keep_open(kept_open)
        parts = [Plan(plan.base_version, (route,), plan.engines) for route in plan.routes]
        fates = await asyncio.gather(*(self._give(problem, part) for part in parts))
        return fates, dict(plan.refused)

    def _inserted(self, seen: Snapshot) -> tuple[Problem, Plan, dict[str, int]]:
        """The plan for what waits, but for the orders that are kept open, each until its time."""
        offers, whole = self._scene.offers, self._scene.picture(seen, rides_to_insert)
        kept_open = offers.held(whole)
        problem = without_orders(whole, kept_open)
        return problem, offers.named(problem, insert_waiting(problem)), kept_open

    async def _give(self, problem: Problem, part: Plan) -> Fate:
        """Have one route adopted; or its new orders offered to several couriers at once, where the zone wants that."""
        offers, (best,) = self._scene.offers, part.routes
        shared = offers.shared_orders(problem, best)
        routes = await self._scene.offload(lambda: offers.rivals(problem, best, shared)) if shared else part.routes
        if len(routes) > 1:
            return await self._proposer.offer(problem, replace(part, routes=routes), shared, REASON)
        return await self._proposer.adopt(problem, part, REASON)

    async def _say_who_waits(self, reasons: dict[str, str]) -> None:
        orders = self._scene.replica.state.orders
        news = tuple(
            (order_id, reason)
            for order_id, reason in sorted(reasons.items())
            if order_id in orders and orders[order_id].reason != reason
        )
        if news:
            await self._proposer.ask(NoteWaiting(news))


class _Rings:
    """Whom to ask about some orders: the nearest couriers first, then the next, until everybody was asked."""

    def __init__(self, scene: Scene, orders: Sequence[Order]) -> None:
        self._scene = scene
        self._asked: set[str] = set()
        self._sorted: dict[Point, list[str]] = {}
        self._near = {order.id: self._by_distance(order) for order in orders}
        self._each = max(2, min(scene.settings.near_couriers, 2 * _RING // max(1, len(orders))))

    def next(self, orders: Sequence[Order]) -> list[str] | None:
        """The next couriers to ask about those of the orders that are left; None when everybody was asked.

        Who has the goods of an order on board is asked with the first ones, and so is who is about to fetch another one
        for its door. When nobody can be asked at all, it is those who would work but whose place nobody knows, or
        nobody: for the reason's sake.
        """
        ring = [order.courier_id for order in orders if order.status in TO_DELIVER and order.courier_id]
        for order in orders:
            ring += self._scene.index.along_with(order)
            ring += islice((each for each in self._near[order.id] if each not in self._asked), self._each)
        first, fresh = not self._asked, [each for each in dict.fromkeys(ring) if each not in self._asked]
        self._asked.update(fresh or ("",))
        self._each = _RING
        if fresh or not first:
            return fresh or None
        return self._scene.index.map.working_ids()[:_RING]

    def _by_distance(self, order: Order) -> Iterator[str]:
        depot = self._scene.replica.state.depots[order.depot_id].place
        place = place_of(StopKind.PICKUP, order, depot)
        if place not in self._sorted:
            self._sorted[place] = list(self._scene.index.map.nearest(place, self._scene.seen_after_ms))
        return iter(self._sorted[place])


def _most_urgent(orders: Sequence[Order]) -> list[Order]:
    """As many as are placed in one go, the most urgent first."""
    return nsmallest(BATCH, orders, key=lambda order: (-order.priority, order.promise_at_ms, order.id))


def _rank(reason: str) -> int:
    """How far an order came on its way through the rules: with several groups asked, the farthest counts."""
    return REASONS.index(reason) if reason in REASONS else -1
