"""The chain that every reported position passes before anyone sees it: small checks in a fixed order, no I/O.

Each check names the reason to drop a position, or lets it pass. A dropped position is counted by its reason and
never shown. The order matters: what is cheap and certain comes first, what compares with the last good place last.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.application.ports import Position
from dispatch.domain.geo import Box, Point, distance_m
from dispatch.domain.vehicle import Profile

MAX_SPEED_MPS: dict[Profile, float] = {
    Profile.FOOT: 8.0,
    Profile.BIKE: 20.0,
    Profile.EBIKE: 20.0,
    Profile.MOTORBIKE: 45.0,
    Profile.CAR: 55.0,
    Profile.VAN: 50.0,
}
"""Faster than this is an error of the receiver, not a ride (house figures: a downhill sprint, an empty motorway)."""


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """The limits of the chain. Times are business time."""

    city: Box
    margin_deg: float = 0.15
    """Couriers may come from outside the city's box: about 15 km."""
    max_ahead_ms: int = 60_000
    """Phone clocks differ; a fix further in the future than this would be newest for too long."""
    max_accuracy_m: float = 500.0
    """A place by cell tower only says the district."""
    slack_m: float = 100.0
    """GPS noise in streets with high houses, on both ends of a step."""
    believe_after: int = 3
    """So many positions in a row that disagree with the last good one, but not with each other, win over it."""


@dataclass(slots=True)
class Track:
    """What is known of one courier's place: the last position that passed, and the jump that is being doubted."""

    profile: Profile
    last: Position | None = None
    doubted: Position | None = None
    doubts: int = 0


Check = Callable[[Position, Track, TrackingPolicy], str]
"""Returns the reason to drop the position, or an empty string."""


def _repeated(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """Older than, or the same as, what was shown: a resent batch, or the backlog after a lost link."""
    del policy
    last = track.last
    return "older" if last and (position.generation, position.seq) <= (last.generation, last.seq) else ""


def _future_dated(position: Position, track: Track, policy: TrackingPolicy) -> str:
    del track
    return "future_dated" if position.at_ms > position.received_at_ms + policy.max_ahead_ms else ""


def _null_island(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """Receivers without a fix report 0/0."""
    del track, policy
    return "null_island" if abs(position.place.lat) < 1e-3 and abs(position.place.lon) < 1e-3 else ""


def _outside_city(position: Position, track: Track, policy: TrackingPolicy) -> str:
    del track
    city, margin, place = policy.city, policy.margin_deg, position.place
    inside_lat = city.south - margin <= place.lat <= city.north + margin
    inside_lon = city.west - margin <= place.lon <= city.east + margin
    return "" if inside_lat and inside_lon else "outside_city"


def _inaccurate(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """A poor place is better than none, but never better than a good one."""
    if track.last is None or position.accuracy_m is None:
        return ""
    return "inaccurate" if position.accuracy_m > policy.max_accuracy_m else ""


def _implausible(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """Nobody jumps; but a phone that was wrong before must not keep its courier at the wrong place for ever."""
    if track.last is None or _can_ride(track.last, position, track.profile, policy):
        track.doubted, track.doubts = None, 0
        return ""
    agrees = track.doubted is None or _can_ride(track.doubted, position, track.profile, policy)
    track.doubts = track.doubts + 1 if agrees else 1
    track.doubted = position
    if track.doubts < policy.believe_after:
        return "implausible"
    track.doubted, track.doubts = None, 0
    return ""


def _can_ride(a: Position, b: Position, profile: Profile, policy: TrackingPolicy) -> bool:
    elapsed_s = max(b.at_ms - a.at_ms, 0) / 1000
    reach_m = policy.slack_m + MAX_SPEED_MPS[profile] * elapsed_s
    return _at_most(a.place, b.place, reach_m)


def _at_most(a: Point, b: Point, metres: float) -> bool:
    return distance_m(a, b) <= metres


CHAIN: tuple[Check, ...] = (_repeated, _future_dated, _null_island, _outside_city, _inaccurate, _implausible)


def judge(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """Pass a position through the chain. Returns why it is dropped; empty: it is the track's newest place now."""
    for check in CHAIN:
        if reason := check(position, track, policy):
            return reason
    track.last = position
    return ""
