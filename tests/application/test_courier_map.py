"""Where couriers are and will be: who is near, who can be asked at all."""

from dataclasses import replace

from dispatch.application.courier_map import SPOTS, CourierMap
from dispatch.application.ports import Position
from dispatch.domain.geo import Point
from dispatch.domain.route import Route, Stop, StopKind

HERE = Point(60.0, 24.0)
STOP = Stop("s", StopKind.DROPOFF, ("o",), HERE, "", "", 60, 0, 0, 0, 0)


def east(metres: float) -> Point:
    """So far east of here, about."""
    return Point(60.0, 24.0 + metres / 55_600)


def seen(courier_id: str, place: Point, at_ms: int = 1_000) -> Position:
    return Position(courier_id, 1, 1, at_ms, at_ms, place.lat, place.lon)


def test_nearest_first_by_any_spot() -> None:
    """Who stands nearest, who comes by later, who is far away; a map of hundreds grows as they come."""
    found = CourierMap()
    for k in range(300):
        found.work(f"c{k:03}", works=True)
        found.stand(seen(f"c{k:03}", east(1_000 + 10 * k)))
    found.follow(Route("c299", stops=(replace(STOP, place=east(5)),)))
    assert list(found.nearest(HERE, 0))[:3] == ["c299", "c000", "c001"]
    assert len(list(found.nearest(HERE, 0))) == 300


def test_only_those_are_asked_who_work_and_are_seen() -> None:
    """Off duty, never seen, lost for too long: no candidates. Who works is known all the same."""
    found = CourierMap()
    for courier_id in ("works", "lost", "nowhere"):
        found.work(courier_id, works=True)
    found.stand(seen("works", HERE, 10_000))
    found.stand(seen("lost", HERE, 1_000))
    found.stand(seen("off duty", HERE, 10_000))
    assert list(found.nearest(HERE, 5_000)) == ["works"]
    assert found.working_ids() == ["works", "lost", "nowhere"]
    found.work("works", works=False)
    assert list(found.nearest(HERE, 5_000)) == []


def test_under_way_is_who_has_stops_and_a_place() -> None:
    """A finished route is no longer under way; a courier who was never seen is not either."""
    found = CourierMap()
    found.stand(seen("c1", HERE))
    for courier_id in ("c1", "unseen"):
        found.follow(Route(courier_id, stops=(STOP,)))
    assert found.under_way() == ["c1"]
    found.follow(Route("c1"))
    assert found.under_way() == []


def test_of_a_long_route_the_ends_are_known() -> None:
    """Forty stops: near the first and near the last is near."""
    found = CourierMap()
    found.work("c1", works=True)
    found.stand(seen("c1", HERE))
    found.follow(Route("c1", stops=tuple(replace(STOP, place=east(1_000 * k)) for k in range(1, 41))))
    found.work("c2", works=True)
    found.stand(seen("c2", east(39_000)))
    assert list(found.nearest(east(40_000), 0)) == ["c1", "c2"]
    assert found.sketch(2_000, 0).east_m.shape == (2, SPOTS)


def test_a_sketch_tells_when_they_are_where() -> None:
    """Metres from the first place, seconds from now, orders; who is idle and can be asked is in it, others are not."""
    found = CourierMap()
    found.stand(seen("busy", HERE))
    found.follow(Route("busy", stops=(replace(STOP, place=east(1_000), arrive_at_ms=62_000, order_ids=("a", "b")),)))
    found.work("idle", works=True)
    found.stand(seen("idle", HERE))
    found.stand(seen("off duty", HERE))
    sketch = found.sketch(2_000, 0)
    assert sketch.ids == ("busy", "idle")
    assert sketch.orders.tolist() == [2, 0]
    assert sketch.in_s[0, :2].tolist() == [0, 60]
    assert round(float(sketch.east_m[0, 1]), -1) == 1_000
