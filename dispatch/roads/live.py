"""Travel times under changing conditions: new weights are made in the background and swapped by one assignment.

Whoever asks gets a `View`, which never changes: all answers of one view come from the same weights, and none from
half-old ones. A view of the future uses the weights of its quarter of an hour; quarters that are alike share theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Lock

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.conditions import Conditions, edge_ms
from dispatch.roads.isochrones import Isochrone, isochrones
from dispatch.roads.kerbs import NO_DOORS, Doors
from dispatch.roads.network import CLOSED_MS, Network
from dispatch.roads.rides import Rides, split
from dispatch.roads.riding import Engine, RoadTravelTimes, matrix_s
from dispatch.roads.route import RoadRoute, Snap
from dispatch.roads.shortest_paths import Millis

SLICE_MS = 900_000
"""Speeds are taken to stay for a quarter of an hour."""
SLICES = 24
"""So many quarters are looked ahead at most: six hours, longer than any route."""
LEAST_CHANGE = 0.03
"""Weights that differ by less on every edge count as the same: a promise does not hang on three percent of a street."""


@dataclass(frozen=True, slots=True)
class _Timeline:
    """One profile's weights: `rides[k]` from `from_ms[k]` on; the first also before."""

    from_ms: tuple[int, ...]
    rides: tuple[Rides, ...]
    pace: tuple[tuple[int, float], ...]
    """(from ms, how many times as long as now rides take in the mean), for the quarters after the first"""

    def paced(self) -> "_Timeline":
        """With the pace that these rides have."""
        later = zip(self.from_ms[1:], self.rides[1:], strict=True)
        return replace(self, pace=tuple((start, _pace(self.rides[0], each)) for start, each in later))

    def at(self, at_ms: int) -> Rides:
        """The rides of a moment; 0 means now."""
        index = int(np.searchsorted(self.from_ms, at_ms, side="right")) - 1
        return self.rides[max(0, index)]


@dataclass(frozen=True, slots=True)
class _State:
    version: int
    timelines: Mapping[Profile, _Timeline] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)
    now_ms: int = 0


@dataclass(frozen=True, slots=True)
class Swap:
    """What an update did: `changed` names the profiles whose present weights are others now."""

    version: int
    changed: tuple[Profile, ...]
    customised: int
    """How many sets of weights were made; the others were as before."""


class View:
    """The streets as they are, or will be, at a moment; see `TravelTimes`."""

    def __init__(self, roads: "LiveTravelTimes", state: _State, at_ms: int) -> None:
        self._roads = roads
        self._state = state
        self._at_ms = at_ms
        self._lines: dict[Profile, _Timeline] = {}
        self.version = state.version

    def at(self, at_ms: int) -> "View":
        """The same knowledge about another moment."""
        return View(self._roads, self._state, at_ms)

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """See `TravelTimes`."""
        return matrix_s(self.rides(profile), sources, targets)

    def distances_m(
        self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]
    ) -> npt.NDArray[np.float32]:
        """See `TravelTimes`; metres do not depend on the hour, so they are those of empty streets."""
        return self._roads.empty.distances_m(profile, sources, targets)

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """See `TravelTimes`."""
        rides = self.rides(profile)
        return rides.route(*split(rides.streets.snapper.snap([a, b]), 1))

    def snap(self, profile: Profile, place: Point) -> Snap:
        """See `TravelTimes`."""
        return self._roads.empty.snap(profile, place)

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """(from ms, factor): how many times as long as now rides take that set off then; empty: always the same."""
        return self._line(profile).pace

    def isochrones(self, profile: Profile, place: Point, limits_s: Sequence[int]) -> tuple[Isochrone, ...]:
        """See `isochrones`. Raises `InvalidInput("no_network")` too."""
        return isochrones(self.rides(profile), place, limits_s)

    def edge_ms(self, profile: Profile) -> Millis:
        """[2K] what the edges take."""
        return self.rides(profile).edge_ms

    def rides(self, profile: Profile) -> Rides:
        """Rides under these weights."""
        return self._line(profile).at(self._at_ms)

    def _line(self, profile: Profile) -> _Timeline:
        line = self._lines.get(profile)
        if line is None:
            line = self._lines.setdefault(profile, self._roads.timeline(self._state, profile))
        return line


