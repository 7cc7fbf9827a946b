"""Which area a place lies in. Shapes are compared in degrees: an area is far too small for the globe to bend it."""

from collections.abc import Iterable, Sequence

import shapely

from dispatch.domain.area import Area
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point

MAX_CORNERS = 1_000


def with_clean_ring(area: Area) -> Area:
    """The area with its ring left open, as it is kept. Raises `InvalidInput` when the ring encloses nothing clear."""
    ring = area.ring[:-1] if len(area.ring) > 1 and area.ring[0] == area.ring[-1] else area.ring
    if not 3 <= len(ring) <= MAX_CORNERS:
        raise InvalidInput("bad_ring", f"An area's ring has 3 to {MAX_CORNERS} corners, not {len(ring)}.")
    if not _shape(ring).is_valid:
        raise InvalidInput("bad_ring", "The area's ring crosses or touches itself; draw it around in one line.")
    return Area(area.id, area.name, ring)


class AreaMap:
    """Some areas, ready to be asked. Where areas lie in each other the smaller one counts; borders belong to them."""

    def __init__(self, areas: Iterable[Area]) -> None:
        shaped = [(_shape(area.ring), area.id) for area in areas if not area.removed]
        shaped.sort(key=lambda each: (each[0].area, each[1]))
        self._ids = [area_id for _, area_id in shaped]
        self._tree = shapely.STRtree([shape for shape, _ in shaped])

    def areas_of(self, places: Sequence[Point]) -> list[str]:
        """The id of the area of each place; empty where there is none."""
        found = [""] * len(places)
        if not self._ids or not places:
            return found
        points = shapely.points([(place.lon, place.lat) for place in places])
        best: dict[int, int] = {}
        for place, shape in self._tree.query(points, predicate="covered_by").T.tolist():
            best[place] = min(shape, best.get(place, shape))
        for place, shape in best.items():
            found[place] = self._ids[shape]
        return found

    def area_of(self, place: Point) -> str:
        """The id of the area of a place; empty where there is none."""
        return self.areas_of([place])[0]


def _shape(ring: Sequence[Point]) -> shapely.Polygon:
    return shapely.Polygon([(corner.lon, corner.lat) for corner in ring])
