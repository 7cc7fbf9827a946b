"""Where a courier has been: which positions are worth keeping, and how long the way was.

The stored track is made of what was sound (see `tracking`), in the order of the device's time, whenever it came. Points
that lie close together in time and place say nothing new and are thinned: when they are put in, as far as this process
knows the neighbours, and always when the track is read.
"""

from collections.abc import Iterable, Sequence

from dispatch.application.ports import Position
from dispatch.domain.geo import METRES_PER_DEGREE, distance_m

KEEP_MS = 48 * 3_600_000
"""How long a track is kept. Where people have been is nobody's business for longer than pay and complaints need it."""
MAX_POINTS = 10_000
"""A courier's points at most: a shift of 13 hours at a fix every 5 s, were nothing thinned."""
APART_MS = 30_000
APART_M = 20.0
"""A point nearer than both to the one before is not kept: the noise of a receiver at rest, or a second fix a second."""
STEP_M = 30.0
"""The way grows by steps of at least so much: at rest, GPS wanders by 5 to 15 m and would ride kilometres a day."""
MAX_STEP_ACCURACY_M = 150.0
"""A place may be off by its accuracy, so that shorter steps prove nothing; but no accuracy stops the way for ever."""
MAX_RIDE_MPS = 55.0
"""What is faster was no ride; the point is passed over."""


def is_apart(before: Position | None, position: Position) -> bool:
    """Whether a position says something that the one before it in the track does not."""
    if before is None or abs(position.at_ms - before.at_ms) >= APART_MS:
        return True
    north_m = abs(position.lat - before.lat) * METRES_PER_DEGREE
    east_most_m = abs(position.lon - before.lon) * METRES_PER_DEGREE
    if north_m >= APART_M or north_m + east_most_m < APART_M:
        return north_m >= APART_M
    return distance_m(before.place, position.place) >= APART_M


def thinned(positions: Iterable[Position]) -> list[Position]:
    """The positions in the order of time, without those that say nothing new."""
    kept: list[Position] = []
    for position in sorted(positions, key=lambda position: position.at_ms):
        if is_apart(kept[-1] if kept else None, position):
            kept.append(position)
    return kept


def way_m(positions: Sequence[Position]) -> float:
    """Metres along positions in the order of time: noise at rest, mock places and impossible jumps do not count.

    The way is measured from one anchor to the next. A position becomes the next anchor when it is farther away than
    noise explains and not farther than anyone rides; so a slow walk counts in full, only a little later.
    """
    total_m, anchor = 0.0, None
    for position in positions:
        if position.mock:
            continue
        if anchor is None:
            anchor = position
            continue
        step_m = distance_m(anchor.place, position.place)
        if _least_step_m(position) <= step_m <= MAX_RIDE_MPS * max(position.at_ms - anchor.at_ms, 0) / 1000:
            total_m, anchor = total_m + step_m, position
    return total_m


def _least_step_m(position: Position) -> float:
    return max(STEP_M, min(position.accuracy_m or 0.0, MAX_STEP_ACCURACY_M))
