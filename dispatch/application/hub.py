"""Where one process's sessions meet one zone: events and places in, frames for couriers and watchers out.

Two ways lead through the hub. Events come from the replica, one at a time and in order; couriers get theirs through
their session, which chains and bounds them, watchers through their lanes. Places come from the sessions of this
process, at once, and from those of other processes through the position store; they are coalesced for a tick of
`TICK_S` and shown latest-wins.

Everything here runs on the event loop of the process and is synchronous, but for the loops in `run`.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

from courier_protocol.messages import CourierFact, Fix, StreamPosition
from dispatch.application.courier_facts import courier_facts, told_to
from dispatch.application.figures import Figures
from dispatch.application.paths import Offload, PathFinder, WantedPath
from dispatch.application.places import Places
from dispatch.application.ports import (
    Clock,
    Position,
    PositionStore,
    Recorded,
    StoreUnavailable,
    Ticker,
    TravelTimes,
    ZoneStore,
)
from dispatch.application.presence import LinkPolicy, Presence
from dispatch.application.replica import ZoneReplica
from dispatch.application.tracking import TrackingPolicy
from dispatch.application.views import CourierPath, Sight
from dispatch.application.watchers import Watchers
from dispatch.domain import events as e

log = logging.getLogger(__name__)

TICK_S: Final = 0.025
"""Places wait so long for others to share a frame with; unseen in a latency goal of 250 ms."""
JUDGE_LINKS_EVERY_S: Final = 1.0
KEPT_EVENTS: Final = 4_096
"""The newest events of the zone, for sessions that come back: minutes of a busy zone."""
_RETRY_S: Final = 0.5


class CourierEnd(Protocol):
    """A courier's live session in this process."""

    @property
    def generation(self) -> int:
        """The session's generation."""
        ...

    def push(self, seq: int, at_ms: int, facts: tuple[CourierFact, ...]) -> None:
        """Tell the phone the facts of an event."""
        ...

    def supersede(self) -> None:
        """End the session: a newer one took over."""
        ...


