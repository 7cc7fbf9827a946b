"""A zone as it was, for the desk: what staff were shown then, and what they were shown next.

Business state comes from the log (`ZoneStore.as_of`), places from the tracks, which are kept for 48 hours. One answer
has the zone at a moment and what happened until another, so that a page can play the time between, to and fro, without
asking for each step. How well a phone was heard is told by the age of its place; the ways ahead are drawn on the
streets as they are now.

Reading waits for nobody and nobody waits for it: it has a reader's connection, and what takes long runs beside the
event loop. Two at a time, for each holds a zone in memory.
"""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from courier_protocol import live
from dispatch.application.live_places import LivePlaces
from dispatch.application.paths import Legs, WantedPath, drawn
from dispatch.application.ports import Clock, Past, Position, Recorded, TravelTimes, ZoneStore
from dispatch.application.presence import Link, LinkPolicy
from dispatch.application.replica import KEEP_FINISHED_MS
from dispatch.application.views import CourierPath, Sight, staff_path, touched_courier, zone_change, zone_snapshot
from dispatch.domain import events as e
from dispatch.domain.courier import Courier
from dispatch.domain.errors import InvalidInput
from dispatch.domain.incident import Incident
from dispatch.domain.zone import ZoneState, evolve

MOST_AHEAD_MS: Final = 15 * 60_000
"""The longest stretch that one answer can be played for."""
MOST_CHANGES: Final = 1_500
"""Events an answer, some 2 MB; a busy zone is played in shorter stretches."""
MOST_PLACES: Final = 50_000
"""Places an answer of tracks, some 2 MB."""
MOST_PATHS: Final = 400
"""Ways drawn an answer: each takes about a millisecond."""
AT_ONCE: Final = 2

