"""GPS apps in a courier's order of facts: generations, who wins, what late and future reports do, and limits."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from courier_protocol.messages import Fix
from dispatch.adapters.memory_channel import MemoryDeviceStore
from dispatch.application.channel_ports import Device
from dispatch.application.ingest import MAX_DEVICES, GpsReport, Ingest, IngestPolicy, key_hash
from dispatch.application.ports import Position
from dispatch.domain.errors import Conflict
from simulator.virtual_time import run_virtual
from tests.support.hub import ZONE, Phone, Rig, rig
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.zones import NOON_MS

WALL_MS = 1_700_000_000_000
"""Wall time when business time is noon of another day: the two have nothing to do with each other."""


def wall_now_ms() -> int:
    return WALL_MS + int(asyncio.get_running_loop().time() * 1000)


@dataclass
class World:
    """A hub, and a process that takes reports of GPS apps for it."""

    made: Rig
    ingest: Ingest
    devices: MemoryDeviceStore
    rate: float

    def gateway(self, **policy: Any) -> Ingest:
        """Another process on the same stores."""
        return _ingest(self.made, self.devices, self.rate, **policy)

    async def device(self, courier_id: str = "c1", ingest: Ingest | None = None) -> Device:
        key = await (ingest or self.ingest).add_device(ZONE, courier_id, "phone")
        found = await (ingest or self.ingest).identify(key)
        assert found
        return found

    async def report(
        self, device: Device, *, at_s: float = 0.0, lat: float = 60.166, ingest: Ingest | None = None
    ) -> None:
        """A fix of `at_s` seconds after the world began, by the phone's wall clock."""
        report = GpsReport(WALL_MS + round(at_s * 1000), lat, 24.936)
        await (ingest or self.ingest).take(self.made.hub, device, report)

    @property
    def shown(self) -> Position:
        return self.made.hub.sight.positions["c1"]

    @property
    def counted(self) -> dict[str, int]:
        return dict(self.ingest.counters)


def _ingest(made: Rig, devices: MemoryDeviceStore, rate: float, **policy: Any) -> Ingest:
    return Ingest(
        devices=devices,
        store=made.store,
        clock=LoopClock(rate),
        ticker=LoopTicker(),
        wall_ms=wall_now_ms,
        policy=IngestPolicy(**policy),
    )


def play(story: Callable[[World], Coroutine[Any, Any, None]], rate: float = 1.0, **policy: Any) -> None:
    async def playing() -> None:
        async with rig(rate=rate) as made:
            devices = MemoryDeviceStore()
            await story(World(made, _ingest(made, devices, rate, **policy), devices, rate))

    run_virtual(playing())


def test_a_gps_app_is_a_courier() -> None:
    """Its place is shown as the courier's, dated in business time, in an order of its own; its link is live."""

    async def story(w: World) -> None:
        device = await w.device()
        await asyncio.sleep(10)
        await w.report(device, at_s=8)
        assert (w.shown.place.lat, w.shown.at_ms, w.shown.received_at_ms) == (60.166, NOON_MS + 8_000, NOON_MS + 10_000)
        assert (
            w.shown.seq == WALL_MS + 8_000 and w.shown.generation == (await w.devices.find(device.key_hash)).generation
        )
        assert w.made.hub.sight.links["c1"] == "live"
        assert w.counted == {"ingest_take_overs": 1, "ingest_fixes": 1}

    play(story)


def test_business_time_runs_at_its_rate() -> None:
    """A fix of two real seconds ago is twenty business seconds old when business runs ten times as fast."""

    async def story(w: World) -> None:
        device = await w.device()
        await asyncio.sleep(10)
        await w.report(device, at_s=8)
        assert (w.shown.received_at_ms, w.shown.at_ms) == (NOON_MS + 100_000, NOON_MS + 80_000)

    play(story, rate=10.0)


