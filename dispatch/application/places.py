"""The newest place of every courier of a zone, as one process knows it.

Fixes from this process's sessions pass the tracking chain and are shown at once; places that other processes wrote
come through the position store and are taken when they are newer. What passed is written behind, once per tick: the
store may be away, and then the next fixes heal it. What belongs to the track waits here for its own store.

A phone that stands still need not send fixes; its heartbeats repeat the last one. That keeps the place alive (the
planner asks when a courier was last heard at a place), puts it back into a store that lost it, and gives a new session
a place before its first fix.
"""

from collections import Counter, deque
from collections.abc import Sequence

import msgspec

from courier_protocol.messages import Fix
from dispatch.application.ports import Position
from dispatch.application.tracking import (
    BELONG_TO_TRACK,
    HEARTBEAT_CHAIN,
    REASONS,
    Track,
    TrackingPolicy,
    dated_ms,
    is_ordinary,
    judge,
)
from dispatch.application.tracks import is_apart
from dispatch.domain.vehicle import Profile

PUT_AGAIN_MS = 30_000
"""A place that stands is handed to the store again no more often than this, in business time: well within the minute
after which a link is stale, and the five after which the planner gives no new work."""
MAX_UNTRACKED = 50_000
"""Points that wait for the track store while it is away; beyond, the oldest are lost, and counted."""


class Places:
    """`latest` by courier id. `unwritten` and `untracked` hold what was not yet stored, and kept."""

    def __init__(self, policy: TrackingPolicy) -> None:
        self._policy = policy
        self._tracks: dict[str, Track] = {}
        self.latest: dict[str, Position] = {}
        self.unwritten: dict[str, Position] = {}
        self.untracked: deque[Position] = deque()
        self.positions_in = 0
        self._counters: Counter[str] = Counter({f"positions_dropped_{reason}": 0 for reason in REASONS})

    @property
    def counters(self) -> Counter[str]:
        """What came in, and what of it was dropped, by reason."""
        return Counter({**self._counters, "positions_in": self.positions_in})

    def report(
        self,
        courier_id: str,
        profile: Profile,
        generation: int,
        first_seq: int,
        fixes: Sequence[Fix],
        *,
        received_at_ms: int,
    ) -> Position | None:
        """Take fixes of a session, numbered from `first_seq`. The courier's newest place, if that is one of them."""
        track = self._tracks.get(courier_id)
        if track is None or track.profile is not profile:
            track = self._begin_track(courier_id, profile)
        before, policy, seq = track.last, self._policy, first_seq
        self.positions_in += len(fixes)
        for fix in fixes:
            position = _position(courier_id, generation, seq, fix, received_at_ms)
            seq += 1
            if is_ordinary(position, track, policy):
                track.last = position
            elif (reason := judge(position, track, policy)) or position.mock:
                self._count(position, reason)
                continue
            if is_apart(track.kept, position):
                self._keep(position, track)
        last = track.last
        if last is None or last is before:
            return None
        return self._show(courier_id, track, last)

    def _begin_track(self, courier_id: str, profile: Profile) -> Track:
        track = self._tracks[courier_id] = Track(profile, self.latest.get(courier_id))
        return track

    def _track(self, courier_id: str, profile: Profile) -> Track:
        track = self._tracks.get(courier_id)
        return track if track and track.profile is profile else self._begin_track(courier_id, profile)

    def _count(self, position: Position, reason: str) -> None:
        """Count what is not shown, or shown although an app made it up; some of it belongs to the track even so."""
        if position.mock:
            self._counters["positions_mock"] += 1
        if reason:
            self._counters[f"positions_dropped_{reason}"] += 1
        if not reason or reason in BELONG_TO_TRACK:
            self._keep(position)

    def _keep(self, position: Position, track: Track | None = None) -> None:
        if track:
            track.kept = position
        if len(self.untracked) >= MAX_UNTRACKED:
            self.untracked.popleft()
            self._counters["track_points_lost"] += 1
        self.untracked.append(position)

    def _show(self, courier_id: str, track: Track, last: Position) -> Position:
        """The courier's newest place is a new one."""
        self.latest[courier_id] = self.unwritten[courier_id] = last
        track.put_at_ms = last.received_at_ms
        return last

    def stand(
        self, courier_id: str, profile: Profile, generation: int, fix: Fix, received_at_ms: int
    ) -> Position | None:
        """Take the fix of a heartbeat. The courier's newest place, if this is a new one.

        It has no number: it stands under the last one of its session, or under 0 before the first.
        """
        track = self._track(courier_id, profile)
        last = track.last
        if last and last.generation > generation:
            return None
        number = last.seq if last and last.generation == generation else 0
        position = _position(courier_id, generation, number, fix, received_at_ms)
        if last is None or last.generation < generation or dated_ms(position) > dated_ms(last):
            if reason := judge(position, track, self._policy, HEARTBEAT_CHAIN):
                self._count(position, reason)
                return None
            return self._show(courier_id, track, position)
        self._stand_on(courier_id, track, last, received_at_ms)
        return None

    def _stand_on(self, courier_id: str, track: Track, last: Position, received_at_ms: int) -> None:
        """The place is known and still good: it was heard of now."""
        again = msgspec.structs.replace(last, received_at_ms=received_at_ms)
        self.latest[courier_id] = track.last = again
        if received_at_ms - track.put_at_ms >= PUT_AGAIN_MS:
            self.unwritten[courier_id] = again
            track.put_at_ms = received_at_ms

    def take_stored(self, positions: Sequence[Position]) -> tuple[list[Position], list[Position]]:
        """Take what other processes wrote: those that are newer than what is known here, and which of them moved."""
        newer, moved = [], []
        for position in positions:
            held = self.latest.get(position.courier_id)
            if not position.is_newer(held):
                continue
            newer.append(position)
            if not _is_same_fix(position, held):
                moved.append(position)
            self.latest[position.courier_id] = position
            if track := self._tracks.get(position.courier_id):
                track.last = position
        return newer, moved

    def take_unwritten(self) -> list[Position]:
        """What is to be stored since the last call."""
        taken, self.unwritten = self.unwritten, {}
        return list(taken.values())

    def take_untracked(self, at_most: int) -> list[Position]:
        """The next positions to put into tracks, oldest first."""
        return [self.untracked.popleft() for _ in range(min(at_most, len(self.untracked)))]

    def put_back(self, positions: Sequence[Position]) -> None:
        """The track store did not take these; they wait before what came meanwhile."""
        self.untracked.extendleft(reversed(positions))


def _is_same_fix(a: Position, b: Position | None) -> bool:
    """Whether it was only heard again."""
    return b is not None and (a.generation, a.seq, a.at_ms) == (b.generation, b.seq, b.at_ms)


def _position(courier_id: str, generation: int, seq: int, fix: Fix, received_at_ms: int) -> Position:
    return Position(
        courier_id,
        generation,
        seq,
        fix.at_ms,
        received_at_ms,
        fix.lat,
        fix.lon,
        fix.acc_m,
        fix.speed_mps,
        fix.heading_deg,
        fix.battery,
        fix.mock,
    )
