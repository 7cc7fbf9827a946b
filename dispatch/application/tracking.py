"""The chain that every reported position passes before anyone sees it: small checks in a fixed order, no I/O.

Each check names the reason why a position is not the courier's newest place, or lets it pass. Every reason is counted.
The order matters: what is cheap and certain comes first, then what the position says of itself, and last what
compares it with the last good place.

    reason         what it is                                                            track
    duplicate      the last number again                                                 no
    future_dated   ahead of the server by more than clocks may differ                    no
    null_island    0/0: a receiver without a fix                                         no
    outside_city   beyond the city and its margin                                        no
    inaccurate     a place by cell tower, while a better one is known                    no
    mock           an app made the place up; kept, marked, as evidence                   yes
    out_of_order   sound, but older than what is shown: a backlog after a lost link      yes
    frozen         the same place or the same moment again and again, in motion          no
    implausible    farther than anyone rides in the time (a jump)                        no

Whatever passes is shown and belongs to the track, too. A late position repairs the track and never moves what is shown.

*Time.* What is shown never goes back in (generation, seq), nor in time within a generation. The time that counts is the
earlier of the device's and the receipt's: otherwise a fix from a clock that is a minute ahead, which is within what
is allowed, would hold up a minute of good ones. A new generation may be another phone with another clock; its first
place is always taken.

*Mock places* are not shown by default. Shown, they would attract work to where the courier is not and tell a shopper a
lie; hidden, the courier stands at the last honest place, goes stale, and gets no new work, which is the right price.
`shows_mock` is for fleets with external receivers, which Android can only take in as mock places.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.application.ports import Position
from dispatch.domain.geo import METRES_PER_DEGREE, Box, distance_m
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
OUT_OF_ORDER = "out_of_order"
MOCK = "mock"


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """The limits of the chain. Times are business time."""

    city: Box
    margin_deg: float = 0.15
    """Couriers may come from outside the city's box: about 15 km."""
    max_ahead_ms: int = 60_000
    """Phone clocks differ; a fix further in the future than this says nothing about now."""
    max_accuracy_m: float = 500.0
    """A place by cell tower only says the district."""
    slack_m: float = 100.0
    """GPS noise in streets with high houses, on both ends of a step."""
    believe_after: int = 3
    """So many positions in a row that disagree with the last good one, but not with each other, win over it."""
    frozen_after: int = 3
    """So many exact repeats in a row are no chance any more: coordinates have centimetres, receivers have noise."""
    frozen_above_mps: float = 1.0
    """Phones at rest do repeat their place, and say that they do not move."""
    shows_mock: bool = False


@dataclass(slots=True)
class Track:
    """What is known of one courier's place: the last position that passed, and the jump that is being doubted.

    `repeats` counts exact repeats of the last place in a row; `kept` is the last position that went into the stored
    track, and `put_at_ms` the moment at which the place was last handed to the position store.
    """

    profile: Profile
    last: Position | None = None
    doubted: Position | None = None
    doubts: int = 0
    repeats: int = 0
    kept: Position | None = None
    put_at_ms: int = 0


Check = Callable[[Position, Track, TrackingPolicy], str]
"""Returns the reason not to show the position, or an empty string."""


def _duplicate(position: Position, track: Track, _policy: TrackingPolicy) -> str:
    last = track.last
    return "duplicate" if last and position.seq == last.seq and position.generation == last.generation else ""


def _future_dated(position: Position, _track: Track, policy: TrackingPolicy) -> str:
    return "future_dated" if position.at_ms > position.received_at_ms + policy.max_ahead_ms else ""


def _null_island(position: Position, _track: Track, _policy: TrackingPolicy) -> str:
    return "null_island" if abs(position.lat) < 1e-3 and abs(position.lon) < 1e-3 else ""


def _outside_city(position: Position, _track: Track, policy: TrackingPolicy) -> str:
    city, margin = policy.city, policy.margin_deg
    inside_lat = city.south - margin <= position.lat <= city.north + margin
    return "" if inside_lat and city.west - margin <= position.lon <= city.east + margin else "outside_city"


