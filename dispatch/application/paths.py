"""The road geometry of couriers' routes, for maps: computed off the event loop, a moment after a route changed.

A path runs from where the courier was when the route changed, through every stop ahead. The ways between the same two
places are kept, so that finishing one stop of ten computes one new leg and not ten.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from dispatch.application.ports import TravelTimes
from dispatch.application.views import CourierPath
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile

log = logging.getLogger(__name__)
_SCALE = 1e6
_KEPT_LEGS = 5_000


@dataclass(frozen=True, slots=True)
class WantedPath:
    """What to draw: from the courier's place, if it is known, through the stops in order."""

    courier_id: str
    version: int
    profile: Profile
    start: Point | None
    stops: tuple[Point, ...]


Drawn = dict[str, CourierPath]
Legs = OrderedDict[tuple[Profile, Point, Point], tuple[Point, ...]]
Told = Callable[[Drawn], None]
Offload = Callable[[Callable[[], Drawn]], Awaitable[Drawn]]
"""How heavy work runs beside the event loop; under virtual time it runs inline."""


class PathFinder:
    """Draws wanted paths one batch after the other; of a courier only the newest wish counts."""

    def __init__(self, travel_times: TravelTimes, tell: Told, offload: Offload = asyncio.to_thread) -> None:
        self._travel_times = travel_times
        self._offload = offload
        self._tell = tell
        self._wanted: dict[str, WantedPath] = {}
        self._wake = asyncio.Event()
        self._legs: Legs = OrderedDict()

    def want(self, path: WantedPath) -> None:
        """Ask for a path; it is told when it is ready."""
        self._wanted[path.courier_id] = path
        self._wake.set()

    def forget(self) -> None:
        """The streets have changed: no leg that was found holds any more."""
        self._legs = OrderedDict()

    async def run(self) -> None:
        """Draw for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, self._wanted = self._wanted, {}
            self._tell(await self._offload(partial(self._draw_all, tuple(wanted.values()))))

    def _draw_all(self, wanted: Sequence[WantedPath]) -> Drawn:
        legs, streets = self._legs, self._travel_times.at(0)  # of one moment: `forget` may come while they are drawn
        return {path.courier_id: _draw(path, legs, streets) for path in wanted}


def drawn(wanted: Sequence[WantedPath], streets: TravelTimes, legs: Legs) -> list[CourierPath]:
    """Paths as they would be drawn on these streets; `legs` are kept from call to call. Heavy: off the event loop."""
    return [_draw(path, legs, streets) for path in wanted]


def _draw(path: WantedPath, known: Legs, streets: TravelTimes) -> CourierPath:
    places = path.stops if path.start is None else (path.start, *path.stops)
    legs = [_leg(path.profile, a, b, known, streets) for a, b in pairwise(places)]
    whole = [point for leg in legs for point in leg]
    return CourierPath(path.version, polyline6(whole), polyline6(legs[0]) if path.start and legs else "")


def _leg(profile: Profile, a: Point, b: Point, known: Legs, streets: TravelTimes) -> tuple[Point, ...]:
    key = (profile, a, b)
    line = known.get(key)
    if line is None:
        line = known[key] = _way(profile, a, b, streets)
        if len(known) > _KEPT_LEGS:
            known.popitem(last=False)
    known.move_to_end(key)
    return line


def _way(profile: Profile, a: Point, b: Point, streets: TravelTimes) -> tuple[Point, ...]:
    """The line along the roads; straight where there is no way, for a gap in the map must not hide the stop."""
    try:
        return tuple(streets.route(profile, a, b).line)
    except InvalidInput as error:
        log.info("no way to draw: %s", error.code)
        return (a, b)


def polyline6(line: Sequence[Point]) -> str:
    """An encoded polyline with six decimals (Google's algorithm, precision 6); repeated points are left out."""
    encoded: list[str] = []
    last_lat = last_lon = 0
    for index, point in enumerate(line):
        lat, lon = round(point.lat * _SCALE), round(point.lon * _SCALE)
        if index and lat == last_lat and lon == last_lon:
            continue
        encoded += (_zigzag(lat - last_lat), _zigzag(lon - last_lon))
        last_lat, last_lon = lat, lon
    return "".join(encoded)


def _zigzag(value: int) -> str:
    """One signed number in groups of five bits, the lowest first, each made a printable character."""
    left = ~(value << 1) if value < 0 else value << 1
    chunks = []
    while left >= 0x20:
        chunks.append(chr((0x20 | (left & 0x1F)) + 63))
        left >>= 5
    chunks.append(chr(left + 63))
    return "".join(chunks)
