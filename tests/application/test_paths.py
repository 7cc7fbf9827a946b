"""Road geometry for maps: the encoding, and what a path holds."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from dispatch.application.paths import Drawn, PathFinder, WantedPath, polyline6
from dispatch.application.views import CourierPath
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from tests.support.web import Beeline, Line

A, B, C = Point(60.16, 24.93), Point(60.17, 24.94), Point(60.18, 24.95)


@pytest.mark.parametrize(
    ("line", "encoded"),
    [
        ([], ""),
        ([(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)], "_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI"),
        ([(0.0, 0.0), (0.0, 0.0), (0.000001, -0.000001)], "??A@"),
    ],
)
def test_polylines(line: list[tuple[float, float]], encoded: str) -> None:
    """The algorithm's own example at precision 6; repeated points are left out."""
    assert polyline6([Point(lat, lon) for lat, lon in line]) == encoded


def decoded(text: str) -> list[tuple[float, float]]:
    """The inverse, written from the algorithm's description."""
    numbers, shift, value = [], 0, 0
    for character in text:
        chunk = ord(character) - 63
        value |= (chunk & 0x1F) << shift
        shift += 5
        if chunk < 0x20:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            shift, value = 0, 0
    lat = lon = 0
    points = []
    for d_lat, d_lon in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + d_lat, lon + d_lon
        points.append((lat / 1e6, lon / 1e6))
    return points


async def inline(work: Callable[[], Drawn]) -> Drawn:
    return work()


async def drawn(*wanted: WantedPath, roads: Beeline | None = None) -> dict[str, CourierPath]:
    told: dict[str, CourierPath] = {}
    finder = PathFinder(roads or Beeline(), told.update, inline)
    for path in wanted:
        finder.want(path)
    running = asyncio.create_task(finder.run())
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()
    return told


async def test_a_path_leads_from_the_courier_through_every_stop() -> None:
    """The next leg is told apart, for shoppers may see no more than that."""
    told = await drawn(WantedPath("c1", 3, Profile.BIKE, A, (B, C)))
    assert told["c1"].version == 3
    assert decoded(told["c1"].whole6)[0] == (60.16, 24.93) and decoded(told["c1"].whole6)[-1] == (60.18, 24.95)
    assert decoded(told["c1"].next_leg6)[-1] == (60.17, 24.94)


async def test_without_a_place_there_is_no_next_leg() -> None:
    """The first leg would be the one between two stops, which is nobody's business but the staff's."""
    told = await drawn(WantedPath("c1", 3, Profile.BIKE, None, (B, C)))
    assert decoded(told["c1"].whole6)[0] == (60.17, 24.94) and told["c1"].next_leg6 == ""


async def test_only_the_newest_wish_counts_and_an_empty_route_clears() -> None:
    """Routes change faster than paths are drawn: older wishes are dropped."""
    wishes = (WantedPath("c1", 3, Profile.BIKE, A, (B,)), WantedPath("c1", 4, Profile.BIKE, None, ()))
    assert await drawn(*wishes) == {"c1": CourierPath(4, "", "")}


class Islands(Beeline):
    asked = 0

    def route(self, profile: Profile, a: Point, b: Point) -> Line:
        self.asked += 1
        raise InvalidInput("unreachable", "No street.")


async def test_a_hole_in_the_map_is_bridged_and_legs_are_kept() -> None:
    """Where no way is known the line is straight; the same leg is asked for once."""
    roads = Islands()
    wanted: Sequence[WantedPath] = [WantedPath(f"c{n}", 1, Profile.BIKE, A, (B,)) for n in range(3)]
    told = await drawn(*wanted, roads=roads)
    assert {decoded(path.whole6)[-1] for path in told.values()} == {(60.17, 24.94)}
    assert roads.asked == 1
