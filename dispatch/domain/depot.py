"""Depots: where goods wait to be picked up."""

from dataclasses import dataclass

from dispatch.domain.geo import Point


@dataclass(frozen=True, slots=True)
class Depot:
    """A shop or front warehouse."""

    id: str
    name: str
    place: Point
    address: str = ""