def _inaccurate(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """A poor place is better than none, but never better than a good one."""
    accuracy_m = position.accuracy_m
    return "inaccurate" if accuracy_m is not None and accuracy_m > policy.max_accuracy_m and track.last else ""


def _mock(position: Position, _track: Track, policy: TrackingPolicy) -> str:
    return MOCK if position.mock and not policy.shows_mock else ""


def _out_of_order(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """Late, if it is sound at all: the courier must have been able to ride from there to the last place."""
    last = track.last
    if last is None or position.generation > last.generation:
        return ""
    is_next = position.generation == last.generation and position.seq >= last.seq
    if is_next and dated_ms(position) >= dated_ms(last):
        return ""
    return OUT_OF_ORDER if _can_ride(last, position, track.profile, policy) else "implausible"


def dated_ms(position: Position) -> int:
    """When the courier was there at the latest: a clock that is ahead is corrected by the receipt."""
    return min(position.at_ms, position.received_at_ms)


def _frozen(position: Position, track: Track, policy: TrackingPolicy) -> str:
    """A receiver that repeats its last place although it moves, or its last moment."""
    last = track.last
    if last is None or (position.lat, position.lon) != (last.lat, last.lon) or position.generation != last.generation:
        track.repeats = 0
        return ""
    if position.at_ms != last.at_ms and (position.speed_mps or 0.0) < policy.frozen_above_mps:
        track.repeats = 0
        return ""
    track.repeats += 1
    return "frozen" if track.repeats >= policy.frozen_after else ""


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
    """In either direction of time: a backlog is compared with what came after it."""
    reach_m = policy.slack_m + MAX_SPEED_MPS[profile] * abs(b.at_ms - a.at_ms) / 1000
    # Along the meridian and then along the parallel is never shorter; it spares nearly everyone the trigonometry.
    detour_deg = abs(b.lat - a.lat) + abs(b.lon - a.lon)
    return detour_deg * METRES_PER_DEGREE <= reach_m or distance_m(a.place, b.place) <= reach_m


CHAIN: tuple[Check, ...] = (
    _duplicate,
    _future_dated,
    _null_island,
    _outside_city,
    _inaccurate,
    _mock,
    _out_of_order,
    _frozen,
    _implausible,
)
HEARTBEAT_CHAIN = CHAIN[1:]
"""A heartbeat repeats no number of its own; it stands under that of the last fix."""
REASONS = ("duplicate", "future_dated", "null_island", "outside_city", "inaccurate", MOCK, OUT_OF_ORDER, "frozen",
           "implausible")  # fmt: skip
BELONG_TO_TRACK = frozenset({OUT_OF_ORDER, MOCK})
"""Not shown, for these reasons, and yet where the courier (or the phone) says to have been."""


def judge(position: Position, track: Track, policy: TrackingPolicy, chain: tuple[Check, ...] = CHAIN) -> str:
    """Pass a position through the chain. Returns why it is not shown; empty: it is the track's newest place now."""
    for check in chain:
        if reason := check(position, track, policy):
            return reason
    track.last = position
    return ""


def is_ordinary(position: Position, track: Track, policy: TrackingPolicy) -> bool:
    """Whether this is the plain next place of a ride, which the chain is sure to pass without another look.

    Nearly every position is one, and this costs a tenth of the chain. The chain remains the rule: what is not ordinary
    goes through it, and what is, would pass it (tests/application/test_tracking.py shows that). After this, as after
    `judge`, the position is to become `track.last`.
    """
    last = track.last
    if last is None or position.seq <= last.seq or position.generation != last.generation or track.doubted is not None:
        return False
    north, east, at_ms, received_at_ms = position.lat, position.lon, position.at_ms, position.received_at_ms
    detour_deg = abs(north - last.lat) + abs(east - last.lon)
    if detour_deg == 0.0 or position.mock or (-1e-3 < north < 1e-3 and -1e-3 < east < 1e-3):
        return False
    if at_ms < last.at_ms or received_at_ms < last.received_at_ms or at_ms > received_at_ms + policy.max_ahead_ms:
        return False
    city, margin, accuracy_m = policy.city, policy.margin_deg, position.accuracy_m
    if not (city.south - margin <= north <= city.north + margin and city.west - margin <= east <= city.east + margin):
        return False
    if accuracy_m is not None and accuracy_m > policy.max_accuracy_m:
        return False
    track.repeats = 0
    too_far_m = detour_deg * METRES_PER_DEGREE - policy.slack_m
    return too_far_m <= 0 or too_far_m <= MAX_SPEED_MPS[track.profile] * (at_ms - last.at_ms) / 1000