Tracks = Mapping[str, Sequence[Position]]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The zone at `at_ms`, and what changed after it up to `until_ms`. `first_at_ms` is when the log begins.

    `event_at_ms` is when the last event up to the moment happened, `next_at_ms` when the first after it did (0: none).
    """

    at_ms: int
    until_ms: int
    first_at_ms: int
    event_at_ms: int
    next_at_ms: int
    snapshot: live.ZoneSnapshot
    changes: tuple[live.ZoneChange, ...]
    incidents: tuple[Incident, ...]


class Replay:
    """One zone's past in one process."""

    def __init__(
        self,
        zone_id: str,
        *,
        store: ZoneStore,
        places: LivePlaces,
        travel_times: TravelTimes,
        clock: Clock,
    ) -> None:
        self._zone_id = zone_id
        self._store = store
        self._places = places
        self._travel_times = travel_times
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._legs: Legs = OrderedDict()

    async def as_of(self, at_ms: int, until_ms: int) -> Replayed:
        """The zone at a moment, and what happened until another.

        Raises `InvalidInput` for a moment before the log or in the future, and `StoreUnavailable`.
        """
        now_ms = self._clock.now_ms()
        check_past(at_ms, now_ms)
        until_ms = max(at_ms, min(until_ms, now_ms, at_ms + MOST_AHEAD_MS))
        async with self._turns:
            past = await self._store.as_of(self._zone_id, at_ms, at_ms - KEEP_FINISHED_MS)
            if not past.seq:
                raise _too_early(past.first_at_ms)
            later = await self._store.events(self._zone_id, past.seq, MOST_CHANGES + 1)
            couriers = list(past.state.couriers)
            last = await self._places.last_before(couriers, at_ms)
            tracks = await self._places.tracks_of(couriers, at_ms, until_ms) if until_ms > at_ms else {}
            stretch = _Stretch(at_ms, until_ms, past, later, last, tracks)
            return await asyncio.to_thread(self._replayed, stretch)

    async def tracks(self, courier_ids: Sequence[str], from_ms: int, to_ms: int) -> tuple[int, Tracks]:
        """(until when, where each courier was): to `to_ms`, or to where there would be too many places.

        Raises `InvalidInput` for a period in the future, backwards or too long, and `StoreUnavailable`.
        """
        check_past(from_ms, self._clock.now_ms())
        if not from_ms <= to_ms <= from_ms + MOST_AHEAD_MS:
            minutes = MOST_AHEAD_MS // 60_000
            raise InvalidInput(
                "bad_period", f"The parameter to_ms is at or after from_ms, by at most {minutes} minutes."
            )
        async with self._turns:
            tracks = await self._places.tracks_of(courier_ids, from_ms, to_ms)
        times = sorted(place.at_ms for track in tracks.values() for place in track)
        if len(times) <= MOST_PLACES:
            return to_ms, tracks
        end_ms = times[MOST_PLACES]
        return end_ms, {each: [p for p in track if p.at_ms <= end_ms] for each, track in tracks.items()}

    def _replayed(self, stretch: "_Stretch") -> Replayed:
        past, later = stretch.past, stretch.later
        end_ms = later[MOST_CHANGES].at_ms - 1 if len(later) > MOST_CHANGES else stretch.until_ms
        until_ms = max(stretch.at_ms, min(stretch.until_ms, end_ms))
        artist = _Artist(stretch, self._travel_times.at(0), self._legs)
        state, links = past.state, links_of(past.state.couriers, stretch.last, stretch.at_ms, self._clock.rate)
        incidents = tuple(state.incidents.values())
        sight = Sight(stretch.last, links, artist.paths(state))
        snapshot = zone_snapshot(state, past.epoch, past.seq, sight)
        changes = [artist.change(state, past.epoch, each, sight) for each in later if each.at_ms <= until_ms]
        next_at_ms = later[0].at_ms if later else 0
        first = past.first_at_ms
        return Replayed(stretch.at_ms, until_ms, first, past.at_ms, next_at_ms, snapshot, tuple(changes), incidents)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What is known of a stretch of time before any of it is drawn."""

    at_ms: int
    until_ms: int
    past: Past
    later: Sequence[Recorded]
    last: Mapping[str, Position]
    tracks: Tracks


class _Artist:
    """Draws ways ahead while there is still paint."""

    def __init__(self, stretch: _Stretch, streets: TravelTimes, legs: Legs) -> None:
        self._stretch = stretch
        self._streets = streets
        self._legs = legs
        self._left = MOST_PATHS

    def paths(self, state: ZoneState) -> dict[str, CourierPath]:
        """The ways of everybody who has one at the beginning."""
        riding = [courier for courier in state.couriers.values() if state.route(courier.id).stops]
        return {courier.id: self._path(state, courier, self._stretch.at_ms) for courier in riding[: self._left]}

    def _path(self, state: ZoneState, courier: Courier, at_ms: int) -> CourierPath:
        self._left -= 1
        route, place = state.route(courier.id), self._stretch.last.get(courier.id)
        track = self._stretch.tracks.get(courier.id, ())
        passed = bisect_right(track, at_ms, key=lambda each: each.at_ms)
        place = track[passed - 1] if passed else place
        start = place.place if place and route.stops else None
        stops = tuple(stop.place for stop in route.stops)
        wanted = WantedPath(courier.id, route.version, courier.profile, start, stops)
        return drawn((wanted,), self._streets, self._legs)[0]

    def change(self, state: ZoneState, epoch: int, recorded: Recorded, sight: Sight) -> live.ZoneChange:
        """What an event changed; the state moves on."""
        evolve(state, recorded.event)
        change = zone_change(state, epoch, recorded, sight)
        courier = touched_courier(state, recorded.event)
        if courier is None or not isinstance(recorded.event, e.RouteChanged) or self._left <= 0:
            return change
        path = staff_path(courier.id, self._path(state, courier, recorded.at_ms))
        return msgspec.structs.replace(change, paths=(path,))


def check_past(at_ms: int, now_ms: int) -> None:
    """Raises `InvalidInput` for a moment that is still to come."""
    if at_ms > now_ms:
        raise InvalidInput("in_the_future", "That moment is still to come; ask for one up to now.")


def _too_early(first_at_ms: int) -> InvalidInput:
    if not first_at_ms:
        return InvalidInput("before_the_log", "Nothing has happened in this zone yet.")
    sentence = f"The log of this zone begins at {first_at_ms}; ask for that moment or a later one."
    return InvalidInput("before_the_log", sentence)


def links_of(couriers: Mapping[str, Courier], last: Mapping[str, Position], at_ms: int, rate: float) -> dict[str, str]:
    """How well each phone was heard at a moment, by the age of its last place."""
    policy, links = LinkPolicy(), dict.fromkeys(couriers, str(Link.OFFLINE))
    for courier_id, position in last.items():
        if courier_id in couriers:
            silent_s = max(0, at_ms - position.at_ms) / 1000 / rate
            links[courier_id] = str(policy.link(silent_s, rate, couriers[courier_id].duty))
    return links
