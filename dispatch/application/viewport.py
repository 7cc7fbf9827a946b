"""What of a zone fits a dispatcher's screen: the couriers in a box when they are few, clusters when they are many.

The theory. A screen shows some hundred dots; a city has thousands of couriers. So each look at the map names a box, and
only what is inside is sent: near, each courier as it moves; far, where more are inside than `max_dots`, how many are
around which place, once a second. A cluster is a cell of the Web-Mercator grid, so that it stays where it is while the
map is dragged, and its place is the middle of its couriers. Who leaves the box is sent once more, so that no dot
stands where its courier has left.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import floor, log, pi, radians, tan
from typing import Final

from courier_protocol.live import Cluster, View
from dispatch.application.ports import Position

MAX_DOTS: Final = 500
"""So many couriers a screen shows one by one, where nobody says otherwise."""
CELL_PX: Final = 64
"""The side of a cluster's cell on the screen: a circle with a number in it has room."""
_WORLD_PX: Final = 256
_MERCATOR_ENDS_DEG: Final = 85.05


class Viewport:
    """One watcher's look at the map. `is_far`: clusters are shown instead of dots."""

    def __init__(self, view: View, max_dots: int = MAX_DOTS) -> None:
        self.view = view
        self._max_dots = max_dots
        self.is_far = False
        self._inside: set[str] = set()

    def enter(self, positions: Mapping[str, Position]) -> list[Position]:
        """Look now: the couriers inside. There may be too many of them; then `is_far` is true."""
        inside = [position for position in positions.values() if self._contains(position)]
        self.is_far = len(inside) > self._max_dots
        self._inside = {position.courier_id for position in inside}
        return inside

    def passing(self, positions: Iterable[Position]) -> list[Position]:
        """Which of these places, in order, are to be seen: inside, or just left."""
        seen = []
        for position in positions:
            if self._contains(position):
                self._inside.add(position.courier_id)
                seen.append(position)
            elif position.courier_id in self._inside:
                self._inside.discard(position.courier_id)
                seen.append(position)
        return seen

    @property
    def is_crowded(self) -> bool:
        """Whether more couriers have come into the view than dots fit it."""
        return len(self._inside) > self._max_dots

    def shows(self, courier_id: str) -> bool:
        """Whether this courier's dot is on the screen."""
        return not self.is_far and courier_id in self._inside

    def _contains(self, position: Position) -> bool:
        view = self.view
        return view.south <= position.lat <= view.north and view.west <= position.lon <= view.east


def clusters(positions: Sequence[Position], zoom: float, is_idle: Callable[[str], bool]) -> tuple[Cluster, ...]:
    """The couriers by the cell in which they are, in the middle of each cell's."""
    cells: dict[tuple[int, int], list[Position]] = {}
    per_side = 2 ** floor(zoom) * _WORLD_PX / CELL_PX
    for position in positions:
        cells.setdefault(_cell(position, per_side), []).append(position)
    return tuple(
        Cluster(
            lat=sum(position.lat for position in inside) / len(inside),
            lon=sum(position.lon for position in inside) / len(inside),
            couriers=len(inside),
            idle=sum(is_idle(position.courier_id) for position in inside),
        )
        for inside in cells.values()
    )


def _cell(position: Position, per_side: float) -> tuple[int, int]:
    lat = radians(max(-_MERCATOR_ENDS_DEG, min(position.lat, _MERCATOR_ENDS_DEG)))
    y = (1 - log(tan(pi / 4 + lat / 2)) / pi) / 2
    return floor((position.lon + 180) / 360 * per_side), floor(y * per_side)
