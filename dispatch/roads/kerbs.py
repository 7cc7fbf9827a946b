"""At which kerb a ride to a place ends: on the street that its address names, at its entrance, on the right side.

The nearest street is often the wrong one: a lane at the back, the street behind the block, the aisle of a car park. So
a place that is a door of the city's address list is stood for by its entrance, and its own street is chosen over others
that are a little nearer. Of a divided street the nearer carriageway wins by distance alone. On a busy street that is
ridden both ways, whoever arrives on the far side by car still has to cross it; that is a part of the ride's time. Who
passes the door and turns round at the next junction need not, and where turns are not told apart (`turns`) it is free.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import Address, City, Shop
from dispatch.roads.network import FloatArray, IntArray, Network, RoadClass

OWN_STREET_M = 60.0
"""The street of the address is chosen if it is at most so much farther than another: a deep front yard."""
ALLEY_M = 8.0
"""A street is preferred to an alley without a name if it is at most so much farther: a lane and a pavement."""
SLACK_M = OWN_STREET_M + ALLEY_M
"""No street is chosen that is this much farther away than the nearest."""

IN_THE_ROAD_M = 3.0
"""Half a lane: what is nearer to the middle of the street has no side of it."""
CROSSING_WAIT_S = 12.0
"""Until there is a gap: within level C (10 to 20 s) of the delay at uncontrolled crossings in the Highway Capacity
Manual 2010, chapter 19."""
CROSSING_M_S = 1.07
"""3.5 feet a second, at which the same chapter lets people cross."""
_WIDTH_M = {RoadClass.SECONDARY: 12.0, RoadClass.PRIMARY: 15.0, RoadClass.TRUNK: 20.0}
"""From kerb to kerb; house figures: lanes of 3 m and room to park, two lanes, three and five."""
_CROSS_ON_FOOT = frozenset({Profile.CAR, Profile.VAN})
"""Who cannot stop where they like or push their vehicle across."""

_DOOR_GRID = 1e5
"""Doors are found by places rounded to so many parts of a degree, about a metre."""


@dataclass(frozen=True, slots=True)
class Door:
    """What the city knows of a place; `streets` are `street_key`s, more than one where addresses share the place."""

    streets: frozenset[str]
    entrance: Point | None = None


class Doors:
    """A city's address list by place. Immutable."""

    def __init__(self, addresses: Iterable[Address] = (), shops: Iterable[Shop] = ()) -> None:
        self._doors: dict[tuple[int, int], Door] = {}
        streets: dict[str, str] = {}
        for address in addresses:
            streets[address.text] = address.street
            self._add(address.place, address.street, address.entrance)
        for shop in shops:
            self._add(shop.place, streets.get(shop.address, ""), None)

    @classmethod
    def of(cls, city: City) -> "Doors":
        """The doors of a city's addresses and shops."""
        return cls(city.addresses, city.shops)

    def at(self, place: Point) -> Door | None:
        """The door at a place, to the metre; None when no address is known there."""
        return self._doors.get(_rounded(place))

    def _add(self, place: Point, street: str, entrance: Point | None) -> None:
        keys = frozenset(filter(None, map(street_key, street.split(";"))))
        known = self._doors.get(_rounded(place), Door(frozenset()))
        self._doors[_rounded(place)] = Door(known.streets | keys, known.entrance or entrance)


NO_DOORS = Doors()
"""Where no address is known."""


class Kerbs:
    """How one profile chooses among the streets near a place."""

    def __init__(self, network: Network, profile: Profile, doors: Doors) -> None:
        self._network = network
        self._doors = doors
        self._names: dict[str, list[int]] = {}
        for index, name in enumerate(network.names):
            self._names.setdefault(street_key(name), []).append(index)
        both_ways = network.is_open(profile).reshape(-1, 2).all(axis=1)
        self._crossing_ms = _crossing_ms(network) * (both_ways & (profile in _CROSS_ON_FOOT))

    def stands(self, places: Sequence[Point]) -> list[Point]:
        """Where each place is entered."""
        return [door.entrance or place if (door := self._doors.at(place)) else place for place in places]

    def reach_m(self, places: Sequence[Point]) -> FloatArray:
        """[S] metres beyond the nearest street within which another one may be chosen."""
        return np.array([SLACK_M if self._doors.at(place) else ALLEY_M for place in places])

    def handicap_m(self, places: Sequence[Point], asked: IntArray, segment: IntArray) -> FloatArray:
        """[C] metres to add to the distance from `places[asked]` to `segment` before the least is chosen."""
        network = self._network
        names = len(network.names)
        own = [
            index * names + name
            for index, place in enumerate(places)
            if (door := self._doors.at(place))
            for street in door.streets
            for name in self._names.get(street, ())
        ]
        is_own = np.isin(asked.astype(np.int64) * names + network.name[segment], own)
        is_alley = (network.road_class[segment] == RoadClass.SERVICE) & (network.name[segment] == 0)
        return np.where(is_alley, ALLEY_M, 0.0) - np.where(is_own, OWN_STREET_M, 0.0)

    def far_side_ms(self, segment: IntArray, left_m: FloatArray) -> npt.NDArray[np.int64]:
        """[S, 2] what crossing the street takes after arriving along the segment as drawn, and against it.

        `left_m` [S] is how far to the left of the segment as drawn the place lies, negative to its right.
        """
        crossing_ms = np.where(np.abs(left_m) > IN_THE_ROAD_M, self._crossing_ms[segment], 0)
        far_as_drawn = (left_m > 0) != self._network.drives_left
        return np.stack([crossing_ms * far_as_drawn, crossing_ms * ~far_as_drawn], axis=1).astype(np.int64)


def street_key(name: str) -> str:
    """What two spellings of one street have in common."""
    return " ".join(name.split()).casefold()


def _crossing_ms(network: Network) -> npt.NDArray[np.int64]:
    """[K] what it takes to cross each segment on foot; 0 where there is little traffic."""
    by_class = np.zeros(len(RoadClass), dtype=np.int64)
    for road_class, width_m in _WIDTH_M.items():
        by_class[road_class] = round(1000 * (CROSSING_WAIT_S + width_m / CROSSING_M_S))
    return by_class[network.road_class]


def _rounded(place: Point) -> tuple[int, int]:
    return round(place.lat * _DOOR_GRID), round(place.lon * _DOOR_GRID)
