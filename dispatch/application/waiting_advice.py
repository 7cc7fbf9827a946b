"""Advice to idle couriers: near which depot to wait. Off by default; it is no order, and nobody is held to it.

Every few minutes the expected lateness of the next orders is looked at (`planning.preposition`), from how often
orders have come to each depot and from where everybody is or will be. Whoever was advised is left in peace until they
have had something to do, or for a while.
"""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from dispatch.application.ports import Recorded, StoreUnavailable, Ticker
from dispatch.application.proposals_adoption import Proposer
from dispatch.application.proposals_scene import Scene
from dispatch.domain import events as e
from dispatch.domain.commands import AdviseCourier
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.planning.preposition import Floats, Move, Outlook, best_moves, busiest

log = logging.getLogger(__name__)
MOST_DEPOTS = 40
WITHIN_S = 1_800.0
"""The orders of the next half hour count."""
RIDE_PRICE = 0.1
LEAST_GAIN_S = 60.0
"""House figures: a second of riding there is worth a tenth of a second of lateness, a move at least a minute of it."""
MOST_MOVES = 10
DEFAULT_PREP_S = 300.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """A courier: from where and in how many seconds from now they can set off, and whether they have nothing to do."""

    id: str
    profile: Profile
    place: Point
    in_s: float
    idle: bool


class WaitingAdvice:
    """Advises the idle couriers of one zone for ever."""

    def __init__(self, scene: Scene, proposer: Proposer, ticker: Ticker) -> None:
        self._scene = scene
        self._proposer = proposer
        self._ticker = ticker
        self._advised_at_ms: dict[str, int] = {}

    def heard(self, recorded: Recorded) -> None:
        """Take in what happened: whoever has had work may be advised again."""
        if isinstance(recorded.event, e.RouteChanged):
            self._advised_at_ms.pop(recorded.event.route.courier_id, None)

    async def run(self) -> None:
        """Advise every few minutes, until cancelled."""
        settings, rate = self._scene.settings, self._scene.clock.rate
        while True:
            await self._ticker.sleep(settings.at_rate(settings.advice_every_ms, 1.0, rate) / 1000 / rate)
            try:
                await self.advise()
            except StoreUnavailable as error:
                log.warning("the zone cannot be reached, nobody is advised: %s", error)

    async def advise(self) -> None:
        """Look at who waits where, and tell those for whom another place is better."""
        state, offers = self._scene.replica.state, self._scene.offers
        depots = busiest([(depot_id, offers.rate(depot_id)) for depot_id in state.depots], MOST_DEPOTS)
        couriers = self._couriers()
        if not depots or not any(courier.idle for courier in couriers):
            return
        prep_s = self._prep_s(depots)
        per_s = np.array([offers.rate(depot_id) for depot_id in depots])
        places = [state.depots[depot_id].place for depot_id in depots]
        moves = await self._scene.when_calm(lambda: self._moves(couriers, places, per_s, prep_s))
        now_ms = self._scene.clock.now_ms()
        for move in moves:
            self._advised_at_ms[couriers[move.courier].id] = now_ms
        told = (AdviseCourier(couriers[move.courier].id, depots[move.depot]) for move in moves)
        await asyncio.gather(*map(self._proposer.ask, told))

    def _couriers(self) -> list[_Seen]:
        """Who works and has a known place."""
        scene, state, now_ms = self._scene, self._scene.replica.state, self._scene.clock.now_ms()
        in_peace_ms = now_ms - scene.settings.advice_again_ms
        found = []
        for courier_id in scene.index.map.working_ids():
            position = scene.whereabouts.known.get(courier_id)
            if position is None or position.received_at_ms < scene.seen_after_ms:
                continue
            stops, profile = state.route(courier_id).stops, state.couriers[courier_id].profile
            idle = not stops and self._advised_at_ms.get(courier_id, 0) <= in_peace_ms
            place = stops[-1].place if stops else position.place
            in_s = max(0, stops[-1].depart_at_ms - now_ms) / 1000 if stops else 0.0
            found.append(_Seen(courier_id, profile, place, in_s, idle))
        return found

    def _prep_s(self, depots: list[str]) -> Floats:
        """How long the goods of each depot take to be ready, by the orders that are known."""
        prep_ms: defaultdict[str, list[int]] = defaultdict(list)
        for order in self._scene.replica.state.orders.values():
            prep_ms[order.depot_id].append(max(0, order.ready_at_ms - order.created_at_ms))
        means = [float(np.mean(prep_ms[d])) / 1000 if prep_ms[d] else DEFAULT_PREP_S for d in depots]
        return np.array(means, dtype=np.float64)

    def _moves(
        self,
        couriers: list[_Seen],
        places: list[Point],
        per_s: Floats,
        prep_s: Floats,
    ) -> list[Move]:
        rides_s = self._scene.rides_to_s({c.profile for c in couriers}, places, [c.place for c in couriers])
        there = len(places)
        reach_s = np.array([c.in_s + rides_s[c.profile][there + k] for k, c in enumerate(couriers)])
        between_s = rides_s[couriers[0].profile][:there]
        outlook = Outlook(prep_s, WITHIN_S, RIDE_PRICE, MOST_MOVES, LEAST_GAIN_S)
        idle = [k for k, courier in enumerate(couriers) if courier.idle]
        return best_moves(reach_s, idle, between_s, per_s, outlook)
