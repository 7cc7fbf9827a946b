"""A process of its own with thousands of couriers on the road, so that they do not slow down what is measured.

    python -m simulator.benchmarks.riding_crowd

Reads one JSON object from standard input: `{"host", "port", "every_s", "couriers"}`, with
`{"corners": [[lat, lon], ...], "speed_mps"}` by token.
Every courier rides along the corners of their way, to and fro, and tells their place every `every_s`, in turn. Says
`riding` once all are live, and rides until standard input ends.
"""

import asyncio
import json
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from courier_protocol.messages import Fix
from dispatch.domain.geo import Point, bearing_deg, distance_m
from simulator.benchmarks.lean_phone import LeanPhone, mono_ms

TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Way:
    """Corners of a way, with the metres from its start to each."""

    corners: Sequence[Point]
    along_m: Sequence[float]
    speed_mps: float

    @classmethod
    def of(cls, corners: Sequence[Sequence[float]], speed_mps: float) -> "Way":
        """The way along (lat, lon) corners, at least two that differ."""
        places = [Point(lat, lon) for lat, lon in corners]
        return cls(places, [0.0, *accumulate(distance_m(a, b) for a, b in pairwise(places))], speed_mps)

    def at(self, ridden_s: float) -> tuple[Point, float]:
        """(place, heading in degrees) after so long, turning round at both ends."""
        length_m = self.along_m[-1]
        there, back_m = divmod(ridden_s * self.speed_mps, length_m) if length_m else (0.0, 0.0)
        is_back = int(there) % 2 == 1
        at_m = length_m - back_m if is_back else back_m
        leg = min(max(1, bisect_right(self.along_m, at_m)), len(self.corners) - 1)
        a, b = self.corners[leg - 1], self.corners[leg]
        leg_m = self.along_m[leg] - self.along_m[leg - 1]
        share = (at_m - self.along_m[leg - 1]) / leg_m if leg_m else 0.0
        heading_deg = bearing_deg(b, a) if is_back else bearing_deg(a, b)
        return Point(a.lat + (b.lat - a.lat) * share, a.lon + (b.lon - a.lon) * share), heading_deg


async def ride(phones: Sequence[tuple[LeanPhone, Way]], every_s: float) -> None:
    """Keep the sessions' time and tell places, for ever: each tick the share of the couriers whose turn it is."""
    began_s, told = time.monotonic(), 0
    while True:
        now_s = time.monotonic() - began_s
        due = int(now_s / every_s * len(phones))
        for number in range(told, min(due, told + len(phones))):
            phone, way = phones[number % len(phones)]
            if phone.is_live:
                place, heading_deg = way.at(now_s)
                at_ms = phone.session.clock.now_ms(mono_ms())
                phone.session.add_fix(
                    Fix(at_ms, place.lat, place.lon, speed_mps=way.speed_mps, heading_deg=heading_deg)
                )
                phone.flush()
        told = due
        for phone, _ in phones:
            phone.tick()
        await asyncio.sleep(TICK_S)


async def main() -> None:
    """Read what to do, and do it until standard input ends."""
    wanted = json.loads(await asyncio.to_thread(sys.stdin.readline))
    all_live, phones = asyncio.Event(), list[tuple[LeanPhone, Way]]()

    def on_live(_: LeanPhone) -> None:
        if len(phones) == len(wanted["couriers"]) and all(phone.is_live for phone, _ in phones):
            all_live.set()

    phones += [
        (LeanPhone(wanted["host"], wanted["port"], token, f"phone-{number}", on_live=on_live), Way.of(**way))
        for number, (token, way) in enumerate(wanted["couriers"].items())
    ]
    riding = asyncio.create_task(ride(phones, wanted["every_s"]))
    for phone, _ in phones:
        phone.start()
        await asyncio.sleep(0.005)
    await all_live.wait()
    sys.stdout.write("riding\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    riding.cancel()


if __name__ == "__main__":
    asyncio.run(main())
