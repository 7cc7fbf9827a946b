"""Where one goes into a building: OpenStreetMap's `entrance` nodes in its walls, and which of them an address means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.domain.geo import Point, distance_m
from dispatch.roads.network import Network

_KINDS = frozenset({"main", "yes", "home", "staircase"})
"""Entrances for visitors; goods, cars and emergencies have theirs."""
_NEAR_NODE_M = 40.0
"""A node inside a large building says which part of it the address is; entrances farther away belong to others."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door in a wall; the house number is empty when the map gives it none of its own."""

    place: Point
    is_main: bool
    house_number: str = ""


@dataclass(frozen=True, slots=True)
class Building:
    """An outline in (lon, lat) with at least one entrance."""

    shape: BaseGeometry
    entrances: tuple[Entrance, ...]


def read_entrance(tags: Mapping[str, str], place: Point) -> Entrance | None:
    """What an OpenStreetMap node says; None when visitors do not go in there."""
    kind = tags.get("entrance", "")
    return Entrance(place, kind == "main", tags.get("addr:housenumber", "")) if kind in _KINDS else None


class EntranceFinder:
    """Finds the entrances of addresses among the buildings of a city."""

    def __init__(self, buildings: Sequence[Building], network: Network) -> None:
        self._buildings = buildings
        self._tree = shapely.STRtree([building.shape for building in buildings])
        self._network = network
        self._squeeze = float(np.cos(np.radians(network.node_lat.mean())))
        self._streets: dict[str, BaseGeometry] = {}

    def entrance(self, door: BaseGeometry, street: str, house_number: str) -> Point | None:
        """The entrance of the building that a door (a node or an outline) is a part of; None when none is known.

        The one with the address's own number counts most, then the main one, then the nearest to its street.
        """
        inside = self._tree.query(door.representative_point(), predicate="intersects")
        found = [entrance for index in inside.tolist() for entrance in self._buildings[index].entrances]
        if isinstance(door, shapely.Point):
            found = [each for each in found if distance_m(each.place, Point(door.y, door.x)) <= _NEAR_NODE_M]
        numbered = [each for each in found if each.house_number == house_number]
        free = numbered or [each for each in found if not each.house_number]
        likely = [each for each in free if each.is_main] or free
        goal = self._street(street) or self._flat(door)
        return min((each.place for each in likely), key=lambda place: self._apart(place, goal), default=None)

    def _apart(self, place: Point, goal: BaseGeometry) -> float:
        return float(self._flat(shapely.Point(place.lon, place.lat)).distance(goal))

    def _street(self, name: str) -> BaseGeometry | None:
        """The lines of the streets of that name; None when there is none."""
        if name not in self._streets:
            network = self._network
            wanted = network.names.index(name) if name in network.names else -1
            lines = (self._line(segment) for segment in np.flatnonzero(network.name == wanted).tolist())
            self._streets[name] = shapely.MultiLineString(list(lines))
        street = self._streets[name]
        return None if street.is_empty else street

    def _line(self, segment: int) -> BaseGeometry:
        points = slice(*self._network.point_offset[segment : segment + 2].tolist())
        lon, lat = self._network.point_lon[points], self._network.point_lat[points]
        return self._flat(shapely.LineString(np.stack([lon, lat], axis=1)))

    def _flat(self, geometry: BaseGeometry) -> BaseGeometry:
        """In degrees of latitude both ways, so that distances compare."""
        flat: BaseGeometry = shapely.transform(geometry, lambda lon_lat: lon_lat * (self._squeeze, 1.0))
        return flat


def entrances_on(outline: Iterable[int], known: Mapping[int, Entrance]) -> tuple[Entrance, ...]:
    """The entrances among the node ids of a building's walls, each once."""
    return tuple(known[node] for node in dict.fromkeys(outline) if node in known)
