"""Map matching: which edges a courier's track means, and when the ride entered and left each of them.

A hidden Markov model after Newson and Krumm (ACM GIS 2009), compiled (`tracks`); the streets, their one-ways and
forbidden turns are those of one profile. Silences and jumps break a track into parts; a single fix that no ride reaches
is left out. Why it is our own: ADR 0014.

Between two fixes the time is spread over the edges as on empty streets. What a courier waits at the end of an edge
belongs to that edge. Noise that shifts a fix back is levelled by least squares: a ride never runs backwards.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.tracks.lattice import Plane, lattice_of
from dispatch.roads.tracks.layout import Fixes, Ride, Scratch, ride_for, scratch_for, states_for
from dispatch.roads.tracks.riding import write_ride
from dispatch.roads.tracks.timing import Moments, course_of, crossed_ms, located, places_ms
from dispatch.roads.tracks.viterbi import find_ride

ACCURACY_SIGMAS = 1.515
"""A phone's accuracy is the radius that holds 68 % of its fixes (Android's `Location.getAccuracy`): of a round normal
distribution that is sqrt(-2 ln 0.32) standard deviations."""
LEAST_SIGMA_M, MOST_SIGMA_M = 4.0, 40.0
"""No phone is better in a street, and nothing can be matched beyond."""
USUAL_SIGMA_M = 8.0
"""Of a fix that states no accuracy."""
_ROWS_A_FIX = 8


@dataclass(frozen=True, eq=False)
class Track:
    """F fixes of one courier in the order of time."""

    at_ms: Moments
    """[F]"""
    lat: FloatArray
    """[F]"""
    lon: FloatArray
    """[F]"""
    accuracy_m: FloatArray
    """[F] radius of 68 %, as phones state it; not a number where it is unknown"""

    @classmethod
    def of(cls, fixes: Sequence[tuple[int, Point, float | None]]) -> "Track":
        """From (at_ms, place, accuracy_m or None)."""
        at_ms = np.array([fix[0] for fix in fixes], dtype=np.int64)
        rows = np.array([(at.lat, at.lon, np.nan if m is None else m) for _, at, m in fixes]).reshape(-1, 3)
        return cls(at_ms, rows[:, 0], rows[:, 1], rows[:, 2])


@dataclass(frozen=True, eq=False)
class Ridden:
    """R stretches of edges in the order in which they were ridden."""

    edge: IntArray
    """[R]"""
    begins: FloatArray
    """[R] share of the edge's length where the stretch begins, in the direction of riding"""
    ends: FloatArray
    """[R] where it ends"""
    enter_ms: Moments
    """[R]"""
    leave_ms: Moments
    """[R]"""
    part: IntArray
    """[R] the part of the track; within a part each stretch is entered when the one before it is left"""


@dataclass(frozen=True, eq=False)
class Matched:
    """F fixes and the ride that they mean."""

    edge: IntArray
    """[F] -1 where unmatched"""
    fraction: FloatArray
    """[F] of the edge's length, in the direction of riding; 0 where unmatched"""
    part: IntArray
    """[F] -1 where unmatched"""
    ridden: Ridden


class Matcher:
    """One profile's streets, ready for matching. Immutable, and safe to use from any thread."""

    def __init__(self, network: Network, profile: Profile) -> None:
        self.profile = profile
        self._lattice = lattice_of(network, profile)
        self._plane = Plane.of(network)
        self._free_ms = network.travel_ms(profile).astype(np.float64)
        self._own = threading.local()

    def match(self, track: Track) -> Matched:
        """The most probable ride."""
        fixes = self._fixes(track)
        states = states_for(len(track.at_ms))
        find_ride(self._lattice, self._scratch, fixes, states)
        rows, room = -1, _ROWS_A_FIX * len(track.at_ms) + 64
        while rows < 0:
            ride = ride_for(len(track.at_ms), room)
            rows, room = write_ride(self._lattice, self._scratch, fixes, states, ride), 4 * room
        return self._timed(track.at_ms, fixes.sigma_m, ride, rows)

    def warm(self) -> None:
        """Compile the kernel before anybody waits for it: seconds the first time, then it is loaded from disk."""
        on_street = self._plane.place(float(self._lattice.leg_x[0]), float(self._lattice.leg_y[0]))
        self.match(Track.of([(0, on_street, None), (1000, on_street, None)]))

    @property
    def _scratch(self) -> Scratch:
        """This thread's."""
        own: Scratch | None = getattr(self._own, "scratch", None)
        if own is None:
            own = self._own.scratch = scratch_for(len(self._free_ms))
        return own

    def _fixes(self, track: Track) -> Fixes:
        east, north = self._plane.metres(track.lat, track.lon)
        sigma_m = np.nan_to_num(track.accuracy_m / ACCURACY_SIGMAS, nan=USUAL_SIGMA_M)
        return Fixes(track.at_ms / 1000, east, north, sigma_m.clip(LEAST_SIGMA_M, MOST_SIGMA_M))

    def _timed(self, at_ms: Moments, sigma_m: FloatArray, ride: Ride, rows: int) -> Matched:
        edge, fraction = np.full(len(at_ms), -1, dtype=np.int32), np.zeros(len(at_ms))
        part, free_ms = np.full(len(at_ms), -1, dtype=np.int32), self._free_ms
        course = course_of(ride, rows, free_ms)
        if rows:
            on = ride.edge[np.maximum(ride.row, 0)]
            error_s = sigma_m * free_ms[on] / 1000 / self._lattice.length_m[on >> 1]
            place_ms = places_ms(course, ride, free_ms, at_ms, error_s)
            row, fraction[course.fix] = located(course, place_ms, free_ms)
            edge[course.fix], part[course.fix] = course.edge[row], course.part[row]
            enter_ms, leave_ms = crossed_ms(course, place_ms, at_ms)
        else:
            enter_ms = leave_ms = at_ms[:0]
        ridden = Ridden(course.edge, course.begins, course.ends, enter_ms, leave_ms, course.part.astype(np.int32))
        return Matched(edge, fraction, part, ridden)
