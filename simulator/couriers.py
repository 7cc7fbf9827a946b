"""One courier at work: a client of the real courier protocol who rides, answers, waits, and loses the link.

Four things go on at once and share only the worklist and the motion: listening to the server, sending fixes, serving
the stops in the route's order, and now and then being in a tunnel. Reports are not waited for while the link is down:
the courier goes on working, the client keeps the actions in order, and a late refusal reopens the stop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from courier_protocol.client import CourierClient
from courier_protocol.client_session import ClientState
from courier_protocol.messages import Fix, Offered, Policy, Push, Reply, Resync, StopAction, StopView
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.vehicle import Profile
from dispatch.roads.route import RoadRoute
from simulator.battery import Battery
from simulator.clock import BusinessClock
from simulator.motion import Motion, Ride, Spot, Standing, blurred
from simulator.temper import GPS_SIGMA_M, Temper
from simulator.worklist import Visit, Worklist

FindWay = Callable[[Profile, Point, Point], Awaitable[RoadRoute]]

FIX_INTERVAL_S = 5.0
"""Business seconds between fixes until the server's policy says otherwise."""
REPLY_PATIENCE_S = 2.0
"""Real seconds that a courier waits for the server's word before going on without it."""
SECOND_THOUGHTS_S = 5.0
"""Business seconds to look at the route again after a refused report."""
AT_THE_PLACE_M = 25.0
"""Nobody starts the engine for less."""


@dataclass(frozen=True, slots=True)
class Rider:
    """Who a simulated courier is, and where the shift begins."""

    id: str
    name: str
    profile: Profile
    start: Point


class Witness(Protocol):
    """Told what a courier's phone saw, so that it can be measured."""

    def on_duty(self, courier_id: str) -> None:
        """The server has confirmed that the courier is on duty."""

    def fix_sent(self, courier_id: str, at_ms: int) -> None:
        """A fix taken at that business moment was given to a live link."""

    def offer_received(self, courier_id: str, order_ids: Sequence[str]) -> None:
        """An offer has just reached the phone."""

    def link_cut(self, courier_id: str) -> None:
        """The courier has entered a tunnel: the link is down on purpose."""

    def link_back(self, courier_id: str, *, resumed: bool) -> None:
        """The link that was cut on purpose lives again."""

    def confirmed(self, courier_id: str, action: str, action_id: str) -> None:
        """The server has committed what the courier reported."""

    def refused(self, courier_id: str, action: str, code: str) -> None:
        """The server refused what the courier reported."""


