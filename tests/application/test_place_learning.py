"""Pins and service times learnt from deliveries: writer, replica and learning in virtual time."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from dispatch.adapters.memory import MemoryEventFeed, MemoryZoneStore
from dispatch.adapters.memory_learning import MemoryLearningStore
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.application.pace_learning import Paces
from dispatch.application.place_learning import (
    KEPT_STAYS,
    LOOK_EVERY_S,
    PROGRESS,
    TIMES,
    TIMES_KEPT_EVERY,
    PlaceLearning,
)
from dispatch.application.ports import Position, Request, StoreUnavailable
from dispatch.application.replica import ZoneReplica
from dispatch.application.zone_writer import WriterSettings, ZoneWriter
from dispatch.domain import commands as c
from dispatch.domain.correction import Correction, CorrectionState
from dispatch.domain.courier import Duty
from dispatch.domain.doors import door_of
from dispatch.domain.gcj02 import shifted
from dispatch.domain.geo import METRES_PER_DEGREE, Point, distance_m
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.place_correction import DOUBTED, Pattern
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.vehicle import Profile
from simulator.virtual_time import run_virtual
from tests.support.clocks import HandClock
from tests.support.planned_zone import LoopClock, LoopTicker, inline
from tests.support.zones import NOON_MS, courier, depot, order, zone

ZONE = "test"
DOOR = Point(31.2304, 121.4737)
"""In Shanghai."""
ADDRESS = "南京西路100号"
A = c.StopAction


def off(north_m: float, place: Point = DOOR) -> Point:
    return Point(place.lat + north_m / METRES_PER_DEGREE, place.lon)


@dataclass
class World:
    """A zone whose couriers deliver by hand, and what learns from it."""

    store: MemoryZoneStore
    writer: ZoneWriter
    replica: ZoneReplica
    clock: LoopClock
    tracks: MemoryTrackStore
    learning: MemoryLearningStore
    learner: PlaceLearning
    ids: Any = field(default_factory=lambda: count(1))

    async def ask(self, command: c.Command) -> None:
        reply = await self.writer.ask(ZONE, Request(f"w{next(self.ids)}", "staff:test", command))
        assert reply and reply.ok, reply

    async def deliver(
        self, pin: Point, at: Point, courier_id: str = "c1", *, address: str = ADDRESS, seen: bool = True
    ) -> Order:
        """An order comes in for a pin and is handed over where the door is; the phone tells where, or does not."""
        order_id = f"o{next(self.ids)}"
        wish = replace(order(order_id, created_at_ms=self.clock.now_ms()), dropoff=Dropoff(pin, address, "王小明"))
        await self.ask(c.CreateOrder(wish))
        now_ms = self.clock.now_ms()
        stops = tuple(PlannedStop(kind, (order_id,), now_ms, now_ms) for kind in StopKind)
        base = self.replica.state.plan_version
        await self.ask(c.AdoptPlan(base, (PlannedRoute(courier_id, stops),), 0, ("test",), "test"))
        taken = self.replica.state.orders[order_id]
        await self._stop(courier_id, f"pu-{order_id}-1", None)
        await self._stop(courier_id, f"do-{order_id}-1", at if seen else None)
        return taken

    async def _stop(self, courier_id: str, stop_id: str, at: Point | None) -> None:
        await self.ask(c.ReportProgress(courier_id, stop_id, A.ARRIVED, self.clock.now_ms()))
        await asyncio.sleep(90)
        if at:
            now_ms = self.clock.now_ms()
            fix = Position(courier_id, 1, next(self.ids), now_ms - 50_000, now_ms, at.lat, at.lon, 8.0, 0.2)
            await self.tracks.append(ZONE, [fix])
        await self.ask(c.ReportProgress(courier_id, stop_id, A.COMPLETED, self.clock.now_ms()))

    async def looked(self) -> None:
        """Let the learner come around, with everything old enough."""
        await asyncio.sleep(2 * LOOK_EVERY_S)

    @property
    def corrections(self) -> dict[str, Correction]:
        return self.replica.state.corrections


def learner_of(world: World, **parts: Any) -> PlaceLearning:
    """Another learner over the same stores, as a process that starts anew has it."""
    return PlaceLearning(
        replica=world.replica,
        events=parts.get("events", world.store),
        tracks=parts.get("tracks", world.tracks),
        learning=parts.get("learning", world.learning),
        bus=parts.get("bus", world.writer),
        clock=world.clock,
        ticker=LoopTicker(),
        offload=inline,
        new_id=map("learning-{}".format, world.ids).__next__,
    )


@asynccontextmanager
async def a_world(*, learns: bool = True) -> AsyncIterator[World]:
    ticker, clock = LoopTicker(), LoopClock()
    store = MemoryZoneStore(ticker)
    await store.ensure_zone(ZONE)
    calm = WriterSettings(lease_s=10_000, tick_s=60, inbox_poll_s=60)
    writer = ZoneWriter(store=store, clock=clock, ticker=ticker, zone_id=ZONE, holder="test", settings=calm)
    replica = await ZoneReplica.open(ZONE, store, MemoryEventFeed(store), clock)
    parts = (store, writer, replica, clock, MemoryTrackStore(), MemoryLearningStore())
    world = World(*parts, learner=None)  # type: ignore[arg-type]
    world.learner = learner_of(world)
    tasks = [asyncio.create_task(running) for running in (writer.run(), replica.run())]
    await world.ask(c.RegisterDepot(depot("d1")))
    for courier_id in ("c1", "c2"):
        await world.ask(c.RegisterCourier(courier(courier_id)))
        await world.ask(c.SetDuty(courier_id, Duty.AVAILABLE))
    if learns:
        tasks.append(asyncio.create_task(world.learner.run()))
        await asyncio.sleep(1)
    try:
        yield world
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [e for e in ended if isinstance(e, Exception)] == []


def test_a_double_shift_is_proposed_accepted_and_applied(caplog: pytest.LogCaptureFixture) -> None:
    """From one delivery to a corrected order: proposed within minutes, applied when accepted, nobody named in logs."""

    async def story() -> None:
        async with a_world() as world:
            pin = shifted(DOOR)
            await world.deliver(pin, DOOR)
            await world.looked()
            (found,) = world.corrections.values()
            assert (found.pattern, found.state) == (Pattern.SHIFTED, CorrectionState.PROPOSED)
            assert distance_m(found.place, DOOR) < 1 and found.pin == pin and found.address == ADDRESS
            await world.ask(c.JudgeCorrection(found.id, True, "dispatcher:ann"))
            corrected = await world.deliver(pin, DOOR)
            assert distance_m(corrected.dropoff.place, DOOR) < 1 and corrected.dropoff.marked == pin
            await world.looked()
            assert len(world.corrections) == 1
            assert world.learner.counters["pins_proposed"] == 1 and world.learner.counters["door_visits_placed"] == 2

    with caplog.at_level(logging.DEBUG):
        run_virtual(story())
    assert ADDRESS not in caplog.text and "王小明" not in caplog.text


def test_a_moved_pin_is_proposed_by_three_visits_of_two_couriers() -> None:
    """Not by two; and what was rejected is not proposed again by further visits."""

    async def story() -> None:
        async with a_world() as world:
            pin = off(200)
            for n in range(2):
                await world.deliver(pin, off(3 * n), f"c{n + 1}")
            await world.looked()
            assert world.corrections == {}
            await world.deliver(pin, DOOR)
            await world.looked()
            (found,) = world.corrections.values()
            assert (found.pattern, found.visits) == (Pattern.MOVED, 3) and len(found.stays) == 3
            await world.ask(c.JudgeCorrection(found.id, False, "dispatcher:ann"))
            for n in range(4):
                await world.deliver(pin, off(n), f"c{n % 2 + 1}")
            await world.looked()
            assert world.corrections[found.id].state is CorrectionState.REJECTED
            for n in range(KEPT_STAYS):
                await world.deliver(pin, off(-150 + n), f"c{n % 2 + 1}")
            await world.looked()
            assert world.corrections[found.id].state is CorrectionState.PROPOSED

    run_virtual(story())


def test_a_gate_of_many_doors_is_doubted() -> None:
    """Three doors with pins of their own whose couriers all stop at one gate: the last of them is of low confidence."""

    async def story() -> None:
        async with a_world() as world:
            for number in (1, 2, 3):
                pin = Point(DOOR.lat + 0.0012, DOOR.lon + 0.0015 * (number - 2))
                for n in range(3):
                    await world.deliver(pin, off(n), f"c{n % 2 + 1}", address=f"{ADDRESS}{number}号楼")
            await world.looked()
            last = world.corrections[door_of(pin, f"{ADDRESS}3号楼")]
            assert last.confidence <= DOUBTED and "gate" in last.reason_en

    run_virtual(story())


def test_right_pins_and_phones_that_tell_nothing_propose_nothing() -> None:
    """But service times are learnt of both."""

    async def story() -> None:
        async with a_world() as world:
            for n in range(4):
                await world.deliver(DOOR, off(n))
                await world.deliver(shifted(DOOR), DOOR, seen=False)
            await world.looked()
            assert world.corrections == {}
            assert world.learner.counters["door_visits"] == 8 and world.learner.counters["door_visits_placed"] == 4
            assert world.learner.counters["services_learnt"] >= 8

    run_virtual(story())


def test_young_events_wait_for_their_tracks() -> None:
    """A look right after the delivery learns nothing yet; a later one does."""

    async def story() -> None:
        async with a_world(learns=False) as world:
            await world.learner.look()
            await world.deliver(shifted(DOOR), DOOR)
            await world.learner.look()
            assert world.learner.counters["door_visits"] == 0
            await asyncio.sleep(61)
            await world.learner.look()
            assert world.learner.counters["door_visits"] == 1

    run_virtual(story())


def test_a_new_process_goes_on_where_the_old_one_was() -> None:
    """Events are read once; service times come back; a history that is new here is read from now on."""

    async def story() -> None:
        async with a_world(learns=False) as world:
            first = learner_of(world)
            await first.look()
            await world.deliver(DOOR, DOOR)
            await asyncio.sleep(61)
            for _ in range(TIMES_KEPT_EVERY):
                await first.look()
            second = learner_of(world)
            running = asyncio.create_task(second.run())
            await asyncio.sleep(1)
            running.cancel()
            assert second.counters["door_visits"] == 0
            assert second.service_times.to_record() == first.service_times.to_record()
            assert json.loads(await world.learning.note(ZONE, TIMES))["effects"]
            world.store.lose_history(ZONE, 4)
            third = learner_of(world)
            await third.look()
            assert third.counters["door_visits"] == 0
            assert await world.learning.note(ZONE, PROGRESS) == "2 4"

    run_virtual(story())


class Deaf:
    """A bus that never answers."""

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> None:
        del zone_id, request, timeout_s


class Away(MemoryLearningStore):
    """A learning store that does not answer at first, and holds rubbish."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = 2

    async def note(self, zone_id: str, name: str) -> str:
        self.fails -= 1
        if self.fails >= 0:
            raise StoreUnavailable("away")
        return "rubbish" if name == TIMES else await super().note(zone_id, name)


