"""The newest place of every courier of a zone, as one process knows it.

Fixes from this process's sessions pass the tracking chain and are shown at once; places that other processes wrote
come through the position store and are taken when they are newer in (generation, seq). What passed is written behind,
once per tick: the store may be away, and then the next fixes heal it.
"""

from collections import Counter
from collections.abc import Sequence

from courier_protocol.messages import Fix
from dispatch.application.ports import Position
from dispatch.application.tracking import Track, TrackingPolicy, judge
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile


class Places:
    """`latest` by courier id. `fresh` and `unwritten` hold what was not yet shown, and not yet stored."""

    def __init__(self, policy: TrackingPolicy) -> None:
        self._policy = policy
        self._tracks: dict[str, Track] = {}
        self.latest: dict[str, Position] = {}
        self.fresh: dict[str, Position] = {}
        self.unwritten: dict[str, Position] = {}
        self.counters: Counter[str] = Counter()

    def report(
        self,
        courier_id: str,
        profile: Profile,
        *,
        generation: int,
        first_seq: int,
        fixes: Sequence[Fix],
        received_at_ms: int,
    ) -> bool:
        """Take fixes of a session, numbered from `first_seq`. Whether the courier's newest place changed."""
        track = self._tracks.get(courier_id)
        if track is None or track.profile is not profile:
            track = self._tracks[courier_id] = Track(profile, self.latest.get(courier_id))
        before = track.last
        for seq, fix in enumerate(fixes, first_seq):
            self._pass_chain(_position(courier_id, generation, seq, fix, received_at_ms), track)
        if track.last is None or track.last is before:
            return False
        self._take(track.last)
        self.unwritten[courier_id] = track.last
        return True

    def _pass_chain(self, position: Position, track: Track) -> None:
        self.counters["positions_in"] += 1
        if reason := judge(position, track, self._policy):
            self.counters[f"positions_dropped_{reason}"] += 1

    def take_stored(self, positions: Sequence[Position]) -> list[Position]:
        """Take what other processes wrote; returns those that are newer than what is known here."""
        newer = [position for position in positions if _is_newer(position, self.latest.get(position.courier_id))]
        for position in newer:
            self._take(position)
            if track := self._tracks.get(position.courier_id):
                track.last = position
        return newer

    def _take(self, position: Position) -> None:
        self.latest[position.courier_id] = position
        self.fresh[position.courier_id] = position

    def take_fresh(self) -> dict[str, Position]:
        """What is to be shown since the last call."""
        taken, self.fresh = self.fresh, {}
        return taken

    def take_unwritten(self) -> list[Position]:
        """What is to be stored since the last call."""
        taken, self.unwritten = self.unwritten, {}
        return list(taken.values())


def _is_newer(position: Position, known: Position | None) -> bool:
    return known is None or (position.generation, position.seq) > (known.generation, known.seq)


def _position(courier_id: str, generation: int, seq: int, fix: Fix, received_at_ms: int) -> Position:
    return Position(
        courier_id=courier_id,
        generation=generation,
        seq=seq,
        at_ms=fix.at_ms,
        received_at_ms=received_at_ms,
        place=Point(fix.lat, fix.lon),
        accuracy_m=fix.acc_m,
        speed_mps=fix.speed_mps,
        heading_deg=fix.heading_deg,
        battery=fix.battery,
    )
