"""What the planner does when the streets change: times first, then doors that are cut off, then couriers ahead of it.

Retiming alone tells everybody whose promise breaks; the improver looks for better plans there, because a route that has
become late is due at once (`proposals_improving`). Nothing else is planned anew.
"""

import asyncio
import itertools
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import numpy as np

from dispatch.application.cut_offs import doors_to_check, verdicts
from dispatch.application.eta_policy import EtaPolicy
from dispatch.application.ports import Recorded, StoreUnavailable
from dispatch.application.proposals_adoption import Proposer
from dispatch.application.proposals_placing import Placing
from dispatch.application.proposals_scene import Scene
from dispatch.application.traffic_watch import StreetsChanged, TrafficWatch
from dispatch.domain.commands import WarnCouriers
from dispatch.domain.errors import InvalidInput
from dispatch.domain.events import OrderChanged, OrderCreated
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import Disturbance
from dispatch.roads.live import View

log = logging.getLogger(__name__)
_LEGS_AHEAD = 4
"""So many legs of a courier are looked at for what has been closed: about the next half hour."""
_NEW_ORDERS_S = 1.0
"""New orders are looked at together."""


class StreetNews:
    """Follows one zone's streets for its planner."""

    def __init__(
        self,
        scene: Scene,
        proposer: Proposer,
        etas: EtaPolicy,
        placing: Placing,
        watch: TrafficWatch,
    ) -> None:
        self._scene = scene
        self._proposer = proposer
        self._etas = etas
        self._placing = placing
        self._watch = watch
        self._changes: list[StreetsChanged] = []
        self._wake = asyncio.Event()
        watch.listen(self._told)

    def heard(self, recorded: Recorded) -> None:
        """A new order may lie behind a closure."""
        event = recorded.event
        new = isinstance(event, OrderCreated) or (isinstance(event, OrderChanged) and event.what == "dispatchable")
        if new and self._watch.closures:
            self._wake.set()

    def _told(self, changed: StreetsChanged) -> None:
        self._changes.append(changed)
        self._wake.set()

    async def run(self) -> None:
        """Act on every change, until cancelled."""
        while True:
            await self._wake.wait()
            if not self._changes:
                await asyncio.sleep(_NEW_ORDERS_S)
            self._wake.clear()
            changes, self._changes = self._changes, []
            with suppress(StoreUnavailable):
                await self._act(changes)

    async def _act(self, changes: Sequence[StreetsChanged]) -> None:
        for changed in changes:
            await self._etas.update(changed.cause, at_once=changed.reported)
        await self._check_doors()
        for changed in changes:
            known = {closure.id for closure in changed.before_closures}
            await self._warn(changed.before, [each for each in changed.closures if each.id not in known])
        if changes:
            self._placing.somebody_came()

    async def _check_doors(self) -> None:
        closures = self._watch.closures
        doors = doors_to_check(self._scene.replica.state, closures)
        cut_off, reconnect = await self._scene.when_calm(partial(verdicts, self._watch.streets, doors, closures))
        if cut_off.orders:
            await self._proposer.ask(cut_off)
        if reconnect.order_ids:
            await self._proposer.ask(reconnect)

    async def _warn(self, before: View, closures: Sequence[Disturbance]) -> None:
        """Tell couriers whose way leads through what has just been closed."""
        ways = self._ways_ahead() if closures else []
        for closure in closures:
            met = await self._scene.when_calm(partial(_met, before, ways, closure))
            if met:
                await self._proposer.ask(WarnCouriers(tuple(met), closure.reason))

    def _ways_ahead(self) -> list[tuple[str, Profile, tuple[Point, ...]]]:
        state, positions = self._scene.replica.state, self._scene.whereabouts.known
        return [
            (courier_id, state.couriers[courier_id].profile, (position.place, *(stop.place for stop in ahead)))
            for courier_id in self._scene.index.map.under_way()
            if (position := positions.get(courier_id)) and (ahead := state.route(courier_id).stops[:_LEGS_AHEAD])
        ]


def _met(before: View, ways: Sequence[tuple[str, Profile, tuple[Point, ...]]], closure: Disturbance) -> list[str]:
    """Whose way, as it was before, uses a street that is closed now."""
    return [
        courier_id
        for courier_id, profile, places in ways
        if (not closure.profiles or profile in closure.profiles) and _uses(before, profile, places, closure)
    ]


def _uses(before: View, profile: Profile, places: Sequence[Point], closure: Disturbance) -> bool:
    for a, b in itertools.pairwise(places):
        try:
            edges = before.route(profile, a, b).edges
        except InvalidInput:
            continue  # there was no way before either
        if np.isin(edges, closure.edges).any():
            return True
    return False
