"""Where one process's sessions meet one zone: events and places in, frames for couriers and watchers out.

Two ways lead through the hub. Events come from the replica, one at a time and in order; couriers get theirs through
their session, which chains and bounds them, watchers through their lanes. Places come from the sessions of this
process, at once, and from those of other processes through the position store (`live_places`), and go to the maps by
the `outlet`. What a session missed comes from `history`, how often its phone reports from `reporting`.

Everything here runs on the event loop of the process and is synchronous, but for the loops in `run`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from courier_protocol.live import Attendee
from courier_protocol.messages import CourierFact, Fix, Policy, StreamPosition
from dispatch.application.attendance import Attendance
from dispatch.application.batteries import Batteries
from dispatch.application.courier_facts import (
    DEFAULT_PAY,
    PayPolicy,
    PhoneSnapshot,
    courier_facts,
    masked,
    masked_route,
    resync,
    told_to,
)
from dispatch.application.figures import Figures
from dispatch.application.gateway_news import HOLDS_S, Elsewhere, GatewayNews
from dispatch.application.history import History
from dispatch.application.lanes import Lane
from dispatch.application.live_places import LivePlaces
from dispatch.application.outlet import Outlet
from dispatch.application.paths import Offload, PathFinder, WantedPath
from dispatch.application.pin_guard import PinGuard
from dispatch.application.places import Places
from dispatch.application.ports import (
    Clock,
    Position,
    PositionStore,
    Recorded,
    StoreUnavailable,
    Ticker,
    TrackStore,
    TravelTimes,
    ZoneStore,
)
from dispatch.application.presence import LinkPolicy, Presence
from dispatch.application.pulse import Pulse
from dispatch.application.replay import Replay
from dispatch.application.replica import ZoneReplica
from dispatch.application.reporting import Reporting, Situation, situation
from dispatch.application.stream_ports import EventCopy
from dispatch.application.tracking import TrackingPolicy
from dispatch.application.viewport import MAX_DOTS
from dispatch.application.views import CourierPath, Sight
from dispatch.application.watchers import Watchers
from dispatch.domain import events as e
from dispatch.domain.courier import MAY_RIDE
from dispatch.domain.vehicle import Profile

log = logging.getLogger(__name__)

JUDGE_LINKS_EVERY_S: Final = 1.0
STEER_EVERY_S: Final = 4.0
"""Each phone's reporting rate is looked at so often; at once when its work changes."""
STEERED_AT_ONCE: Final = 8
"""A look takes some 50 us, and nobody's place is to wait behind those of hundreds of phones."""
_RETRY_S: Final = 0.5


class CourierEnd(Protocol):
    """A courier's live session in this process."""

    @property
    def generation(self) -> int:
        """The session's generation."""
        ...

    @property
    def clock_offset_ms(self) -> int | None:
        """How far the phone's wall clock is ahead of ours; None when it did not tell."""
        ...

    def push(self, seq: int, at_ms: int, facts: tuple[CourierFact, ...]) -> None:
        """Tell the phone the facts of an event."""
        ...

    def set_policy(self, policy: Policy) -> None:
        """Tell the phone how often to report its place."""
        ...

    def supersede(self) -> None:
        """End the session: a newer one took over."""
        ...

    def shut_out(self) -> None:
        """End the session: the courier may not ride any more."""
        ...


