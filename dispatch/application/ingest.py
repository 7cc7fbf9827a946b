"""Any GPS app as a courier: from one report of a device to the same tracking chain that the courier app's fixes pass.

The theory. A courier has one order of facts, (generation, seq). A device has no session, so its generation is kept
beside its key, shared by all gateways, and its `seq` is the device's own time in ms: a queue that is sent again after
a tunnel brings nothing twice and never moves the marker back. Somebody who rides with the courier app as well has two
sources, of which one must win: the app does, as long as its session lives or its places are fresh, and the device's
reports are accepted and dropped. When whoever reported last has been silent for a minute, the device takes a new
generation and is the source from then on, until the app's next session takes one itself.

Phones send wall time. A fix is dated as long before business now as it is before the wall's now, times the rate.
"""

import asyncio
import hashlib
import math
import re
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from courier_protocol.limits import TokenBucket
from courier_protocol.messages import MAX_SAFE_INT, Fix
from dispatch.application.channel_ports import Device, DeviceStore
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Clock, Ticker, ZoneStore
from dispatch.domain.errors import Conflict

KEY_BYTES: Final = 24
KEY: Final = re.compile(r"[A-Za-z0-9_-]{32}")
MAX_DEVICES: Final = 16
"""A courier has a phone, a tablet and their forerunners; more is a program that went wrong."""


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """The limits, in real time."""

    fixes_per_s: float = 10.0
    fixes_burst: int = 5_000
    """A phone that was offline for hours empties its queue at once."""
    take_over_after_s: float = 60.0
    known_for_s: float = 5.0
    """So long a gateway believes what it has read of a device; a key that another gateway revoked dies within it."""
    devices_kept: int = 20_000


@dataclass(frozen=True, slots=True)
class GpsReport:
    """What a GPS app said, in our units. `wall_ms` None: now. Without a place it is a sign of life only."""

    wall_ms: int | None = None
    lat: float | None = None
    lon: float | None = None
    acc_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery: float | None = None
    mock: bool = False


@dataclass(slots=True)
class _Seat:
    """What this process knows of a device."""

    device: Device
    read_mono_ms: int
    bucket: TokenBucket
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: tuple[str, ...] = ()