@pytest.mark.parametrize("fails", [2, 0])
def test_a_store_that_is_away_costs_a_round(fails: int) -> None:
    """It goes on with the next one; rubbish is learnt anew."""

    async def story() -> None:
        async with a_world(learns=False) as world:
            away = Away()
            away.fails = fails
            learner = learner_of(world, learning=away)
            running = asyncio.create_task(learner.run())
            await asyncio.sleep(2.5 * LOOK_EVERY_S)
            assert learner.counters["learning_rounds_lost"] == (1 if fails else 0)
            await world.deliver(DOOR, DOOR)
            await world.looked()
            assert learner.counters["door_visits"] == 1
            running.cancel()

    run_virtual(story())


def test_a_crash_before_progress_is_noted_counts_no_visit_twice() -> None:
    """The same visit replaces itself, so one courier's delivery does not become three witnesses."""

    async def story() -> None:
        async with a_world(learns=False) as world:
            learner = learner_of(world)
            await learner.look()
            before = await world.learning.note(ZONE, PROGRESS)
            await world.deliver(off(200), DOOR)
            await asyncio.sleep(61)
            for _ in range(3):
                await learner.look()
                await world.learning.keep(ZONE, (), {PROGRESS: before}, 0)
            kept: Sequence[Any] = list((await world.learning.doors(ZONE, {door_of(off(200), ADDRESS)})).values())
            assert len(kept[0].stays) == 1 and world.corrections == {}

    run_virtual(story())