class ZoneHub:
    """One zone in one process. Make it, start `run`, then let sessions in."""

    def __init__(
        self,
        *,
        replica: ZoneReplica,
        store: ZoneStore,
        positions: PositionStore,
        tracks: TrackStore,
        travel_times: TravelTimes,
        clock: Clock,
        ticker: Ticker,
        tracking: TrackingPolicy,
        pulse: Pulse,
        copy: EventCopy | None = None,
        news: GatewayNews | None = None,
        links: LinkPolicy | None = None,
        offload: Offload = asyncio.to_thread,
        pay: PayPolicy = DEFAULT_PAY,
        max_dots: int = MAX_DOTS,
        masks_numbers: bool = False,
    ) -> None:
        self.replica, self.pay = replica, pay
        self.pins = PinGuard()
        self._clock, self._ticker = clock, ticker
        self.history = History(replica, store, copy)
        self._reporting = Reporting(clock.rate)
        self._presence = Presence(clock.rate, links or LinkPolicy())
        self._finder = PathFinder(travel_times, self._take_paths, offload)
        self._paths: dict[str, CourierPath] = {}
        self._couriers: dict[str, CourierEnd] = {}
        self._stumbles: Counter[str] = Counter()
        places = Places(tracking)
        self._batteries = Batteries()
        known = (places.latest, self._presence.links, self._paths, self._batteries.shown, self._heard_at_ms)
        self.sight = Sight(*known, calls=masks_numbers)
        self.watchers = Watchers(replica, self.sight, max_dots)
        self._outlet = Outlet(self.watchers, pulse)
        self.live_places = LivePlaces(
            replica.zone_id,
            places=places,
            positions=positions,
            tracks=tracks,
            clock=clock,
            ticker=ticker,
            show=self._outlet.show,
            newer=self._heard_elsewhere,
        )
        self.replay = Replay(
            replica.zone_id, store=store, places=self.live_places, travel_times=travel_times, clock=clock
        )
        self._attendance = Attendance(ticker, HOLDS_S, self.watchers.tell_attending)
        self._elsewhere = Elsewhere(
            replica.zone_id,
            news,
            ticker,
            attendance=self._attendance,
            watched_here=self.watchers.watched,
            began=self._began_elsewhere,
        )
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
        counters.update(self.live_places.places.counters)  # unlike a sum, this keeps what stands at 0
        counters.update(self.history.counters)
        counters.update(self._stumbles)
        return counters

    async def run(self) -> None:
        """Show and store places, follow those of other processes, judge links, steer phones, draw paths; for ever."""
        await self._catch_up()
        async with asyncio.TaskGroup() as tasks:
            for loop in (
                *self.live_places.loops,
                *self._elsewhere.loops,
                self._judge_for_ever,
                self._steer_for_ever,
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
            await self.history.catch_up()
            await self.live_places.catch_up()
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
        self._elsewhere.session_began(courier_id, end.generation)
        self._heard(courier_id)
        if older:
            older.supersede()
        self._reporting.forget(courier_id)
        return self._steer(courier_id, end)

    def leave(self, courier_id: str, end: CourierEnd, *, goodbye: bool = False) -> None:
        """A session is over; `goodbye` when the phone said so."""
        if self._couriers.get(courier_id) is not end:
            return
        del self._couriers[courier_id]
        self._reporting.forget(courier_id)
        if goodbye:
            self._presence.said_goodbye(courier_id)
            self._judge()

    def has_session(self, courier_id: str) -> bool:
        """Whether the courier's app is connected to this process."""
        return courier_id in self._couriers

    def report(self, courier_id: str, generation: int, first_seq: int, fixes: Sequence[Fix]) -> None:
        """Take a courier's fixes."""
        self._heard(courier_id)
        profile = self.replica.state.couriers[courier_id].profile
        self.live_places.report(courier_id, profile, generation, first_seq, fixes)

    def heartbeat(self, courier_id: str, generation: int = 0, fix: Fix | None = None) -> None:
        """The phone is there, and where; `generation` is that of its session."""
        self._heard(courier_id)
        if fix:
            self.live_places.stand(courier_id, self._profile(courier_id), generation, fix)

    def _profile(self, courier_id: str) -> Profile:
        return self.replica.state.couriers[courier_id].profile

    def clock_offset_ms(self, courier_id: str) -> int | None:
        """How far the phone's wall clock is ahead; None when it is not connected here, or did not tell."""
        end = self._couriers.get(courier_id)
        return end.clock_offset_ms if end else None

    async def track(self, courier_id: str, from_ms: int, to_ms: int, limit: int) -> Sequence[Position]:
        """Where the courier was within [from_ms, to_ms] of business time, oldest first. Raises `StoreUnavailable`."""
        return await self.live_places.track(courier_id, from_ms, to_ms, limit)

    async def track_distance_m(self, courier_id: str, from_ms: int) -> float:
        """How far the courier has come since that moment of business time. Raises `StoreUnavailable`."""
        return await self.live_places.distance_m(courier_id, from_ms)

    # --- staff -------------------------------------------------------------------------------------------------

    def attend(self, lane: Lane, attendee: Attendee) -> None:
        """A member of staff has this open from now on."""
        self.watchers.attend(lane)
        self._attendance.attend(lane, attendee)
        self._elsewhere.attended()

    def unwatch(self, lane: Lane) -> None:
        """A member of staff is gone."""
        self.watchers.unwatch(lane)
        self._attendance.leave(lane)
        self._elsewhere.attended()

    def told(self, recorded: Recorded) -> tuple[CourierFact, ...]:
        """What the event tells the courier whom it is about."""
        facts = courier_facts(self.replica.state, recorded, self.pay)
        return masked(facts) if self.sight.calls else facts

    def told_anew(self, courier_id: str) -> PhoneSnapshot:
        """Everything that a courier's phone shows now."""
        snapshot = resync(self.replica.state, courier_id, self.pay)
        return replace(snapshot, route=masked_route(snapshot.route)) if self.sight.calls else snapshot

    # --- events ------------------------------------------------------------------------------------------------

    def _on_event(self, recorded: Recorded) -> None:
        self.history.add(recorded)
        self.figures.count(recorded.event)
        self._check_account(recorded.event)
        end = self._couriers.get(told_to(recorded.event))
        if end and (facts := self.told(recorded)):
            end.push(recorded.seq, recorded.at_ms, facts)
            self._steer(told_to(recorded.event), end)
        if isinstance(recorded.event, e.RouteChanged):
            self._want_path(recorded.event.route.courier_id)
        self.watchers.tell_event(recorded)

    def _check_account(self, event: e.Event) -> None:
        """A courier who is suspended is gone with the event, however long their token would be good."""
        if isinstance(event, e.CourierRegistered) and event.courier.account not in MAY_RIDE:
            end = self._couriers.get(event.courier.id)
            if end:
                self._stumbles["couriers_shut_out"] += 1
                end.shut_out()

    # --- places and paths --------------------------------------------------------------------------------------

    def _heard_elsewhere(self, position: Position) -> None:
        """Another process heard the courier; an older session of theirs in this one is over."""
        silent_ms = (self._clock.now_ms() - position.received_at_ms) / self._clock.rate
        self._presence.heard(position.courier_id, self._ticker.mono_ms() - max(0.0, silent_ms))
        self._began_elsewhere(position.courier_id, position.generation)

    def _began_elsewhere(self, courier_id: str, generation: int) -> None:
        """A session of this generation runs; an older one of theirs in this process is over."""
        end = self._couriers.get(courier_id)
        if end and end.generation < generation:
            end.supersede()

    def _want_path(self, courier_id: str) -> None:
        courier = self.replica.state.couriers.get(courier_id)
        if courier:
            route = self.replica.state.route(courier_id)
            position = self.sight.positions.get(courier_id)
            stops = tuple(stop.place for stop in route.stops)
            start = position.place if position and stops else None
            self._finder.want(WantedPath(courier_id, route.version, courier.profile, start, stops))

    def redraw(self) -> None:
        """The streets have changed: every way ahead is looked for anew."""
        self._finder.forget()
        for courier_id, route in self.replica.state.routes.items():
            if route.stops:
                self._want_path(courier_id)

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
            self.watchers.look_around()
            await self._ticker.sleep(JUDGE_LINKS_EVERY_S)

    def _judge(self) -> None:
        mono_ms = self._ticker.mono_ms()
        changed = self._presence.judge(self.replica.state.couriers, mono_ms)
        emptier = self._batteries.look(self.sight.positions, mono_ms)
        self.watchers.tell_links(dict.fromkeys((*changed, *emptier)))

    def _heard_at_ms(self, courier_id: str) -> int:
        """When the courier's phone was last heard, business time; 0 when nobody knows."""
        silent_ms = self._presence.silent_ms(courier_id, self._ticker.mono_ms())
        if silent_ms is not None:
            return max(0, round(self._clock.now_ms() - silent_ms * self._clock.rate))
        position = self.sight.positions.get(courier_id)
        return position.received_at_ms if position else 0

    # --- how often phones report -------------------------------------------------------------------------------

    async def _steer_for_ever(self) -> None:
        while True:
            phones = list(self._couriers.items())
            for start in range(0, max(1, len(phones)), STEERED_AT_ONCE):
                for courier_id, end in phones[start : start + STEERED_AT_ONCE]:
                    if self._couriers.get(courier_id) is end:
                        self._steer(courier_id, end)
                await self._ticker.sleep(STEER_EVERY_S * STEERED_AT_ONCE / max(STEERED_AT_ONCE, len(phones)))

    def _steer(self, courier_id: str, end: CourierEnd) -> None:
        """Tell the phone its reporting policy, if there is a new one."""
        if policy := self._reporting.due(courier_id, lambda: self._situation(courier_id), self._ticker.mono_ms()):
            end.set_policy(policy)

    def _situation(self, courier_id: str) -> Situation:
        return situation(
            self.replica.state,
            courier_id,
            self.sight.positions.get(courier_id),
            shopper_watches=self.watchers.shopper_watches(courier_id) or self._elsewhere.shopper_watches(courier_id),
            staff_watch=self.watchers.sessions["staff"] > 0 or self._elsewhere.staff_watch,
        )
