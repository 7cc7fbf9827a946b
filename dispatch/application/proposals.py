"""The planner of one zone: it watches, plans, and proposes; the zone decides.

Its loops: The fast path puts new orders into the routes within milliseconds (`proposals_placing`). The improver
looks for better plans in a solver's process, part after part (`proposals_improving`). The ETA policy keeps arrival
times honest. Where the zone wants it, idle couriers are advised where to wait (`waiting_advice`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from uuid import uuid4

from dispatch.application.arrival_learning import ArrivalLearning
from dispatch.application.eta_policy import EtaPolicy
from dispatch.application.learnt import Learnt
from dispatch.application.ports import Clock, CommandBus, PositionStore, Recorded, Solver, Ticker, TravelTimes
from dispatch.application.proposals_adoption import Proposer
from dispatch.application.proposals_improving import Improving
from dispatch.application.proposals_placing import Placing
from dispatch.application.proposals_scene import Offload, PlannerSettings, Replica, Scene
from dispatch.application.street_news import StreetNews
from dispatch.application.traffic_watch import TrafficWatch
from dispatch.application.waiting_advice import WaitingAdvice
from dispatch.domain.events import RouteChanged
from dispatch.domain.zone import Entity


class Planner:
    """Plans one zone for ever: `placing` is its fast path, `improving` what it does in the background."""

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
        watch: TrafficWatch | None = None,
        learnt: Learnt | None = None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._replica = replica
        self._scene = Scene(
            replica=replica,
            positions=positions,
            travel_times=travel_times,
            clock=clock,
            settings=settings or PlannerSettings(),
            offload=offload,
            learnt=learnt,
        )
        self._proposer = Proposer(self._scene, bus, new_id)
        self._etas = EtaPolicy(self._scene, self._proposer, ticker)
        self.placing = Placing(self._scene, self._proposer, ticker)
        self.improving = Improving(self._scene, self._proposer, solver, ticker, lambda: self.placing.refused)
        self.advice = WaitingAdvice(self._scene, self._proposer, ticker)
        self._arrivals = ArrivalLearning(replica.state, self._proposer, clock, ticker)
        self._news = None
        if watch:
            self._news = StreetNews(self._scene, self._proposer, self._etas, self.placing, watch)

    @property
    def outcomes(self) -> Counter[str]:
        """How many proposals were adopted, and how many refused with which code."""
        return self._proposer.outcomes

    @property
    def figures(self) -> dict[str, float]:
        """How true the model of acceptance is (`OfferPolicy.figures`)."""
        return self._scene.offers.figures

    def recall(self, offers: Iterable[Entity], delivered: Iterable[Entity] = ()) -> None:
        """Learn from the offers and the deliveries of the past, the oldest first."""
        self._scene.offers.recall(offers)
        self._arrivals.recall(delivered)

    async def run(self) -> None:
        """Plan until cancelled; may be run again later."""
        self._scene.index.rebuild()
        self.improving.begin()
        stop_listening = self._replica.listen(self._heard)
        self.placing.begin()
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._scene.whereabouts.run(self.placing.somebody_came, self._scene.index.map.stand))
                loops.create_task(self.placing.run())
                loops.create_task(self.improving.run())
                loops.create_task(self._etas.run())
                loops.create_task(self._arrivals.run())
                if self._news:
                    loops.create_task(self._news.run())
                if self._scene.settings.waiting_advice:
                    loops.create_task(self.advice.run())
        finally:
            stop_listening()

    def _note_ride(self, recorded: Recorded) -> None:
        if isinstance(recorded.event, RouteChanged):
            seen = self._scene.whereabouts.known.get(recorded.event.route.courier_id)
            self._scene.learnt.paces.heard(recorded, seen.place if seen else None)

    def _heard(self, recorded: Recorded) -> None:
        self._scene.index.heard(recorded.event)
        self._scene.offers.heard(recorded)
        self._proposer.heard(recorded)
        self._note_ride(recorded)
        self._etas.heard(recorded)
        self._arrivals.heard(recorded)
        self.placing.heard(recorded)
        self.improving.heard(recorded)
        self.advice.heard(recorded)
        if self._news:
            self._news.heard(recorded)
