"""A believable city of any size that exists nowhere: for demonstrations, tests and scale without a map to download."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import shapely

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import EARTH_RADIUS_M, Box, Point
from dispatch.roads.access import way_speeds
from dispatch.roads.addresses import address_text
from dispatch.roads.build import Street, build_network
from dispatch.roads.city import Address, City, Feature, Progress, Shop, no_progress
from dispatch.roads.houses import HOUSE_SHOPS, SHOP_TURN, Frontage, Houses, build_houses
from dispatch.roads.network import FloatArray
from dispatch.roads.noding import Noded, node_lines
from dispatch.roads.osm_features import line_feature
from dispatch.roads.town_plan import Plan, bend, draw_plan

GENERATOR_VERSION = 2
"""To be raised whenever the same size and seed would give another city."""

SMALLEST_M, LARGEST_M = 1_000, 40_000
_MIDDLE = Point(44.0, -30.0)
"""In the open Atlantic, so that nobody takes the city for a real one."""
_SHOPS_PER_KM2 = 1.2


def generate_city(size_m: int = 12_000, seed: int = 7, progress: Progress = no_progress) -> City:
    """A square city of `size_m` by `size_m` metres; size and seed decide everything in it.

    Raises `InvalidInput("bad_size")` below 1 km and above 40 km.
    """
    if not SMALLEST_M <= size_m <= LARGEST_M:
        raise InvalidInput(
            "bad_size", f"A generated city measures {SMALLEST_M} to {LARGEST_M} m a side, not {size_m} m."
        )
    rng = np.random.default_rng(seed)
    progress("drawing the plan", 0.0)
    plan = draw_plan(float(size_m), rng)
    noded = node_lines(plan.lines)
    ground = bend(noded.xy, plan.size_m)
    progress("building the street network", 0.3)
    lat, lon = _lat_lon(ground)
    places = dict(enumerate(zip(lat.tolist(), lon.tolist(), strict=True)))
    network = build_network(_streets(noded), places)
    progress("building houses", 0.6)
    houses = _houses(noded, ground, plan, rng)
    addresses = _addresses(houses)
    return City(
        id=city_id(size_m, seed), name=f"Generated city {seed}", network=network, addresses=addresses,
        box=_box(lat, lon, addresses),
        shops=_shops(addresses, plan.size_m, rng), attribution="", country="", notes=("This city is invented.",),
        source_hash=source_hash(size_m, seed), features=tuple(_features(noded, ground, plan, houses)),
    )  # fmt: skip


def _box(lat: FloatArray, lon: FloatArray, addresses: Sequence[Address]) -> Box:
    """Around every junction and every door: houses also stand on the far side of the outermost streets."""
    lats = [lat.min(), lat.max(), *(address.place.lat for address in addresses)]
    lons = [lon.min(), lon.max(), *(address.place.lon for address in addresses)]
    return Box(float(min(lats)), float(min(lons)), float(max(lats)), float(max(lons)))


def city_id(size_m: int, seed: int) -> str:
    """The id of the city of this size and seed."""
    return f"generated-{size_m}m-{seed}"


def source_hash(size_m: int, seed: int) -> str:
    """Changes with the size, the seed and the generator."""
    return f"generated {size_m} {seed} {GENERATOR_VERSION}"


def _lat_lon(xy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Degrees for metres east and north of the middle, to about a centimetre."""
    lat = _MIDDLE.lat + np.degrees(xy[:, 1] / EARTH_RADIUS_M)
    lon = _MIDDLE.lon + np.degrees(xy[:, 0] / (EARTH_RADIUS_M * np.cos(np.radians(_MIDDLE.lat))))
    return lat.round(7), lon.round(7)


def _streets(noded: Noded) -> Iterator[Street]:
    for each, nodes in zip(noded.lines, noded.nodes, strict=True):
        forward, backward = way_speeds(each.tags)
        yield Street(nodes, each.tags.get("name", ""), forward, backward)


def _houses(noded: Noded, ground: FloatArray, plan: Plan, rng: np.random.Generator) -> Houses:
    streets = [
        Frontage(ground[list(nodes)], each.tags["highway"], "" if "bridge" in each.tags else each.tags.get("name", ""))
        for each, nodes in zip(noded.lines, noded.nodes, strict=True)
    ]
    green = [_bent(district.shape, plan) for district in plan.districts if district.kind == "park"]
    return build_houses(streets, plan, [_bent(plan.river, plan), *green], rng)


def _addresses(houses: Houses) -> tuple[Address, ...]:
    lat, lon = _lat_lon(houses.door_xy)
    doors = zip(houses.street, houses.number, lat.tolist(), lon.tolist(), strict=True)
    return tuple(
        Address(address_text(street, number, ""), street, number, Point(north, east))
        for street, number, north, east in doors
    )


def _shops(addresses: tuple[Address, ...], size_m: float, rng: np.random.Generator) -> tuple[Shop, ...]:
    """Shops at random addresses, so thickest where the houses are."""
    wanted = min(len(addresses), max(4, round(_SHOPS_PER_KM2 * (size_m / 1000) ** 2)))
    shops = []
    for turn, index in enumerate(rng.permutation(len(addresses))[:wanted].tolist()):
        kind, sign = HOUSE_SHOPS[SHOP_TURN[turn % len(SHOP_TURN)]]
        home = addresses[index]
        shops.append(Shop(f"{home.street.rpartition(' ')[0]} {sign}", kind, home.place, home.text))
    return tuple(shops)


def _features(noded: Noded, ground: FloatArray, plan: Plan, houses: Houses) -> Iterator[Feature]:
    """Everything that the base map draws, in degrees."""
    yield _drawn("water", _bent(plan.river, plan), {"kind": "river", "name": "Silver River", "name_zh": "银河"})
    for district in plan.districts:
        shape, names = _bent(district.shape, plan), {"name": district.name, "name_zh": district.name_zh}
        yield _drawn("landuse", shape, {"kind": district.kind, **names})
        kind = "park" if district.kind == "park" else "district"
        yield _drawn("places", shape.representative_point(), {"kind": kind, **names})
    for each, nodes in zip(noded.lines, noded.nodes, strict=True):
        layer, properties = line_feature(each.tags) or ("roads", {})
        yield _drawn(layer, shapely.LineString(ground[list(nodes)]), properties)
    for shape, height_m in zip(houses.shape, houses.height_m.tolist(), strict=True):
        yield _drawn("buildings", shape, {"height": height_m})


def _bent(shape: shapely.Geometry, plan: Plan) -> shapely.Geometry:
    return shapely.transform(shape.segmentize(45), lambda xy: bend(xy, plan.size_m))


def _drawn(layer: str, ground: shapely.Geometry, properties: Mapping[str, str | int | float | bool]) -> Feature:
    return Feature(layer, shapely.transform(ground, lambda xy: np.stack(_lat_lon(xy)[::-1], axis=1)), properties)
