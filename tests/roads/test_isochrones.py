"""What can be reached from a place within a time: exactly along the streets, and as an area around them."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.build import NOBODY, Street, build_network
from dispatch.roads.cch import CchPaths
from dispatch.roads.conditions import Conditions, Disturbance
from dispatch.roads.contours import Grid, area_below
from dispatch.roads.generate import generate_city
from dispatch.roads.isochrones import NEAR_M, Isochrone, Stretches, reached
from dispatch.roads.live import LiveTravelTimes
from dispatch.roads.rides import split
from dispatch.roads.scipy_engine import ScipyPaths
from dispatch.roads.travel_times import open_travel_times

TOWN = generate_city(2_000, seed=3)
TIMES = open_travel_times(TOWN)
DOORS = [address.place for address in TOWN.addresses]
KMH = (5.0, 15.0, 15.0, 36.0, 36.0, 36.0)


def shape_of(isochrone: Isochrone) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Polygon(rings[0], rings[1:]) for rings in isochrone.polygons])


def covered(stretches: Stretches, segment: int, fraction: float) -> bool:
    """Whether a place on a segment lies on one of the stretches."""
    for against, share in ((0, fraction), (1, 1 - fraction)):
        mine = stretches.edge == 2 * segment + against
        if ((stretches.begins[mine] <= share + 1e-9) & (share <= stretches.ends[mine] + 1e-9)).any():
            return True
    return False


@settings(max_examples=15)
@given(st.sampled_from(Profile), st.sampled_from(DOORS), st.integers(60, 500))
def test_the_stretches_are_what_the_matrix_says(profile: Profile, start: Point, limit_s: int) -> None:
    """A sample of doors: on a stretch if and only if the ride takes no longer, to the milliseconds of rounding."""
    rides = TIMES.at(0).rides(profile)
    source, goals = split(rides.streets.snapper.snap([start, *DOORS[::17]]), 1)
    stretches = reached(rides, source, rides.arrivals_ms(source), 1000 * limit_s)
    rides_ms = rides.times_ms(source, goals)[0]
    for segment, fraction, ride_ms in zip(
        goals.segment.tolist(), goals.fraction.tolist(), rides_ms.tolist(), strict=True
    ):
        if abs(ride_ms - 1000 * limit_s) > 2:
            assert covered(stretches, segment, fraction) == (ride_ms < 1000 * limit_s)


def test_nested_areas_grow_and_hold_what_can_be_reached() -> None:
    """A door within the limit lies inside, and one outside takes longer; one more than twice `NEAR_M` inside of the
    edge is within the limit, and none inside is much later. The areas are valid, and each holds the one before it.
    """
    start, limits_s = DOORS[len(DOORS) // 2], [100, 200, 400]
    found = TIMES.isochrones(Profile.BIKE, start, limits_s[::-1])
    assert [isochrone.limit_s for isochrone in found] == limits_s
    shapes = [shape_of(isochrone) for isochrone in found]
    assert all(shape.is_valid for shape in shapes)
    assert all(2 * small.area_m2 < large.area_m2 for small, large in pairwise(found))
    margin = 2e-5  # two metres: rounded degrees, rings cut to fit
    assert all(large.buffer(margin).contains(small) for small, large in pairwise(shapes))
    rides_s = TIMES.matrix_s(Profile.BIKE, [start], DOORS)[0]
    snapped = [TIMES.snap(Profile.BIKE, door).place for door in DOORS]
    lon, lat = [place.lon for place in snapped], [place.lat for place in snapped]
    for isochrone, shape in zip(found, shapes, strict=True):
        inside = shapely.contains_xy(shape, lon, lat)
        well_inside = shapely.contains_xy(shape.buffer(-2 * NEAR_M / METRES_PER_DEGREE), lon, lat)
        assert (rides_s[~inside] > isochrone.limit_s).all()
        assert (rides_s[well_inside] <= isochrone.limit_s).all()
        assert rides_s[inside].max() <= isochrone.limit_s + 60
        assert well_inside.any()


def straight_road(engine: type[CchPaths] | type[ScipyPaths], back_kmh: tuple[float, ...] = KMH) -> LiveTravelTimes:
    """Two kilometres on the equator from west to east and a way round in the north; 10 m/s by car."""
    corners = {1: (0.0, 0.0), 2: (0.0, 2_000.0), 3: (3_000.0, 2_000.0), 4: (3_000.0, 0.0)}
    streets = [Street((1, 2), "", KMH, back_kmh), Street((2, 3, 4, 1), "", KMH, KMH)]
    degrees = {node: (y / METRES_PER_DEGREE, x / METRES_PER_DEGREE) for node, (y, x) in corners.items()}
    return LiveTravelTimes(build_network(streets, degrees), engine)


@pytest.mark.parametrize("engine", [CchPaths, ScipyPaths])
def test_a_street_is_cut_where_the_time_is_up(engine: type[CchPaths] | type[ScipyPaths]) -> None:
    """60 s by car from the middle of a road are 600 m each way: an area of about 1,200 by 120 m with round ends."""
    middle = Point(0, 1_000 / METRES_PER_DEGREE)
    (found,) = straight_road(engine).isochrones(Profile.CAR, middle, [60])
    assert found.area_m2 == pytest.approx(1_200 * 2 * NEAR_M + np.pi * NEAR_M**2, rel=0.03)
    west, south, east, north = (METRES_PER_DEGREE * bound for bound in shape_of(found).bounds)
    assert (west, east) == (pytest.approx(400 - NEAR_M, abs=8), pytest.approx(1_600 + NEAR_M, abs=8))
    assert (south, north) == (pytest.approx(-NEAR_M, abs=8), pytest.approx(NEAR_M, abs=8))
    (ahead_only,) = straight_road(engine, NOBODY).isochrones(Profile.CAR, middle, [60])
    assert METRES_PER_DEGREE * shape_of(ahead_only).bounds[0] == pytest.approx(1_000 - NEAR_M, abs=8)


def test_live_weights_count() -> None:
    """Twice as slow: half as far. Closed on the spot: only the place itself."""
    times, middle = straight_road(CchPaths), Point(0, 1_000 / METRES_PER_DEGREE)
    edges = np.arange(2 * times.network.segment_count, dtype=np.int32)
    slow = Disturbance("r", "weather", edges, 2.0, (), 0, 0, "rain")
    closed = Disturbance("c", "closure", edges[:4], 1.0, (), 0, 0, "works")
    times.isochrones(Profile.CAR, middle, [60])
    for disturbance, length_m in ((slow, 600), (closed, 0)):
        times.update(Conditions((disturbance,)), 1)
        (found,) = times.isochrones(Profile.CAR, middle, [60])
        assert found.area_m2 == pytest.approx(length_m * 2 * NEAR_M + np.pi * NEAR_M**2, rel=0.06)


def test_large_blocks_stay_holes_and_small_ones_do_not() -> None:
    """Round a block of 400 m: its middle is not reached; round one of 200 m it is."""
    for side_m, holes in ((400, 1), (200, 0)):
        side = side_m / METRES_PER_DEGREE
        corners = {1: (0.0, 0.0), 2: (0.0, side), 3: (side, side), 4: (side, 0.0)}
        network = build_network([Street((1, 2, 3), "", KMH, KMH), Street((3, 4, 1), "", KMH, KMH)], corners)
        (found,) = LiveTravelTimes(network, CchPaths).isochrones(Profile.CAR, Point(0, 0), [300])
        (polygon,) = found.polygons
        assert len(polygon) == 1 + holes
        outer = shapely.LinearRing(polygon[0])
        assert outer.is_ccw and all(not shapely.LinearRing(hole).is_ccw for hole in polygon[1:])


@pytest.mark.parametrize("limits_s", [[], [59], [3_601], [60, 70, 80, 90, 100]])
def test_limits_are_limited(limits_s: list[int]) -> None:
    """One to four of a minute to an hour."""
    with pytest.raises(InvalidInput, match="1 to 4 limits of 60 to 3600 seconds") as refused:
        TIMES.isochrones(Profile.BIKE, DOORS[0], limits_s)
    assert refused.value.code == "bad_limits"


def test_a_place_off_the_network_reaches_nothing() -> None:
    """As everywhere: more than 2 km from any street."""
    with pytest.raises(InvalidInput) as refused:
        TIMES.isochrones(Profile.BIKE, Point(TOWN.box.south - 0.1, TOWN.box.west), [60])
    assert refused.value.code == "off_network"


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.integers(3, 12))
def test_contours_separate_what_is_below_from_what_is_not(seed: int, rows: int, columns: int) -> None:
    """Random fields, ties with the level among them: a valid area that holds exactly the points below."""
    values = np.random.default_rng(seed).integers(0, 7, (rows, columns)).astype(float)
    values = np.pad(values, 1, constant_values=9)
    grid = Grid(10.0, -5.0, 2.0, values.shape)
    area = area_below(grid, values, 3.0)
    assert area.is_valid
    assert (shapely.contains_xy(area, grid.points().reshape(-1, 2)) == (values < 3).reshape(-1)).all()


def test_an_island_in_a_lake_on_an_island() -> None:
    """Rings within rings: two polygons, the hole belongs to the larger one, and the smaller lies in it."""
    distance = np.abs(np.stack(np.meshgrid(np.arange(-10, 11), np.arange(-10, 11)))).max(axis=0)
    values = np.where((distance <= 1) | ((distance >= 5) & (distance <= 8)), 0.0, 1.0)
    area = area_below(Grid(0.0, 0.0, 1.0, values.shape), values, 0.5)
    large, small = area.geoms
    assert (len(large.interiors), len(small.interiors)) == (1, 0)
    assert shapely.Polygon(large.interiors[0]).contains(small)