class Broken(MemoryTrackStore):
    """A bug of ours."""

    async def read(self, *_: Any) -> Any:
        raise ZeroDivisionError


def test_a_bug_in_learning_stops_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, counted and tried again; dispatch goes on."""

    async def story() -> None:
        async with a_world(learns=False) as world:
            learner = learner_of(world, tracks=Broken())
            running = asyncio.create_task(learner.run())
            await asyncio.sleep(1)
            await world.deliver(DOOR, DOOR)
            await world.looked()
            assert learner.counters["learning_rounds_lost"] >= 1 and not running.done()
            running.cancel()

    run_virtual(story())
    assert "learning" in caplog.text and ADDRESS not in caplog.text


def test_a_zone_that_does_not_answer_is_asked_again_by_the_next_visit() -> None:
    """The proposal is counted as not made."""

    async def story() -> None:
        async with a_world(learns=False) as world:
            learner = learner_of(world, bus=Deaf())
            await learner.look()
            await world.deliver(shifted(DOOR), DOOR)
            await asyncio.sleep(61)
            await learner.look()
            assert learner.counters["pins_not_proposed"] == 1 and world.corrections == {}

    run_virtual(story())


def test_paces_are_kept_with_what_else_is_learnt() -> None:
    """Written with the service times; a process that begins later knows the couriers again."""

    async def story() -> None:
        store, state = MemoryLearningStore(), zone(couriers=1)
        await store.keep(state.zone_id, (), {"paces": '{"courier c1": [20.0, 6.0], "profile bike": [9.0, 9.0]}'}, 0)
        paces = Paces(state)
        learning = PlaceLearning(
            replica=SimpleNamespace(zone_id=state.zone_id, state=state),  # type: ignore[arg-type]
            events=MemoryZoneStore(LoopTicker()),
            tracks=MemoryTrackStore(),
            learning=store,
            bus=None,  # type: ignore[arg-type]
            clock=HandClock(NOON_MS),
            ticker=LoopTicker(),
            paces=paces,
        )
        await learning._recall()
        assert paces.factor("c1", Profile.BIKE) == paces.factor("c1", Profile.CAR) > 1.2
        assert paces.known() == {"courier c1": [20.0, 6.0]}

    run_virtual(story())
