"""Driving times between the places of a zone's stops, kept from one picture to the next.

Depots and doors stay where they are, so a picture asks the roads only for what is new: the rides to and from a new
door, and the couriers' rides from where they are now.
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

_SPARE_PLACES = 256
"""How many places may lie idle before they are forgotten."""


class TravelBook:
    """Matrices for pictures. Safe to use from any thread."""

    def __init__(self, travel_times: TravelTimes) -> None:
        self._pages: dict[Profile, _Page] = {}
        self._travel_times = travel_times
        self._lock = Lock()

    def matrices(
        self, profiles: Iterable[Profile], fixed: Sequence[Point], starts: Sequence[Point]
    ) -> dict[Profile, Millis]:
        """int32 ms [fixed + starts, fixed + starts] for each profile; nobody rides *to* a start (unreachable).

        A place off a profile's streets is unreachable for it.
        """
        with self._lock:
            pages = {p: self._pages.setdefault(p, _Page(self._travel_times, p)) for p in set(profiles)}
            return {profile: page.matrix(fixed, starts) for profile, page in pages.items()}


class _Page:
    """One profile's known rides."""

    def __init__(self, travel_times: TravelTimes, profile: Profile) -> None:
        self._travel_times = travel_times
        self._profile = profile
        self._slot: dict[Point, int] = {}
        self._known: Millis = np.zeros((0, 0), dtype=np.int32)

    def matrix(self, fixed: Sequence[Point], starts: Sequence[Point]) -> Millis:
        """See `TravelBook.matrices`."""
        self._learn(dict.fromkeys(fixed))
        slots = np.array([self._slot[place] for place in fixed], dtype=np.int64)
        size = len(fixed)
        full = np.full((size + len(starts),) * 2, UNREACHABLE_MS, dtype=np.int32)
        full[:size, :size] = self._known[np.ix_(slots, slots)]
        full[size:, :size] = self._ask(starts, fixed)
        np.fill_diagonal(full, 0)
        return full

    def _learn(self, wanted: dict[Point, None]) -> None:
        """Know every ride between these places."""
        if len(self._slot) > 2 * len(wanted) + _SPARE_PLACES:
            self._forget_except(wanted)
        old, new = list(self._slot), [place for place in wanted if place not in self._slot]
        if not new:
            return
        known = np.zeros((len(old) + len(new),) * 2, dtype=np.int32)
        known[: len(old), : len(old)] = self._known
        known[len(old) :, :] = self._ask(new, [*old, *new])
        known[: len(old), len(old) :] = self._ask(old, new)
        self._slot |= {place: len(old) + k for k, place in enumerate(new)}
        self._known = known

    def _forget_except(self, wanted: dict[Point, None]) -> None:
        kept = [place for place in self._slot if place in wanted]
        slots = np.array([self._slot[place] for place in kept], dtype=np.int64)
        self._known = self._known[np.ix_(slots, slots)]
        self._slot = {place: k for k, place in enumerate(kept)}

    def _ask(self, sources: Sequence[Point], targets: Sequence[Point]) -> Millis:
        """Rides from the roads; when they refuse, place by place without those that are off the network."""
        if not sources or not targets:
            return np.empty((len(sources), len(targets)), dtype=np.int32)
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