class LiveTravelTimes:
    """`TravelTimes` that follow the conditions they are told of. Safe to use from any thread."""

    def __init__(self, network: Network, engine: Engine, doors: Doors = NO_DOORS) -> None:
        self.network = network
        self.empty = RoadTravelTimes(network, engine, doors)
        """The same streets without anybody on them."""
        self._state = _State(0)
        self._lock = Lock()
        self._versions = count(1)

    @property
    def version(self) -> int:
        """Changes whenever the present weights do."""
        return self._state.version

    def at(self, at_ms: int) -> View:
        """What is known now of a moment (epoch ms); 0: of the present. It never changes."""
        return View(self, self._state, at_ms)

    def matrix_s(self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]) -> npt.NDArray[np.float32]:
        """See `TravelTimes`."""
        return self.at(0).matrix_s(profile, sources, targets)

    def distances_m(
        self, profile: Profile, sources: Sequence[Point], targets: Sequence[Point]
    ) -> npt.NDArray[np.float32]:
        """See `TravelTimes`."""
        return self.empty.distances_m(profile, sources, targets)

    def route(self, profile: Profile, a: Point, b: Point) -> RoadRoute:
        """See `TravelTimes`."""
        return self.at(0).route(profile, a, b)

    def snap(self, profile: Profile, place: Point) -> Snap:
        """See `TravelTimes`."""
        return self.empty.snap(profile, place)

    def pace(self, profile: Profile) -> tuple[tuple[int, float], ...]:
        """See `View.pace`."""
        return self.at(0).pace(profile)

    def isochrones(self, profile: Profile, place: Point, limits_s: Sequence[int]) -> tuple[Isochrone, ...]:
        """See `View.isochrones`."""
        return self.at(0).isochrones(profile, place, limits_s)

    def update(self, conditions: Conditions, now_ms: int, *, later: bool = True) -> Swap:
        """Make the weights of these conditions and swap them in: the present first, then the hours to come.

        Without `later` those of the hours to come stay as they are, which is good enough for a minute or two.

        Takes milliseconds for each set of weights that is new: call it beside the event loop. Raises `InvalidInput`
        when the conditions name edges that are none; the weights stay as they are then.
        """
        with self._lock:
            before = self._state
            present = replace(before, conditions=conditions, now_ms=now_ms)
            timelines, changed, customised = {}, [], 0
            for profile, old in before.timelines.items():
                wanted_ms = edge_ms(self.network, profile, conditions, now_ms, now_ms)
                same = _same(old.rides[0].edge_ms, wanted_ms)
                rides = old.rides[0] if same else old.rides[0].with_times(wanted_ms)
                timelines[profile] = replace(old, rides=(rides, *old.rides[1:])).paced()
                changed += [] if same else [profile]
                customised += not same
            if changed:
                present = replace(present, version=next(self._versions))
            self._state = replace(present, timelines=timelines)
            if later:
                ahead = {p: self._timeline(p, line.rides[0], line, present) for p, line in timelines.items()}
                self._state = replace(self._state, timelines={p: line for p, (line, _) in ahead.items()})
                customised += sum(made for _, made in ahead.values())
        return Swap(self._state.version, tuple(changed), customised)

    def timeline(self, state: _State, profile: Profile) -> _Timeline:
        """One profile's weights; prepared when it is first asked for."""
        return state.timelines.get(profile) or self._prepared(profile)

    def _prepared(self, profile: Profile) -> _Timeline:
        free = self.empty.free(profile)
        with self._lock:
            state = self._state
            known = state.timelines.get(profile)
            if known is None:
                wanted_ms = edge_ms(self.network, profile, state.conditions, state.now_ms, state.now_ms)
                rides = free if _same(free.edge_ms, wanted_ms) else free.with_times(wanted_ms)
                known, _ = self._timeline(profile, rides, None, state)
                self._state = replace(state, timelines={**state.timelines, profile: known})
        return known

    def _timeline(
        self, profile: Profile, present: Rides, before: _Timeline | None, state: _State
    ) -> tuple[_Timeline, int]:
        """The present and the quarters to come, as far as anything is known to change; how many sets were made."""
        starts = _starts(state.conditions, state.now_ms)
        pool, made = [present, *(before.rides if before else ())], 0
        rides = [present]
        for start_ms in starts:
            middle_ms = start_ms + SLICE_MS // 2
            wanted_ms = edge_ms(self.network, profile, state.conditions, middle_ms, state.now_ms)
            known = next((each for each in pool if _same(each.edge_ms, wanted_ms)), None)
            if known is None:
                known = present.with_times(wanted_ms)
                pool.insert(1, known)
                made += 1
            rides.append(known)
        return _Timeline((state.now_ms, *starts), tuple(rides), ()).paced(), made


def _starts(conditions: Conditions, now_ms: int) -> tuple[int, ...]:
    """The quarters ahead that may differ from now: up to the last known change, or all with a habit of the hour."""
    first_ms = (now_ms // SLICE_MS + 1) * SLICE_MS
    changes = [at for each in conditions.disturbances for at in (each.from_ms, each.until_ms) if at > now_ms]
    live = bool(conditions.probes) or conditions.feed is not None
    if conditions.history is not None or live:
        last_ms = now_ms + SLICE_MS * SLICES
    elif changes:
        last_ms = max(changes) + SLICE_MS
    else:
        return ()
    return tuple(range(first_ms, min(last_ms, now_ms + SLICE_MS * SLICES), SLICE_MS))[: SLICES - 1]


def _same(one: Millis, other: Millis) -> bool:
    return bool((np.abs(one - other) <= np.where(one >= CLOSED_MS, 0, np.maximum(1, LEAST_CHANGE * one))).all())


def _pace(present: Rides, then: Rides) -> float:
    """How many times as long as now a mean street takes then; streets that are closed at either moment do not count."""
    if present is then:
        return 1.0
    both = (present.edge_ms < CLOSED_MS) & (then.edge_ms < CLOSED_MS)
    return float(then.edge_ms[both].sum() / max(1, present.edge_ms[both].sum()))