def test_without_a_time_it_is_now() -> None:
    """Some apps leave the time out."""

    async def story(w: World) -> None:
        device = await w.device()
        await asyncio.sleep(3)
        await w.ingest.take(w.made.hub, device, GpsReport(lat=60.166, lon=24.936))
        assert w.shown.at_ms == NOON_MS + 3_000 and w.shown.seq == WALL_MS + 3_000

    play(story)


def test_a_queue_that_is_sent_again_moves_nothing_back() -> None:
    """Twice the same, and older ones after newer ones: the marker stays at the newest."""

    async def story(w: World) -> None:
        device = await w.device()
        await asyncio.sleep(60)
        for at_s, lat in ((10, 60.1660), (20, 60.1661), (20, 60.1661), (15, 60.1669), (30, 60.1662), (5, 60.1669)):
            await w.report(device, at_s=at_s, lat=lat)
        assert (w.shown.place.lat, w.shown.seq) == (60.1662, WALL_MS + 30_000)

    play(story)


def test_one_fix_from_the_future_does_not_freeze_the_marker() -> None:
    """A phone whose clock was wrong for a moment goes on being seen."""

    async def story(w: World) -> None:
        device = await w.device()
        await w.report(device, at_s=86_400, lat=60.1669)
        await asyncio.sleep(5)
        await w.report(device, at_s=5, lat=60.1661)
        assert w.shown.place.lat == 60.1661

    play(story)


def test_the_app_wins_while_its_session_lives() -> None:
    """Also when it sends no places, and when the device was there first: what the device reports is dropped."""

    async def story(w: World) -> None:
        device = await w.device()
        await w.report(device, at_s=0, lat=60.1660)
        app = Phone(generation=await w.made.store.next_generation("c1"))
        w.made.hub.join("c1", app)
        await asyncio.sleep(3_600)
        await w.report(device, at_s=3_600, lat=60.1661)
        assert w.shown.place.lat == 60.1660 and w.counted["ingest_dropped_app_is_live"] == 1
        assert not app.superseded
        w.made.hub.leave("c1", app, goodbye=True)
        await w.report(device, at_s=3_601, lat=60.1661)
        assert w.shown.place.lat == 60.1661

    play(story)


def test_a_silent_app_is_followed_after_a_minute() -> None:
    """Until then the device waits: it may be a tunnel. Then it takes a newer generation, and keeps it."""

    async def story(w: World) -> None:
        device, app = await w.device(), await w.made.store.next_generation("c1")
        w.made.hub.report("c1", app, 1, [Fix(at_ms=NOON_MS, lat=60.1660, lon=24.936)])
        await asyncio.sleep(59.9)
        await w.report(device, at_s=59.9, lat=60.1661)
        assert w.shown.generation == app and w.counted == {"ingest_dropped_app_is_live": 1}
        await asyncio.sleep(0.2)
        for at_s in (60.1, 60.2, 60.3):
            await w.report(device, at_s=at_s, lat=60.1661)
        assert w.shown.generation == app + 1 and w.shown.place.lat == 60.1661
        assert w.counted["ingest_take_overs"] == 1
        back = await w.made.store.next_generation("c1")
        w.made.hub.report("c1", back, 1, [Fix(at_ms=NOON_MS + 60_400, lat=60.1662, lon=24.936)])
        await w.report(device, at_s=60.5, lat=60.1663)
        assert w.shown.generation == back and w.shown.place.lat == 60.1662

    play(story)


def test_gateways_share_a_generation() -> None:
    """A second process goes on in the generation that the first one took, and an old reading does not go back to it."""

    async def story(w: World) -> None:
        device = await w.device()
        other = w.gateway()
        await w.report(device, at_s=0)
        key = next(iter(w.devices._devices))
        seen = await w.devices.find(key)
        assert seen and seen.generation
        await w.report(seen, at_s=1, lat=60.1661, ingest=other)
        assert w.shown.generation == seen.generation and w.shown.seq == WALL_MS + 1_000
        assert other.counters == {"ingest_fixes": 1}
        w.ingest._sit(device, 0)  # read from SQL before the generation was taken
        await w.report(device, at_s=2, lat=60.1662)
        assert w.shown.seq == WALL_MS + 2_000 and w.ingest.counters["ingest_take_overs"] == 1

    play(story)


