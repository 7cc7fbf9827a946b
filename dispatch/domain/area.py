"""Areas: polygons inside a zone. They own nothing; couriers know some of them, and orders lie in one."""

from dataclasses import dataclass

from dispatch.domain.geo import Point


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a zone (a quarter, a campus, a mall). `ring` is its border, without the first corner at the end.

    A `removed` one is kept for the record and means nothing any more.
    """

    id: str
    name: str
    ring: tuple[Point, ...]
    removed: bool = False
