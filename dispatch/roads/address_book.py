"""A city's own addresses, to be found by what somebody types, or by a place.

What is typed is cut into words: those that begin with a digit are a house number, the others parts of a street's name,
in any order and without accents. Streets whose name begins with what was typed come first, then near ones. Writing
without spaces (Chinese) is found as a part of the name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from math import cos, radians
from typing import Final

import numpy as np

from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.roads.address_match import AddressMatch, AddressMatcher
from dispatch.roads.address_words import plain_text
from dispatch.roads.city import Address
from dispatch.roads.network import FloatArray

MOST_FOUND: Final = 8
_STREETS: Final = 24
"""So many of the best streets are looked through for the house."""
_WORD: Final = re.compile(r"\d+[a-z]?(?![a-z])|[^\W\d_]+")
_SIGNS: Final = frozenset({"号", "no", "nr"})
"""How people say that a number follows, or went before."""


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address as people write it, and where its door is; `away_m` from the place that it was looked for at."""

    text: str
    place: Point
    away_m: int = 0


@dataclass(frozen=True, slots=True)
class _Street:
    name: str
    words: tuple[str, ...]
    houses: Sequence[Address]


class AddressBook:
    """Finds addresses. The index is made when it is first asked; may be used from any thread."""

    def __init__(self, addresses: Iterable[Address] = (), street_names: Iterable[str] = ()) -> None:
        self._addresses = tuple(addresses)
        self._matcher = AddressMatcher(self._addresses, street_names)

    def find(self, typed: str, near: Point) -> tuple[FoundAddress, ...]:
        """The addresses that fit what was typed, the best first; of equal ones the nearest to a place. At most eight.

        Nothing that has only a number in it, for every street has one.
        """
        words = _WORD.findall(plain_text(typed))
        numbers = [word for word in words if word[0].isdigit()]
        names = [word for word in words if not word[0].isdigit() and word not in _SIGNS]
        if not names:
            return ()
        fitting = ((rank, street) for street in self._streets if (rank := _rank(street, names)) is not None)
        best = nsmallest(_STREETS, fitting, key=lambda found: (found[0], _away_m(found[1].houses[0].place, near)))
        found = [
            (rank, _number_rank(house, numbers), _away_m(house.place, near), house)
            for rank, street in best
            for house in street.houses
            if _fits(house, numbers)
        ]
        if not numbers:
            found = _nearest_of_each(found)
        chosen = nsmallest(MOST_FOUND, found, key=lambda each: each[:3])
        return tuple(FoundAddress(house.text, house.place, round(away_m)) for _, _, away_m, house in chosen)

    def match(self, text: str, pin: Point | None = None) -> AddressMatch:
        """Which address a whole text means, slips and all; `find` is for what is still being typed."""
        return self._matcher.match(text, pin)

    def nearest(self, place: Point) -> FoundAddress | None:
        """The address nearest to a place; None in a city without addresses."""
        if not self._addresses:
            return None
        lats, lons = self._places
        east = cos(radians(place.lat))
        at = int(np.argmin((lats - place.lat) ** 2 + ((lons - place.lon) * east) ** 2))
        house = self._addresses[at]
        return FoundAddress(house.text, house.place, round(_away_m(house.place, place)))

    @cached_property
    def _streets(self) -> tuple[_Street, ...]:
        houses: defaultdict[str, list[Address]] = defaultdict(list)
        for address in self._addresses:
            houses[address.street].append(address)
        plain = {street: plain_text(street) for street in houses}
        return tuple(_Street(plain[each], tuple(_WORD.findall(plain[each])), own) for each, own in houses.items())

    @cached_property
    def _places(self) -> tuple[FloatArray, FloatArray]:
        return (
            np.array([address.place.lat for address in self._addresses]),
            np.array([address.place.lon for address in self._addresses]),
        )


_Found = tuple[int, tuple[int, str], float, Address]


def _rank(street: _Street, names: Sequence[str]) -> int | None:
    """0: the name begins so, 1: each word begins one of its words, 2: each is a part of it; None: it does not fit."""
    if street.name.startswith(" ".join(names)):
        return 0
    if all(any(word.startswith(name) for word in street.words) for name in names):
        return 1
    return 2 if all(name in street.name for name in names) else None


def _fits(house: Address, numbers: Sequence[str]) -> bool:
    return all(plain_text(house.house_number).startswith(number) for number in numbers)


def _number_rank(house: Address, numbers: Sequence[str]) -> tuple[int, str]:
    """The very number first, then the shorter ones: 1, 12, 100."""
    number = plain_text(house.house_number)
    return (len(number), number) if numbers else (0, "")


def _nearest_of_each(found: Iterable[_Found]) -> list[_Found]:
    """Of each street the house that is nearest."""
    nearest: dict[str, _Found] = {}
    for each in found:
        known = nearest.get(each[3].street)
        if known is None or each[2] < known[2]:
            nearest[each[3].street] = each
    return list(nearest.values())


def _away_m(place: Point, other: Point) -> float:
    """Metres, near enough within a city."""
    north_m = (place.lat - other.lat) * METRES_PER_DEGREE
    east_m = (place.lon - other.lon) * METRES_PER_DEGREE * cos(radians(other.lat))
    return float(np.hypot(north_m, east_m))
