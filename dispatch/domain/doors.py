"""Which door, and which building, an address means: names under which visits by many couriers are counted together.

A name is a hash: it tells two doors apart and nothing about who lives there, so it may stand in logs and tables.
"""

import re
from hashlib import blake2b
from math import cos, radians
from typing import Final

from dispatch.domain.geo import METRES_PER_DEGREE, Point

BUILDING_M: Final = 25.0
"""The cell that stands for a building where its address says nothing (house figure: a small block of flats)."""
PIN_M: Final = 25.0
"""Pins of one address that lie in one cell of this size are one pin: geocoders agree to some metres."""
_FLAT: Final = re.compile(
    r"(?:\d+\s*(?:单元|室|房|户|层|(?<!号)楼))"
    r"|(?:\b(?:apartment|apt|flat|unit|room|rm|suite|ste|floor|fl|door)\b\.?\s*#?\s*[\w-]+)"
    r"|(?:\b\d+(?:st|nd|rd|th)\s+floor\b)"
    r"|(?:#\s*[\w-]+)",
    re.IGNORECASE,
)
"""What names a flat, a floor or a stair inside a building, in Chinese and English."""
_NO_LETTER: Final = re.compile(r"[\W_]+")


def building_of(place: Point, address: str) -> str:
    """The name of the building: by its address without the flat, or by its place where that has no number.

    A text without a number is a street or an estate, which is no building.
    """
    text = _bare(_FLAT.sub(" ", address))
    return _hash(text if any(letter.isdecimal() for letter in text) else cell_of(place, BUILDING_M))


def door_of(pin: Point, address: str) -> str:
    """The name of a door: its address, flat included, and its pin to about `PIN_M`."""
    return _hash(f"{_bare(address)} {cell_of(pin, PIN_M)}")


def cell_of(place: Point, size_m: float) -> str:
    """The name of the square of that size (metres) which holds the place. Squares are told apart, not neighbours."""
    row = round(place.lat * METRES_PER_DEGREE / size_m)
    across_m = METRES_PER_DEGREE * cos(radians(row * size_m / METRES_PER_DEGREE))
    return f"{size_m:g} {row} {round(place.lon * across_m / size_m)}"


def _bare(text: str) -> str:
    return _NO_LETTER.sub(" ", text).casefold().strip()


def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=9).hexdigest()