class SimulatedCourier:
    """A courier's shift. `haunts` are the places to wait for work, usually the depots."""

    def __init__(
        self,
        rider: Rider,
        *,
        phone: CourierClient,
        clock: BusinessClock,
        temper: Temper,
        find_way: FindWay,
        haunts: Sequence[Point],
        witness: Witness,
    ) -> None:
        self.rider = rider
        self._phone = phone
        self._clock = clock
        self._temper = temper
        self._find_way = find_way
        self._haunts = haunts
        self._witness = witness
        self._work = Worklist()
        self._news = asyncio.Event()
        self._motion: Motion = Standing(rider.start)
        self._fix_interval_s = FIX_INTERVAL_S
        self._sooner = asyncio.Event()
        self._min_move_m = 0.0
        self._reported: Point | None = None
        self._battery = Battery(rider.id, clock.now_ms())
        self._activities = asyncio.TaskGroup()
        self.fixes = 0

    async def work(self) -> None:
        """Go on duty and work until cancelled. Raises what the client raises when the server ends the session."""
        async with self._phone:
            await self._phone.wait_live()
            self._send_fix()
            await self._phone.duty("available")
            self._witness.on_duty(self.rider.id)
            async with self._activities as together:
                for activity in (self._listen(), self._report_places(), self._serve_stops(), self._lose_links()):
                    together.create_task(activity)

    @property
    def link(self) -> ClientState:
        """Where the phone's session stands."""
        return self._phone.state

    @property
    def route(self) -> Sequence[StopView]:
        """The stops that the phone shows."""
        return self._work.stops

    @property
    def fixes_taken(self) -> int:
        """Fixes that the server has acknowledged."""
        return self.fixes - self._phone.waiting_fixes

    # --- listening -------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for event in self._phone.events():
            if isinstance(event, Policy):
                if event.fix_interval_s < self._fix_interval_s:
                    self._sooner.set()
                self._fix_interval_s, self._min_move_m = event.fix_interval_s, event.min_move_m
            elif isinstance(event, Push | Resync):
                for offer in self._work.apply(event):
                    self._witness.offer_received(self.rider.id, offer.order_ids)
                    self._activities.create_task(self._consider(offer))
                self._news.set()

    async def _consider(self, offer: Offered) -> None:
        answer, delay_s = self._temper.answer()
        await self._clock.sleep(delay_s)
        if offer.offer_id not in self._work.offers or answer == "silence":
            return
        if answer == "decline":
            await self._phone.decline(offer.offer_id, "too_far")
            return
        reply = await self._phone.accept(offer.offer_id)
        self._note(reply, "accept")
        self._work.offers.pop(offer.offer_id, None)
        self._news.set()

    # --- being somewhere -------------------------------------------------------------------------------------

    async def _report_places(self) -> None:
        """A fix whenever the server's policy wants one; a shorter policy counts at once."""
        await self._clock.sleep(FIX_INTERVAL_S * float(self._temper.gps.random()))
        self._send_fix()
        since_ms = self._clock.now_ms()
        while True:
            self._sooner.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._clock.real_s(since_ms + round(self._fix_interval_s * 1000))):
                    await self._sooner.wait()
                continue
            self._send_fix(unless_within_m=self._min_move_m)
            since_ms = self._clock.now_ms()

    def _send_fix(self, unless_within_m: float = 0.0) -> None:
        """Report the place; not while it is as good as the one that was reported last."""
        at_ms = self._clock.now_ms()
        spot = self._motion.spot_at(at_ms)
        seen = blurred(spot.place, GPS_SIGMA_M, self._temper.gps)
        if self._reported and distance_m(self._reported, seen) < unless_within_m:
            return
        self._reported = seen
        self.fixes += 1
        if self.link is ClientState.LIVE:
            self._witness.fix_sent(self.rider.id, at_ms)
        speed_mps, heading_deg = round(spot.speed_mps, 2), _rounded(spot.heading_deg)
        battery = self._battery.left(at_ms)
        self._phone.position(Fix(at_ms, seen.lat, seen.lon, 2 * GPS_SIGMA_M, speed_mps, heading_deg, battery=battery))

    def _spot(self) -> Spot:
        return self._motion.spot_at(self._clock.now_ms())

    async def _start_riding(self, goal: Point) -> int:
        """Set off for a place; returns when it will be reached."""
        here = self._spot().place
        if distance_m(here, goal) <= AT_THE_PLACE_M:
            return self._clock.now_ms()
        ride = Ride(await self._find_way(self.rider.profile, here, goal), self._clock.now_ms(), self._temper.pace)
        self._motion = ride
        return ride.arrives_at_ms

    def _halt(self) -> None:
        self._motion = Standing(self._spot().place)

    # --- working ---------------------------------------------------------------------------------------------

    async def _serve_stops(self) -> None:
        while True:
            stop = self._work.next_stop()
            if stop is None:
                await self._wait_for_work()
            elif not await self._serve(stop.stop_id):
                self._halt()
                await self._clock.sleep(SECOND_THOUGHTS_S)

    async def _wait_for_work(self) -> None:
        """Ride to the nearest haunt and stay there until there is something to do."""
        here = self._spot().place
        haunt = min(self._haunts, key=lambda place: distance_m(here, place))
        await self._start_riding(haunt)
        while self._work.next_stop() is None:
            self._news.clear()
            await self._news.wait()

    async def _serve(self, stop_id: str) -> bool:
        """Depart, ride, arrive, stay, complete; False when the stop was taken away or a report refused."""
        stop = self._work.stop(stop_id)
        if stop is None or not await self._report(stop, "departed"):
            return False
        if not await self._pass(await self._start_riding(Point(stop.lat, stop.lon)), stop_id):
            return False
        self._halt()
        if not await self._report(stop, "arrived") or not await self._stay(stop_id):
            return False
        return await self._report(stop, "completed")

    async def _stay(self, stop_id: str) -> bool:
        """Wait until the goods are ready, then for as long as the stop takes."""
        while (stop := self._work.stop(stop_id)) and stop.earliest_at_ms > self._clock.now_ms():
            if not await self._pass(stop.earliest_at_ms, stop_id):
                return False
        dwell_ms = round(self._temper.dwell_s(stop.service_s) * 1000) if stop else 0
        return await self._pass(self._clock.now_ms() + dwell_ms, stop_id)

    async def _pass(self, until_ms: int, stop_id: str) -> bool:
        """Let time pass until a moment; False as soon as the stop is not ours any more."""
        while self._work.stop(stop_id) is not None:
            left_s = self._clock.real_s(until_ms)
            if left_s <= 0:
                return True
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._news.wait()
        return False

    # --- reporting -------------------------------------------------------------------------------------------

    async def _report(self, stop: StopView, action: StopAction) -> bool:
        """Report a step; False when it was refused. Without an answer in time the courier trusts that it will do."""
        place, order_ids = self._spot().place, self._work.to_do(stop)
        done = self._work.finish(stop.stop_id) if action == "completed" else frozenset[Visit]()
        report = self._activities.create_task(self._send_report(stop, action, place, order_ids, done))
        await asyncio.wait({report}, timeout=REPLY_PATIENCE_S if self.link is ClientState.LIVE else 0)
        return not report.done() or report.result()

    async def _send_report(
        self, stop: StopView, action: StopAction, place: Point, order_ids: list[str], done: frozenset[Visit]
    ) -> bool:
        reply = await self._phone.progress(
            stop.stop_id,
            action,
            lat=place.lat,
            lon=place.lon,
            order_ids=order_ids,
            kind=stop.kind,
            proofs=self._work.proofs(stop, order_ids) if action == "completed" else (),
            at_ms=self._clock.now_ms(),
        )
        self._note(reply, action)
        if not reply.ok:
            self._work.reopen(done)
        return reply.ok

    def _note(self, reply: Reply, action: str) -> None:
        if reply.ok:
            self._witness.confirmed(self.rider.id, action, reply.id)
        else:
            self._witness.refused(self.rider.id, action, reply.code)

    # --- tunnels ---------------------------------------------------------------------------------------------

    async def _lose_links(self) -> None:
        while True:
            wait_s, lasts_s = self._temper.next_outage()
            await self._clock.sleep(wait_s)
            self._witness.link_cut(self.rider.id)
            await self._phone.drop_link(lasts_s / self._clock.rate)
            await self._clock.sleep(lasts_s)
            welcome = await self._phone.wait_live()
            self._witness.link_back(self.rider.id, resumed=welcome.resumed)


def _rounded(heading_deg: float | None) -> float | None:
    return None if heading_deg is None else round(heading_deg, 1) % 360