def test_many_reports_at_once_take_one_generation() -> None:
    """A phone that empties its queue over several connections."""

    async def story(w: World) -> None:
        device = await w.device()
        await asyncio.gather(*(w.report(device, at_s=n) for n in range(20)))
        assert w.counted == {"ingest_take_overs": 1, "ingest_fixes": 20}

    play(story)


def test_a_sign_of_life_has_no_place() -> None:
    """The courier's link is live, and nothing is shown."""

    async def story(w: World) -> None:
        device = await w.device()
        await w.ingest.take(w.made.hub, device, GpsReport(wall_ms=WALL_MS))
        assert w.made.hub.sight.links["c1"] == "live" and "c1" not in w.made.hub.sight.positions
        assert w.counted == {"ingest_heartbeats": 1}

    play(story)


def test_what_cannot_be_is_unknown() -> None:
    """A speed of -1, a heading of 400, an accuracy without end: the place is taken without them."""

    async def story(w: World) -> None:
        device = await w.device()
        odd = GpsReport(WALL_MS, 60.166, 24.936, float("inf"), -1.0, 400.0, 1.5)
        await w.ingest.take(w.made.hub, device, odd)
        assert [w.shown.accuracy_m, w.shown.speed_mps, w.shown.heading_deg, w.shown.battery] == [None] * 4

    play(story)


def test_a_revoked_key_opens_nothing() -> None:
    """At once where it was revoked, within seconds at other gateways; those of other couriers go on."""

    async def story(w: World) -> None:
        other = w.gateway()
        key, foreign = await w.ingest.add_device(ZONE, "c1", "a"), await w.ingest.add_device(ZONE, "c2", "b")
        assert await w.ingest.identify(key) and await other.identify(key)
        assert await w.ingest.revoke(ZONE, "c1") == 1
        assert await w.ingest.identify(key) is None
        await asyncio.sleep(5)
        assert await other.identify(key) is None and await w.ingest.identify(foreign)

    play(story)


def test_keys_are_hashed_and_long() -> None:
    """192 bits; the store has the hash; what does not look like a key is not looked up."""

    async def story(w: World) -> None:
        keys = {await w.ingest.add_device(ZONE, "c1", "phone") for _ in range(MAX_DEVICES)}
        assert len(keys) == MAX_DEVICES and {len(key) for key in keys} == {32}
        assert not any(key in repr(w.devices._devices) for key in keys)
        assert {key_hash(key) for key in keys} == set(w.devices._devices)
        for no_key in ("", "a" * 31, "a" * 33, "a" * 31 + "\n", "é" * 32, "a" * 31 + "\0"):
            assert await w.ingest.identify(no_key) is None
        assert await w.ingest.identify("a" * 32) is None
        with pytest.raises(Conflict, match="at most 16"):
            await w.ingest.add_device(ZONE, "c1", "one more")

    play(story)


def test_a_device_has_a_rate() -> None:
    """A burst that empties a long queue, then a steady rate; another device is not held up."""

    async def story(w: World) -> None:
        device, other = await w.device(), await w.device("c2")
        assert [w.ingest.admit(device) for _ in range(6)] == [0.0] * 5 + [0.5]
        assert w.ingest.admit(other) == 0.0 and w.counted == {"ingest_too_fast": 1}
        await asyncio.sleep(0.5)
        assert [w.ingest.admit(device) for _ in range(2)] == [0.0, 0.5]

    play(story, fixes_per_s=2.0, fixes_burst=5)


def test_what_is_kept_of_devices_is_bounded() -> None:
    """The one that was silent for longest is forgotten, and read again when it comes back."""

    async def story(w: World) -> None:
        for n in range(3):
            await w.devices.add(Device(f"hash-{n}", ZONE, "c1", "phone"))
            w.ingest.admit(Device(f"hash-{n}", ZONE, "c1", "phone"))
        assert list(w.ingest._seats) == ["hash-1", "hash-2"]

    play(story, devices_kept=2)