class Ingest:
    """Devices and their reports. `counters` say what became of them."""

    def __init__(
        self,
        *,
        devices: DeviceStore,
        store: ZoneStore,
        clock: Clock,
        ticker: Ticker,
        wall_ms: Callable[[], int],
        policy: IngestPolicy | None = None,
    ) -> None:
        self._devices = devices
        self._store = store
        self._clock = clock
        self._ticker = ticker
        self._wall_ms = wall_ms
        self._policy = policy or IngestPolicy()
        self._seats: OrderedDict[str, _Seat] = OrderedDict()
        self.counters: Counter[str] = Counter()

    # --- keys --------------------------------------------------------------------------------------------------

    async def add_device(self, zone_id: str, courier_id: str, name: str) -> str:
        """A new device's key, 192 bits, which is told here only. Raises `Conflict` when there are too many."""
        if await self._devices.count(zone_id, courier_id) >= MAX_DEVICES:
            raise Conflict("too_many_devices", f"A courier has at most {MAX_DEVICES} devices; revoke the old ones.")
        key = secrets.token_urlsafe(KEY_BYTES)
        await self._devices.add(Device(key_hash(key), zone_id, courier_id, name))
        return key

    async def revoke(self, zone_id: str, courier_id: str) -> int:
        """Forget every device of a courier; returns how many there were."""
        revoked = await self._devices.revoke(zone_id, courier_id)
        self._seats = OrderedDict(
            (key, seat)
            for key, seat in self._seats.items()
            if (seat.device.zone_id, seat.device.courier_id) != (zone_id, courier_id)
        )
        return revoked

    async def identify(self, key: str) -> Device | None:
        """The device of a key. Raises `StoreUnavailable`."""
        if not KEY.fullmatch(key):
            return None
        hashed, now_ms = key_hash(key), self._ticker.mono_ms()
        seat = self._seats.get(hashed)
        if seat and now_ms - seat.read_mono_ms < self._policy.known_for_s * 1000:
            return seat.device
        device = await self._devices.find(hashed)
        if device is None:
            self._seats.pop(hashed, None)
            return None
        return self._sit(device, now_ms).device

    def _sit(self, device: Device, now_ms: int) -> _Seat:
        seat = self._seats.get(device.key_hash)
        if seat is None:
            bucket = TokenBucket(self._policy.fixes_burst, self._policy.fixes_per_s, now_ms)
            seat = self._seats[device.key_hash] = _Seat(device, now_ms, bucket)
        if device.generation >= seat.device.generation:  # else it was read before this process took a newer one
            seat.device = device
        seat.read_mono_ms = now_ms
        self._seats.move_to_end(device.key_hash)
        while len(self._seats) > self._policy.devices_kept:
            self._seats.popitem(last=False)
        return seat

    # --- reports -----------------------------------------------------------------------------------------------

    def admit(self, device: Device) -> float:
        """0.0 when the device may report now, or the seconds to wait."""
        seat = self._seat(device)
        if seat.bucket.take(1, self._ticker.mono_ms()):
            return 0.0
        self.counters["ingest_too_fast"] += 1
        return 1.0 / self._policy.fixes_per_s

    async def take(self, hub: ZoneHub, device: Device, report: GpsReport) -> None:
        """Take a report; its courier is one of the hub's zone. Raises `StoreUnavailable`."""
        if report.lat is None or report.lon is None:
            self.counters["ingest_heartbeats"] += 1
            return hub.heartbeat(device.courier_id)
        seat = self._seat(device)
        async with seat.turn:
            generation = await self._generation(hub, seat)
        if not generation:
            self.counters["ingest_dropped_app_is_live"] += 1
            return None
        self.counters["ingest_fixes"] += 1
        wall_now_ms = self._wall_ms()
        wall_ms = wall_now_ms if report.wall_ms is None else report.wall_ms
        behind_ms = (wall_now_ms - wall_ms) * self._clock.rate
        at_ms = max(0, round(self._clock.now_ms() - behind_ms))
        return hub.report(device.courier_id, generation, wall_ms, [_fix(report, at_ms)])

    def _seat(self, device: Device) -> _Seat:
        return self._seats.get(device.key_hash) or self._sit(device, self._ticker.mono_ms())

    async def _generation(self, hub: ZoneHub, seat: _Seat) -> int:
        """The generation that the device reports in; 0 while somebody else is the courier's source."""
        device = seat.device
        if hub.has_session(device.courier_id):
            return 0
        newest = hub.sight.positions.get(device.courier_id)
        if device.generation and (newest is None or newest.generation <= device.generation):
            return device.generation
        if newest and self._silent_s(newest.received_at_ms) < self._policy.take_over_after_s:
            return 0
        generation = await self._store.next_generation(device.courier_id)
        await self._devices.bump_generation(device.key_hash, generation)
        seat.device = replace(device, generation=generation)
        self.counters["ingest_take_overs"] += 1
        return generation

    def _silent_s(self, received_at_ms: int) -> float:
        return (self._clock.now_ms() - received_at_ms) / self._clock.rate / 1000

    # --- what goes back ----------------------------------------------------------------------------------------

    def news(self, device: Device, lines: tuple[str, ...]) -> tuple[str, ...] | None:
        """What the device was told before, when `lines` are something else; None when they are not."""
        seat = self._seat(device)
        before, seat.told = seat.told, lines
        return None if before == lines else before


def key_hash(key: str) -> str:
    """What is stored and looked up instead of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _fix(report: GpsReport, at_ms: int) -> Fix:
    """The fix as the courier app would send it. What is outside of what can be is unknown: a receiver's -1, say."""
    if report.lat is None or report.lon is None:
        raise AssertionError("a fix has a place")
    return Fix(
        at_ms=min(at_ms, MAX_SAFE_INT),
        lat=report.lat,
        lon=report.lon,
        acc_m=_within(report.acc_m, 1e6),
        speed_mps=_within(report.speed_mps, 1e3),
        heading_deg=_within(report.heading_deg, 360),
        battery=_within(report.battery, 1),
        mock=report.mock,
    )


def _within(figure: float | None, most: float) -> float | None:
    return figure if figure is not None and math.isfinite(figure) and 0 <= figure <= most else None
