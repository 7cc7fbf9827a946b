"""Driving times between the places of a zone's stops, kept from one picture to the next.

Depots and doors stay where they are, so a ride between two of them is asked for once as long as the streets stay as
they are; all rides of a picture are of one state of the streets. A picture says which rides it
needs: to put a new order into a few routes takes the rides to and from its two places, not those between the doors of
different couriers. What a picture does not need and nobody knows is unreachable in it.
"""

from collections.abc import Iterable, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

from dispatch.application.ports import TravelTimes
from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.planning.problem import UNREACHABLE_MS, Millis

Bools = npt.NDArray[np.bool_]

_FIRST_PLACES = 1_024
_AT_ONCE = 16
_RESTED = 1.5
"""A place has rested when, since it was asked for last, so many times as many as there are slots were asked for."""
_DENSE = 4
"""A place with so many unknown rides gets a sweep of its own; the others are asked for together."""
_TOGETHER = 16


class TravelBook:
    """Matrices for pictures. Safe to use from any thread. When the streets change, everything is asked for anew."""

    def __init__(self, travel_times: TravelTimes) -> None:
        self._pages: dict[Profile, _Page] = {}
        self._version = travel_times.version
        self._travel_times = travel_times
        self._lock = Lock()

    def matrices(
        self,
        profiles: Iterable[Profile],
        fixed: Sequence[Point],
        starts: Sequence[Point],
        needed: Bools | None = None,
    ) -> dict[Profile, Millis]:
        """int32 ms [fixed + starts, fixed + starts] for each profile; nobody rides *to* a start (unreachable).

        `needed` [fixed + starts, fixed + starts] says which rides have to be known; None means all. A place off a
        profile's streets is unreachable for it.
        """
        with self._lock:
            present = self._travel_times.at(0)
            if present.version != self._version:
                self._pages, self._version = {}, present.version
            pages = {profile: self._page(present, profile) for profile in dict.fromkeys(profiles)}
            return {profile: page.matrix(fixed, starts, needed) for profile, page in pages.items()}

    def _page(self, present: TravelTimes, profile: Profile) -> "_Page":
        page = self._pages.get(profile)
        if page is None:
            page = self._pages[profile] = _Page(present, profile)
        return page


