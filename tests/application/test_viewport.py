"""What fits a dispatcher's screen: dots when few couriers are inside, clusters when many are. In virtual time."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courier_protocol import live
from dispatch.application.ports import Position
from dispatch.application.viewport import Viewport, clusters
from tests.support.hub import Rig, Screen, drain, virtually
from tests.support.zones import NOON_MS

HERE = live.View(south=60.16, west=24.9, north=60.17, east=24.95, zoom=13.0)
ELSEWHERE = live.View(south=60.2, west=24.9, north=60.21, east=24.95, zoom=13.0)


def at(courier_id: str, lat: float, lon: float = 24.936) -> Position:
    return Position(courier_id, 1, 1, NOON_MS, NOON_MS, lat, lon)


def looking(made: Rig, view: live.View | None) -> Screen:
    screen = Screen()
    screen.lane = made.hub.watchers.watch_zone(screen, view)
    return screen


def shown(messages: list[Any]) -> list[list[str]]:
    return [[fix.courier_id for fix in message.fixes] for message in messages if isinstance(message, live.Fixes)]


def test_only_what_is_on_the_screen_is_sent() -> None:
    """The snapshot brings what is inside; then who moves there, and once more who leaves."""

    async def test(made: Rig) -> None:
        made.fix(1, courier_id="c1", lat=60.166)
        made.fix(1, courier_id="c2", lat=60.19)
        await asyncio.sleep(0.1)
        screen = looking(made, HERE)
        messages = drain(screen)
        assert messages[0].fixes == () and len(messages[0].couriers) == 2 and shown(messages) == [["c1"]]
        await asyncio.sleep(60)
        made.fix(2, courier_id="c1", lat=60.167)
        made.fix(2, courier_id="c2", lat=60.191)
        await asyncio.sleep(60)
        assert shown(drain(screen)) == [["c1"]]
        made.fix(3, courier_id="c1", lat=60.171)
        await asyncio.sleep(60)
        made.fix(4, courier_id="c1", lat=60.172)
        await asyncio.sleep(1)
        assert shown(drain(screen)) == [["c1"]]

    virtually(test)


def test_a_look_elsewhere_shows_who_is_there() -> None:
    """And a look at everything shows everyone, and all ways."""

    async def test(made: Rig) -> None:
        made.fix(1, courier_id="c1", lat=60.166)
        made.fix(1, courier_id="c2", lat=60.205)
        await asyncio.sleep(0.1)
        screen = looking(made, HERE)
        drain(screen)
        made.hub.watchers.look(screen.lane, ELSEWHERE)
        assert shown(drain(screen)) == [["c2"]]
        made.hub.watchers.look(screen.lane, None)
        assert sorted(shown(drain(screen))[0]) == ["c1", "c2"]
        made.hub.watchers.unwatch(screen.lane)
        made.hub.watchers.look(screen.lane, HERE)
        assert drain(screen) == []

    virtually(test)


def test_too_many_couriers_come_as_clusters() -> None:
    """Once a second, as long as they are too many; then the dots are back."""

    async def test(made: Rig) -> None:
        made.fix(1, courier_id="c1", lat=60.166)
        await asyncio.sleep(0.1)
        screen = looking(made, HERE)
        assert shown(drain(screen)) == [["c1"]]
        made.fix(1, courier_id="c2", lat=60.1661)
        await asyncio.sleep(1.5)
        messages = drain(screen)
        (cluster,) = messages[-1].clusters
        assert (cluster.couriers, cluster.idle) == (2, 2)
        assert cluster.lat == pytest.approx(60.16605)
        made.fix(2, courier_id="c2", lat=60.16611)
        await asyncio.sleep(3)
        assert {type(message) for message in drain(screen)} == {live.Clusters}
        await asyncio.sleep(120)
        made.fix(3, courier_id="c2", lat=60.175)
        await asyncio.sleep(1.5)
        assert shown(drain(screen))[-1] == ["c1"]

    virtually(test, max_dots=1)


def test_a_slow_screen_misses_clusters_only() -> None:
    """Something newer will come."""

    async def test(made: Rig) -> None:
        made.fix(1)
        await asyncio.sleep(0.1)
        screen = looking(made, HERE)
        drain(screen)
        screen.is_slow = True
        await asyncio.sleep(5)
        screen.wake()
        assert drain(screen) == []
        await asyncio.sleep(1)
        assert [type(message) for message in drain(screen)] == [live.Clusters]

    virtually(test, max_dots=0)


@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=60),
    st.floats(0, 24),
)
def test_clusters_count_everyone_once(places: list[tuple[float, float]], zoom: float) -> None:
    """Whatever the zoom; and closer looks never have fewer clusters."""
    positions = [at(f"c{n}", *place) for n, place in enumerate(places)]
    found = clusters(positions, zoom, lambda courier_id: courier_id == "c0")
    assert sum(each.couriers for each in found) == len(positions) and sum(each.idle for each in found) == 1
    assert len(clusters(positions, min(zoom + 1, 24), lambda _: False)) >= len(found)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(60.15, 60.18)), max_size=30))
def test_the_last_place_seen_of_who_left_is_outside(ride: list[tuple[str, float]]) -> None:
    """So that no dot stands at the edge of the screen; who was never inside is never sent."""
    screen = Viewport(HERE)
    screen.enter({})
    last: dict[str, float] = {}
    for courier_id, lat in ride:
        for position in screen.passing([at(courier_id, lat)]):
            last[position.courier_id] = position.lat
        is_inside = HERE.south <= lat <= HERE.north
        assert screen.shows(courier_id) == is_inside
        assert is_inside == (courier_id in last and HERE.south <= last[courier_id] <= HERE.north)
