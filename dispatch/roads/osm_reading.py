"""One pass over an OpenStreetMap extract: picks out what a city is made of and leaves everything else."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Box, Point
from dispatch.roads.access import CLASS_KMH, passable
from dispatch.roads.city import Feature
from dispatch.roads.clip import Place
from dispatch.roads.controls import Sign, read_sign
from dispatch.roads.entrances import Building, Entrance, entrances_on, read_entrance
from dispatch.roads.osm_features import area_feature, is_depot_shop, label_feature, line_feature
from dispatch.roads.restrictions import Restriction, read_restriction

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RawWay:
    """A highway as it stands in the extract; nodes without a known place are left out."""

    id: int
    tags: Tags
    nodes: tuple[int, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class RawDoor:
    """A node or an area with an address, a shop, or both."""

    tags: Tags
    geometry: BaseGeometry


@dataclass
class Reading:
    """What one pass has found so far."""

    box: Box | None
    """The extract's own box, when its header names one."""
    ways: list[RawWay] = field(default_factory=list)
    barriers: dict[int, tuple[bool, ...]] = field(default_factory=dict)
    """Node id -> who of `PROFILES` gets past; only where somebody does not."""
    signs: dict[int, Sign] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    doors: list[RawDoor] = field(default_factory=list)
    entrances: dict[int, Entrance] = field(default_factory=dict)
    """By node id."""
    buildings: list[Building] = field(default_factory=list)
    """Only those with an entrance."""
    coastlines: list[shapely.LineString] = field(default_factory=list)
    features: list[Feature] = field(default_factory=list)
    countries: Counter[str] = field(default_factory=Counter)

    def take_node(self, node: Any) -> None:
        """A tagged node: a barrier, a sign, a door, an entrance, a label."""
        tags = dict(node.tags)
        if "barrier" in tags and not all(who := passable(tags)):
            self.barriers[node.id] = who
        if (sign := read_sign(tags)) is not None:
            self.signs[node.id] = sign
        if (entrance := read_entrance(tags, Point(node.lat, node.lon))) is not None:
            self.entrances[node.id] = entrance
        if "addr:housenumber" in tags or is_depot_shop(tags):
            self._take_door(tags, shapely.Point(node.lon, node.lat))
        if (label := label_feature(tags)) is not None:
            self.features.append(Feature("places", shapely.Point(node.lon, node.lat), label))

    def take_way(self, way: Any) -> None:
        """A tagged way: a highway, a line of the base map, a coastline."""
        tags = dict(way.tags)
        is_highway, is_coast = tags.get("highway") in CLASS_KMH, tags.get("natural") == "coastline"
        drawn = line_feature(tags)
        if not (is_highway or is_coast or drawn):
            return
        known = [(node.ref, (node.lat, node.lon)) for node in way.nodes if node.location.valid()]
        if len(known) < 2:
            return
        nodes, places = zip(*known, strict=True)
        if is_highway:
            self.ways.append(RawWay(way.id, tags, nodes, places))
        line = shapely.LineString([(lon, lat) for lat, lon in places])
        if is_coast:
            self.coastlines.append(line)
        if drawn:
            self.features.append(Feature(drawn[0], line, drawn[1]))

    def take_relation(self, relation: Any) -> None:
        """A tagged relation: a turn restriction."""
        tags = dict(relation.tags)
        if tags.get("type") == "restriction":
            members = ((member.role, member.type, member.ref) for member in relation.members)
            self.restrictions += read_restriction(tags, members)

    def take_area(self, area: Any, factory: Any) -> None:
        """A closed way or a multipolygon: a building, a door, land or water."""
        tags = dict(area.tags)
        drawn, is_door = area_feature(tags), "addr:housenumber" in tags or is_depot_shop(tags)
        label = label_feature(tags)
        if not (drawn or is_door or label):
            return
        try:
            shape = shapely.from_wkb(factory.create_multipolygon(area))
        except (RuntimeError, shapely.errors.GEOSException):
            return  # a broken ring: the extract's fault, and nothing of the network depends on it
        if drawn:
            self.features.append(Feature(drawn[0], shape, drawn[1]))
        if label:
            self.features.append(Feature("places", shape.representative_point(), label))
        if is_door:
            self._take_door(tags, shape)
        if drawn and drawn[0] == "buildings" and (entrances := entrances_on(_outline(area), self.entrances)):
            self.buildings.append(Building(shape, entrances))

    def _take_door(self, tags: Tags, geometry: BaseGeometry) -> None:
        self.doors.append(RawDoor(tags, geometry))
        if len(country := tags.get("addr:country", "").upper()) == 2:
            self.countries[country] += 1


def _outline(area: Any) -> Iterator[int]:
    """The ids of the nodes in the walls, those around courtyards too."""
    for outer in area.outer_rings():
        for ring in (outer, *area.inner_rings(outer)):
            yield from (node.ref for node in ring)


def read_extract(path: Path) -> Reading:
    """Everything of use in the extract. Raises `InvalidInput("bad_extract")` when it cannot be read."""
    try:
        return _read(path)
    except (RuntimeError, ValueError, OSError) as error:
        raise InvalidInput(
            "bad_extract", f"{path.name} cannot be read as an OpenStreetMap extract; download it again as .osm.pbf."
        ) from error


def _read(path: Path) -> Reading:
    reading = Reading(_header_box(path))
    factory = osmium.geom.WKBFactory()
    objects = osmium.FileProcessor(str(path)).with_locations().with_areas()
    for thing in objects.with_filter(osmium.filter.EmptyTagFilter()):
        match thing:
            case osmium.osm.Node():
                reading.take_node(thing)
            case osmium.osm.Way():
                reading.take_way(thing)
            case osmium.osm.Relation():
                reading.take_relation(thing)
            case osmium.osm.Area():
                reading.take_area(thing, factory)
    return reading


def _header_box(path: Path) -> Box | None:
    with osmium.io.Reader(str(path), osmium.osm.osm_entity_bits.NOTHING) as reader:
        bounds = reader.header().box()
    if not bounds.valid():
        return None
    low, high = bounds.bottom_left, bounds.top_right
    return Box(low.lat, low.lon, high.lat, high.lon)