class _Page:
    """One profile's known rides: `_known` holds ms + 1, and 0 for a ride that nobody has asked for yet.

    A place has a slot as long as it is asked for. When all slots are taken, those that have rested longest are given
    away, if they have rested long; else the page doubles. So it holds at most a few times what is in use, and making
    room never takes long: new memory costs nothing until it is written to.
    """

    def __init__(self, travel_times: TravelTimes, profile: Profile) -> None:
        self._travel_times = travel_times
        self._profile = profile
        self._slot: dict[Point, int] = {}
        self._place: list[Point | None] = [None] * _FIRST_PLACES
        self._free = list(range(_FIRST_PLACES))
        self._used_at = np.zeros(_FIRST_PLACES, dtype=np.int64)
        self._uses = 0
        self._known: Millis = np.zeros((_FIRST_PLACES,) * 2, dtype=np.int32)

    def matrix(self, fixed: Sequence[Point], starts: Sequence[Point], needed: Bools | None) -> Millis:
        """See `TravelBook.matrices`."""
        slots, size = self._slots(fixed), len(fixed)
        rides = np.full((size + len(starts),) * 2, -1, dtype=np.int32)
        rides[:size, :size] = self._known[np.ix_(slots, slots)] - 1
        rides[:, size:] = UNREACHABLE_MS
        np.fill_diagonal(rides, 0)
        unknown = rides < 0 if needed is None else needed & (rides < 0)
        rows, columns = np.nonzero(unknown[:size])
        self._ask_for(rides, unknown, [*fixed, *starts])
        self._known[slots[rows], slots[columns]] = rides[rows, columns] + 1
        rides[rides < 0] = UNREACHABLE_MS
        return rides

    def _slots(self, fixed: Sequence[Point]) -> npt.NDArray[np.int64]:
        """Where these places stand in `_known`; each is noted as used."""
        self._uses += len(fixed)
        self._used_at[[self._slot[place] for place in fixed if place in self._slot]] = self._uses
        for place in fixed:
            if place not in self._slot:
                self._settle(place)
        return np.array([self._slot[place] for place in fixed], dtype=np.int64)

    def _settle(self, place: Point) -> None:
        """Give a place a slot."""
        if not self._free:
            self._make_room()
        slot = self._free.pop()
        self._slot[place], self._place[slot], self._used_at[slot] = slot, place, self._uses

    def _make_room(self) -> None:
        size = len(self._known)
        rested = np.argpartition(self._used_at, _AT_ONCE)[:_AT_ONCE]
        rested = rested[self._used_at[rested] < self._uses - _RESTED * size]
        for slot in rested.tolist():
            self._forget(slot)
        if not self._free:
            known = np.zeros((2 * size, 2 * size), dtype=np.int32)
            known[:size, :size] = self._known
            self._known, self._used_at = known, np.concatenate((self._used_at, np.zeros(size, dtype=np.int64)))
            self._place += [None] * size
            self._free = list(range(size, 2 * size))

    def _forget(self, slot: int) -> None:
        place = self._place[slot]
        if place is not None:
            del self._slot[place]
        self._place[slot] = None
        self._known[slot], self._known[:, slot] = 0, 0
        self._free.append(slot)

    def _ask_for(self, rides: Millis, unknown: Bools, places: Sequence[Point]) -> None:
        """Fill in the unknown rides by few sweeps: whole rows or columns where many are missing, then the rest."""
        unknown = unknown.copy()
        while True:
            rows = np.flatnonzero(unknown.sum(axis=1) >= _DENSE)
            columns = np.flatnonzero(unknown.sum(axis=0) >= _DENSE)
            if not len(rows) and not len(columns):
                break
            if len(columns) and (len(columns) < len(rows) or not len(rows)):
                rows = np.flatnonzero(unknown[:, columns].any(axis=1))
            else:
                columns = np.flatnonzero(unknown[rows].any(axis=0))
            self._fill(rides, unknown, rows, columns, places)
        left = np.flatnonzero(unknown.any(axis=1))
        for first in range(0, len(left), _TOGETHER):
            rows = left[first : first + _TOGETHER]
            self._fill(rides, unknown, rows, np.flatnonzero(unknown[rows].any(axis=0)), places)

    def _fill(
        self,
        rides: Millis,
        unknown: Bools,
        rows: npt.NDArray[np.int64],
        columns: npt.NDArray[np.int64],
        places: Sequence[Point],
    ) -> None:
        """Ask for a rectangle; of it, what was unknown is known afterwards."""
        asked = self._ask([places[k] for k in rows.tolist()], [places[k] for k in columns.tolist()])
        part = np.ix_(rows, columns)
        rides[part] = np.where(unknown[part], asked, rides[part])
        unknown[part] = False

    def _ask(self, sources: Sequence[Point], targets: Sequence[Point]) -> Millis:
        """Rides from the roads; when they refuse, place by place without those that are off the network."""
        try:
            return _millis(self._travel_times.matrix_s(self._profile, sources, targets))
        except InvalidInput:
            found = np.full((len(sources), len(targets)), UNREACHABLE_MS, dtype=np.int32)
            rows = [k for k, place in enumerate(sources) if self._on_network(place)]
            columns = [k for k, place in enumerate(targets) if self._on_network(place)]
            if rows and columns:
                some = [sources[k] for k in rows], [targets[k] for k in columns]
                found[np.ix_(rows, columns)] = _millis(self._travel_times.matrix_s(self._profile, *some))
            return found

    def _on_network(self, place: Point) -> bool:
        try:
            self._travel_times.matrix_s(self._profile, [place], [place])
        except InvalidInput:
            return False
        return True


def _millis(seconds: npt.NDArray[np.float32]) -> Millis:
    """Whole milliseconds; "no way" becomes `UNREACHABLE_MS`."""
    millis = np.minimum(np.asarray(seconds, dtype=np.float64) * 1000, UNREACHABLE_MS)
    return np.rint(millis).astype(np.int32)
