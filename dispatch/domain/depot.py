"""Depots: where goods wait to be picked up."""

from dataclasses import dataclass
from typing import Final

from dispatch.domain.geo import Point

PACKING_S: Final = 300
"""Where a depot has not said otherwise: time to carry things to the door and to find what is missing."""


@dataclass(frozen=True, slots=True)
class Depot:
    """A shop or front warehouse. `packing_s`: so long before a courier comes their goods are to be packed."""

    id: str
    name: str
    place: Point
    address: str = ""
    packing_s: int = PACKING_S