class ZoneHub:
    """One zone in one process. Make it, start `run`, then let sessions in."""

    def __init__(
        self,
        *,
        replica: ZoneReplica,
        store: ZoneStore,
        positions: PositionStore,
        travel_times: TravelTimes,
        clock: Clock,
        ticker: Ticker,
        tracking: TrackingPolicy,
        links: LinkPolicy | None = None,
        offload: Offload = asyncio.to_thread,
    ) -> None:
        self.replica = replica
        self._store = store
        self._positions = positions
        self._clock = clock
        self._ticker = ticker
        self._places = Places(tracking)
        self._presence = Presence(clock.rate, links or LinkPolicy())
        self._finder = PathFinder(travel_times, self._take_paths, offload)
        self._paths: dict[str, CourierPath] = {}
        self._couriers: dict[str, CourierEnd] = {}
        self._events: deque[Recorded] = deque(maxlen=KEPT_EVENTS)
        self._stumbles: Counter[str] = Counter()
        self._moved = asyncio.Event()
        self._unstored = asyncio.Event()
        self.sight = Sight(self._places.latest, self._presence.links, self._paths)
        self.watchers = Watchers(replica, self.sight)
        self.figures = Figures(replica.state)
        replica.listen(self._on_event)

    @property
    def zone_id(self) -> str:
        """The hub's zone."""
        return self.replica.zone_id

    @property
    def here(self) -> StreamPosition:
        """Where the zone's stream stands now."""
        return StreamPosition(self.replica.epoch, self.replica.head)

    @property
    def sessions(self) -> dict[str, int]:
        """How many couriers, staff and shoppers are connected to this process."""
        return {"couriers": len(self._couriers), **self.watchers.sessions}

    @property
    def counters(self) -> Counter[str]:
        """Everything counted here: events and orders, positions in and dropped by reason."""
        counters = Counter(self.figures.counters)
        counters.update(self._places.counters)  # unlike a sum, this keeps what stands at 0
        counters.update(self._stumbles)
        return counters

    async def run(self) -> None:
        """Show and store places, follow those of other processes, judge links, draw paths; for ever."""
        await self._catch_up()
        async with asyncio.TaskGroup() as tasks:
            for loop in (
                self._show_for_ever,
                self._store_for_ever,
                self._follow_for_ever,
                self._judge_for_ever,
                self._finder.run,
            ):
                tasks.create_task(self._unending(loop))

    async def _unending(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Live views are best effort: a loop that stumbles is logged and begins again, and takes nothing else down."""
        while True:
            try:
                await loop()
            except StoreUnavailable:
                self._stumbles["position_store_unavailable"] += 1
            except Exception:
                log.exception("zone %s: a live loop stumbled", self.zone_id)
            await self._ticker.sleep(_RETRY_S)

    async def _catch_up(self) -> None:
        """Know what was known before this process began: recent events, last places, geometry of running routes."""
        try:
            head = self.replica.head
            newer = list(self._events)
            recent = await self._store.events(self.zone_id, max(0, head - KEPT_EVENTS), KEPT_EVENTS)
            first_newer = newer[0].seq if newer else head + 1
            older = [recorded for recorded in recent if recorded.seq < first_newer]
            self._events = deque([*older, *self._events], maxlen=KEPT_EVENTS)
            self._take_stored(tuple((await self._positions.latest(self.zone_id)).values()))
        except StoreUnavailable:
            log.warning("zone %s: starts without recent events and places", self.zone_id)
        for courier_id in self.replica.state.routes:
            self._want_path(courier_id)

    # --- couriers ----------------------------------------------------------------------------------------------

    def join(self, courier_id: str, end: CourierEnd) -> None:
        """Let a courier's session in. The newest generation stays, the other one is ended."""
        older = self._couriers.get(courier_id)
        if older and older.generation > end.generation:
            return end.supersede()
        self._couriers[courier_id] = end
        self._heard(courier_id)
        if older:
            older.supersede()
        return None

    def leave(self, courier_id: str, end: CourierEnd, *, goodbye: bool = False) -> None:
        """A session is over; `goodbye` when the phone said so."""
        if self._couriers.get(courier_id) is not end:
            return
        del self._couriers[courier_id]
        if goodbye:
            self._presence.said_goodbye(courier_id)
            self._judge()

    def report(self, courier_id: str, generation: int, first_seq: int, fixes: Sequence[Fix]) -> None:
        """Take a courier's fixes."""
        self._heard(courier_id)
        profile = self.replica.state.couriers[courier_id].profile
        is_new = self._places.report(
            courier_id,
            profile,
            generation=generation,
            first_seq=first_seq,
            fixes=fixes,
            received_at_ms=self._clock.now_ms(),
        )
        if is_new:
            self._moved.set()
            self._unstored.set()

    def heartbeat(self, courier_id: str) -> None:
        """The phone is there."""
        self._heard(courier_id)

    def missed(self, position: StreamPosition | None, courier_id: str, at_most: int) -> list[Recorded] | None:
        """Every event for this courier after `position`, in order.

        None when some of it is not known here any more, or when there are more than `at_most`.
        """
        if position is None or position.epoch != self.replica.epoch or position.seq > self.replica.head:
            return None
        if position.seq < self.replica.head and (not self._events or self._events[0].seq > position.seq + 1):
            return None
        found: list[Recorded] = []
        for recorded in reversed(self._events):
            if recorded.seq <= position.seq:
                break
            if told_to(recorded.event) == courier_id:
                found.append(recorded)
        return found[::-1] if len(found) <= at_most else None

    # --- events ------------------------------------------------------------------------------------------------

    def _on_event(self, recorded: Recorded) -> None:
        self._events.append(recorded)
        self.figures.count(recorded.event)
        end = self._couriers.get(told_to(recorded.event))
        if end and (facts := courier_facts(self.replica.state, recorded)):
            end.push(recorded.seq, recorded.at_ms, facts)
        if isinstance(recorded.event, e.RouteChanged):
            self._want_path(recorded.event.route.courier_id)
        self.watchers.tell_event(recorded)

    # --- places and paths --------------------------------------------------------------------------------------

    async def _show_for_ever(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            self.watchers.show(self._places.take_fresh())
            await self._ticker.sleep(TICK_S)

    async def _store_for_ever(self) -> None:
        while True:
            await self._unstored.wait()
            self._unstored.clear()
            await self._positions.put(self.zone_id, self._places.take_unwritten())
            await self._ticker.sleep(TICK_S)

    async def _follow_for_ever(self) -> None:
        async for positions in self._positions.follow(self.zone_id):
            self._take_stored(positions)

    def _take_stored(self, positions: Sequence[Position]) -> None:
        """Places that another process wrote; an older session of the same courier in this one is over."""
        for position in self._places.take_stored(positions):
            self._moved.set()
            silent_ms = (self._clock.now_ms() - position.received_at_ms) / self._clock.rate
            self._presence.heard(position.courier_id, self._ticker.mono_ms() - max(0.0, silent_ms))
            end = self._couriers.get(position.courier_id)
            if end and end.generation < position.generation:
                end.supersede()

    def _want_path(self, courier_id: str) -> None:
        courier = self.replica.state.couriers.get(courier_id)
        if courier:
            route = self.replica.state.route(courier_id)
            position = self._places.latest.get(courier_id)
            stops = tuple(stop.place for stop in route.stops)
            start = position.place if position and stops else None
            self._finder.want(WantedPath(courier_id, route.version, courier.profile, start, stops))

    def _take_paths(self, paths: dict[str, CourierPath]) -> None:
        self._paths |= paths
        self.watchers.tell_paths(paths)

    # --- links -------------------------------------------------------------------------------------------------

    def _heard(self, courier_id: str) -> None:
        self._presence.heard(courier_id, self._ticker.mono_ms())
        if self._presence.links.get(courier_id) != "live":
            self._judge()

    async def _judge_for_ever(self) -> None:
        while True:
            self._judge()
            await self._ticker.sleep(JUDGE_LINKS_EVERY_S)

    def _judge(self) -> None:
        changed = self._presence.judge(self.replica.state.couriers, self._ticker.mono_ms())
        self.watchers.tell_links(changed)
