"""A whole shift of a simulated courier, in virtual time, against the real rules of the zone.

The phone is a fake only in its link: what the courier does goes straight into the domain, and what happened comes
back as the facts that the server would push.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Self, cast

import pytest

from courier_protocol.client import CourierClient
from courier_protocol.client_link import ClientState
from courier_protocol.messages import Fix, Proof, Push, Reply, StopAction, Welcome
from dispatch.application.courier_facts import courier_facts, told_to
from dispatch.application.ports import Recorded
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.errors import DomainError
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import OrderStatus
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Profile
from dispatch.domain.zone import ZoneState
from dispatch.roads.route import RoadRoute
from simulator.clock import BusinessClock
from simulator.couriers import Rider, SimulatedCourier
from simulator.measures import Measures
from simulator.temper import CALM, Habits, Temper
from simulator.virtual_time import run_virtual
from tests.support.courier_sessions import welcome_at_10
from tests.support.zones import MINUTE_MS, NOON_MS, ask, plan, planned, zone

RATE = 10.0
START, DEPOT = Point(60.160, 24.930), Point(60.165, 24.935)
SPEED_MPS = 5.0
EAGER = Habits(declines=0, silent=0, outage_every_s=1e9)


async def straight_way(profile: Profile, a: Point, b: Point) -> RoadRoute:
    """Streets that lead straight from anywhere to anywhere."""
    del profile
    length_m = distance_m(a, b)
    return RoadRoute.through(length_m / SPEED_MPS, length_m, (a, b), (0.0, length_m / SPEED_MPS))


class FakePhone:
    """The part of `CourierClient` that couriers use. `replies_wait` holds replies back, as a lost link does."""

    def __init__(self, state: ZoneState, clock: BusinessClock, courier_id: str = "c1") -> None:
        self._zone = state
        self._clock = clock
        self._courier_id = courier_id
        self._pushes: asyncio.Queue[Push] = asyncio.Queue()
        self._seq = 0
        self.state = ClientState.LIVE
        self.linked = asyncio.Event()
        self.linked.set()
        self.fixes: list[Fix] = []
        self.said: list[tuple[str, str, int]] = []
        self.drops_s: list[float] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.state = ClientState.ENDED

    async def wait_live(self) -> Welcome:
        await self.linked.wait()
        return welcome_at_10(resumed=True)

    @property
    def waiting_fixes(self) -> int:
        return 0

    def position(self, fix: Fix) -> None:
        self.fixes.append(fix)

    async def duty(self, duty: str) -> Reply:
        return self._do("duty", c.SetDuty(self._courier_id, Duty(duty)))

    async def accept(self, offer_id: str) -> Reply:
        return self._do("accept", c.AcceptOffer(self._courier_id, offer_id))

    async def decline(self, offer_id: str, reason: str = "") -> Reply:
        return self._do("decline", c.DeclineOffer(self._courier_id, offer_id, reason))

    async def progress(
        self,
        stop_id: str,
        action: StopAction,
        *,
        lat: float,
        lon: float,
        order_ids: list[str],
        kind: str,
        at_ms: int,
        proofs: Sequence[Proof] = (),
    ) -> Reply:
        assert not proofs, "no order here asks for any"
        command = c.ReportProgress(
            self._courier_id, stop_id, c.StopAction(action), at_ms, "", tuple(order_ids), StopKind(kind)
        )
        await self.linked.wait()
        return self._do(f"{action} {stop_id}", command)

    async def drop_link(self, seconds: float) -> None:
        self.drops_s.append(seconds)
        self.state = ClientState.OFFLINE
        self.linked.clear()
        asyncio.get_running_loop().call_later(seconds, self.link_again)

    def link_again(self) -> None:
        self.state = ClientState.LIVE
        self.linked.set()

    async def events(self) -> AsyncIterator[Push]:
        while True:
            yield await self._pushes.get()

    def _do(self, what: str, command: c.Command) -> Reply:
        self.said.append((what, "refused", self._clock.now_ms()))
        try:
            self.happened(ask(self._zone, command, self._clock.now_ms()))
        except DomainError as refusal:
            return Reply("1", False, refusal.code)
        self.said[-1] = (what, "ok", self._clock.now_ms())
        return Reply("1", True)

    def happened(self, events: Sequence[Any]) -> None:
        """Push what concerns this courier."""
        for event in events:
            self._seq += 1
            facts = courier_facts(self._zone, Recorded(self._seq, self._clock.now_ms(), "", "", event))
            if told_to(event) == self._courier_id and facts:
                self._pushes.put_nowait(Push(1, self._seq - 1, self._seq, self._clock.now_ms(), facts))


class Shift:
    """One courier c1 of a zone with an open order, and a hand to steer the rest."""

    def __init__(self, habits: Habits = EAGER, orders: int = 1, seed: int = 7) -> None:
        self.state = zone(1, orders)
        ask(self.state, c.SetDuty("c1", Duty.OFF_DUTY))
        self.clock = BusinessClock(NOON_MS, RATE)
        self.phone = FakePhone(self.state, self.clock)
        self.measures = Measures(asyncio.get_running_loop().time)
        self.courier = SimulatedCourier(
            Rider("c1", "Ada", Profile.EBIKE, START),
            phone=cast(CourierClient, self.phone),
            clock=self.clock,
            temper=Temper(seed, "c1", habits),
            find_way=straight_way,
            haunts=[DEPOT],
            witness=self.measures,
        )

    def offer(self, *order_ids: str) -> None:
        """Let a plan offer orders to the courier for two minutes."""
        now_ms = self.clock.now_ms()
        proposal = plan(self.state, planned(self.state, "c1", order_ids, now_ms), ttl_ms=2 * MINUTE_MS)
        self.phone.happened(ask(self.state, proposal, now_ms))

    def status(self, order_id: str) -> OrderStatus:
        return self.state.orders[order_id].status

    def reached(self, order_id: str, status: OrderStatus) -> bool:
        """Whether the order has ever been there."""
        return status in [step for step, _ in self.state.orders[order_id].timeline]

    async def until(self, is_so: Callable[[], bool], business_s: float = 3_600) -> None:
        """Let business time pass until something is so."""
        deadline_ms = self.clock.now_ms() + round(business_s * 1000)
        while not is_so():
            assert self.clock.now_ms() < deadline_ms, f"not within {business_s} s: {self.phone.said}"
            await self.clock.sleep(1)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.courier.work())
        await self.until(lambda: self.state.couriers["c1"].duty is Duty.AVAILABLE)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def steps(said: list[tuple[str, str, int]]) -> list[str]:
    """What was said about stops, without the ids."""
    return [what.split("-")[0] for what, _, _ in said if " " in what]


def test_an_order_is_carried_from_offer_to_door() -> None:
    """Accepted by a person, not by a machine; each stop departed, reached and completed in turn, at riding speed."""

    async def story() -> None:
        async with Shift() as shift:
            shift.offer("o1")
            await shift.until(lambda: shift.reached("o1", OrderStatus.DELIVERED))
            assert steps(shift.phone.said) == [
                *("departed pu", "arrived pu", "completed pu", "departed do", "arrived do", "completed do")
            ]
            said_at_ms = {what.split("-")[0]: at_ms for what, _, at_ms in shift.phone.said}
            assert 3_000 <= said_at_ms["accept"] - NOON_MS <= 18_000
            ridden_s = (said_at_ms["arrived do"] - said_at_ms["departed do"]) / 1000
            metres = distance_m(DEPOT, shift.state.orders["o1"].dropoff.place)
            assert ridden_s == pytest.approx(metres / SPEED_MPS / Temper(7, "c1").pace, abs=1)
            assert shift.measures.refusals == {}

    run_virtual(story())


def test_goods_that_are_not_ready_are_waited_for() -> None:
    """However early the courier is there, nothing is picked up before `ready_at_ms`."""

    async def story() -> None:
        async with Shift() as shift:
            ready_at_ms = NOON_MS + 20 * MINUTE_MS
            shift.state.orders["o1"] = replace(shift.state.orders["o1"], ready_at_ms=ready_at_ms)
            shift.offer("o1")
            await shift.until(lambda: shift.reached("o1", OrderStatus.PICKED_UP))
            assert ready_at_ms < shift.clock.now_ms() < ready_at_ms + 5 * MINUTE_MS

    run_virtual(story())


def test_fixes_come_every_five_business_seconds() -> None:
    """Half a second of real time at ten times the speed, near the way, and from the first moment on."""

    async def story() -> None:
        async with Shift() as shift:
            await shift.clock.sleep(600)
            at_ms = [fix.at_ms for fix in shift.phone.fixes]
            gaps_ms = [later - earlier for earlier, later in pairwise(at_ms[1:])]
            assert at_ms[0] == NOON_MS
            assert set(gaps_ms) <= {4_999, 5_000, 5_001}
            assert distance_m(Point(shift.phone.fixes[0].lat, shift.phone.fixes[0].lon), START) < 40
            last = shift.phone.fixes[-1]
            assert distance_m(Point(last.lat, last.lon), DEPOT) < 40, "a courier without work waits at the depot"

    run_virtual(story())


def test_a_courier_who_declines_is_left_in_peace() -> None:
    """The order is free again, and nobody rides anywhere for it."""

    async def story() -> None:
        async with Shift(Habits(declines=1, silent=0, outage_every_s=1e9)) as shift:
            shift.offer("o1")
            await shift.until(lambda: shift.status("o1") is OrderStatus.DISPATCHABLE)
            assert steps(shift.phone.said) == []

    run_virtual(story())


def test_silence_lets_the_offer_lapse() -> None:
    """A courier who looks elsewhere says nothing at all, and goes on waiting for work after the lapse."""

    async def story() -> None:
        async with Shift(Habits(declines=0, silent=1, outage_every_s=1e9)) as shift:
            shift.offer("o1")
            await shift.clock.sleep(150)
            assert shift.status("o1") is OrderStatus.OFFERED
            shift.phone.happened(ask(shift.state, c.PassTime(), shift.clock.now_ms()))
            assert shift.status("o1") is OrderStatus.DISPATCHABLE
            assert [what for what, _, _ in shift.phone.said] == ["duty"]

    run_virtual(story())


def test_a_stop_taken_away_is_not_ridden_to() -> None:
    """Canceled under way to the depot: the courier turns to the next order, and the server refuses nothing."""

    async def story() -> None:
        async with Shift(orders=2) as shift:
            shift.offer("o1")
            await shift.until(lambda: shift.reached("o1", OrderStatus.EN_ROUTE_PICKUP))
            shift.phone.happened(ask(shift.state, c.CancelOrder("o1", "changed my mind"), shift.clock.now_ms()))
            shift.offer("o2")
            await shift.until(lambda: shift.reached("o2", OrderStatus.DELIVERED))
            assert shift.measures.refusals == {}

    run_virtual(story())


def test_a_tunnel_stops_nobody() -> None:
    """The courier goes on riding and working; what is reported in the tunnel takes effect, in order, after it."""

    async def story() -> None:
        async with Shift() as shift:
            shift.offer("o1")
            await shift.until(lambda: shift.reached("o1", OrderStatus.EN_ROUTE_PICKUP))
            await shift.phone.drop_link(3_600 / RATE)
            await shift.clock.sleep(1_800)
            assert shift.status("o1") is OrderStatus.EN_ROUTE_PICKUP
            door = shift.state.orders["o1"].dropoff.place
            assert any(distance_m(Point(fix.lat, fix.lon), door) < 20 for fix in shift.phone.fixes)
            shift.phone.link_again()
            await shift.until(lambda: shift.reached("o1", OrderStatus.DELIVERED), business_s=60)
            assert shift.measures.refusals == {}

    run_virtual(story())


def test_links_are_lost_as_the_temper_says() -> None:
    """For as long as drawn, in real seconds; fixes taken meanwhile are not measured."""

    async def story() -> None:
        habits = Habits(outage_every_s=300, outage_s=(40, 50))
        async with Shift(habits) as shift:
            await shift.clock.sleep(3_600)
            assert shift.phone.drops_s
            assert all(40 <= drop_s * RATE <= 50 for drop_s in shift.phone.drops_s)
            assert shift.measures.outages == len(shift.phone.drops_s)

    run_virtual(story())


def test_the_same_seed_is_the_same_shift() -> None:
    """What is said, when, and every fix."""

    async def story() -> tuple[Any, Any]:
        async with Shift(CALM) as shift:
            shift.offer("o1")
            await shift.clock.sleep(1_800)
            return shift.phone.said, shift.phone.fixes

    assert run_virtual(story()) == run_virtual(story())
