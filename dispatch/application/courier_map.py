"""Where the couriers of a zone are and will be, as arrays: kept from event to event, asked in microseconds.

A courier's spots are where they were last seen and the places of their stops ahead. Straight lines only: this chooses
who is worth asking the roads about.
"""

from collections.abc import Iterator
from math import cos, radians

import numpy as np
import numpy.typing as npt

from dispatch.application.ports import Position
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.domain.route import Route, Stop
from dispatch.planning.focus import Sketch

Floats = npt.NDArray[np.float64]

SPOTS = 13
"""The last known place and twelve stops; of a longer route the first and the last six."""
_ROOM = 64


class CourierMap:
    """One row of arrays for each courier who was ever seen, has a route or may work."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._row: dict[str, int] = {}
        self._east_m = np.full((_ROOM, SPOTS), np.nan)
        self._north_m = np.full((_ROOM, SPOTS), np.nan)
        self._at_ms = np.zeros((_ROOM, SPOTS), dtype=np.int64)
        self._seen_ms = np.zeros(_ROOM, dtype=np.int64)
        self._orders = np.zeros(_ROOM, dtype=np.int64)
        self._stops = np.zeros(_ROOM, dtype=np.int64)
        self._works = np.zeros(_ROOM, dtype=bool)
        self._middle: Point | None = None
        self._scale = 1.0

    # --- what happens ------------------------------------------------------------------------------------------

    def stand(self, position: Position) -> None:
        """A courier is here now."""
        row = self._of(position.courier_id)
        self._east_m[row, 0], self._north_m[row, 0] = self._plane(position.place)
        self._seen_ms[row] = position.received_at_ms

    def work(self, courier_id: str, works: bool) -> None:
        """A courier takes new orders from now on, or does not."""
        row = self._of(courier_id)  # may replace the arrays
        self._works[row] = works

    def follow(self, route: Route) -> None:
        """A courier's stops ahead are these."""
        row, stops = self._of(route.courier_id), _told(route.stops)
        self._east_m[row, 1:], self._north_m[row, 1:], self._at_ms[row, 1:] = np.nan, np.nan, 0
        for column, stop in enumerate(stops, 1):
            self._east_m[row, column], self._north_m[row, column] = self._plane(stop.place)
            self._at_ms[row, column] = stop.arrive_at_ms
        self._orders[row], self._stops[row] = len(route.order_ids()), len(route.stops)

    # --- questions ---------------------------------------------------------------------------------------------

    def working_ids(self) -> list[str]:
        """Who would take new orders, wherever they are."""
        return [self._ids[row] for row in np.flatnonzero(self._works[: len(self._ids)]).tolist()]

    def under_way(self) -> list[str]:
        """Who has stops ahead and was ever seen."""
        size = len(self._ids)
        rows = np.flatnonzero((self._stops[:size] > 0) & (self._seen_ms[:size] > 0))
        return [self._ids[row] for row in rows.tolist()]

    def nearest(self, place: Point, seen_after_ms: int) -> Iterator[str]:
        """Who takes new orders and was seen since then; the nearest to a place first, by any of their spots."""
        size, (east_m, north_m) = len(self._ids), self._plane(place)
        apart = (self._east_m[:size] - east_m) ** 2 + (self._north_m[:size] - north_m) ** 2
        away = np.where(self._open(seen_after_ms), np.fmin.reduce(apart, axis=1, initial=np.inf), np.inf)
        for row in np.argsort(away, kind="stable").tolist():
            if away[row] == np.inf:
                return
            yield self._ids[row]

    def sketch(self, now_ms: int, seen_after_ms: int) -> Sketch:
        """Everybody who has stops or may get some, for choosing a neighbourhood."""
        rows = np.flatnonzero(self._open(seen_after_ms) | (self._stops[: len(self._ids)] > 0))
        at_ms = self._at_ms[rows]
        at_ms[:, 0] = now_ms
        ids = tuple(self._ids[row] for row in rows.tolist())
        return Sketch(ids, self._east_m[rows], self._north_m[rows], (at_ms - now_ms) / 1000, self._orders[rows])

    def _open(self, seen_after_ms: int) -> npt.NDArray[np.bool_]:
        size = len(self._ids)
        return self._works[:size] & (self._seen_ms[:size] >= max(1, seen_after_ms))

    # --- rows --------------------------------------------------------------------------------------------------

    def _of(self, courier_id: str) -> int:
        row = self._row.get(courier_id)
        if row is None:
            row = self._row[courier_id] = len(self._ids)
            self._ids.append(courier_id)
            if len(self._ids) > len(self._seen_ms):
                self._grow()
        return row

    def _grow(self) -> None:
        more = len(self._seen_ms)
        nowhere = np.full((more, SPOTS), np.nan)
        self._east_m, self._north_m = np.vstack((self._east_m, nowhere)), np.vstack((self._north_m, nowhere))
        self._at_ms = np.vstack((self._at_ms, np.zeros((more, SPOTS), dtype=np.int64)))
        self._seen_ms = np.concatenate((self._seen_ms, np.zeros(more, dtype=np.int64)))
        self._orders = np.concatenate((self._orders, np.zeros(more, dtype=np.int64)))
        self._stops = np.concatenate((self._stops, np.zeros(more, dtype=np.int64)))
        self._works = np.concatenate((self._works, np.zeros(more, dtype=bool)))

    def _plane(self, place: Point) -> tuple[float, float]:
        """Metres east and north of the first place that was heard of."""
        if self._middle is None:
            self._middle, self._scale = place, cos(radians(place.lat))
        east, north = place.lon - self._middle.lon, place.lat - self._middle.lat
        return east * self._scale * METRES_PER_DEGREE, north * METRES_PER_DEGREE


def _told(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
    room = SPOTS - 1
    return stops if len(stops) <= room else (*stops[: room // 2], *stops[-room // 2 :])
