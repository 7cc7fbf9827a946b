"""What a customer is told about the arrival: a range from the expected to a late time, changed only when it is news.

The late time is one that nine of ten arrivals keep: the expected one, and a margin that the zone has learnt from its
own deliveries for the time that is left (`Spread`). The range is told anew when the expectation leaves a step around
what was told, when it becomes likely that the promise breaks, and once more shortly before the arrival, when little is
left to go wrong. Everything that was told is kept with the order, each with its reason.
"""

from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum

LEAST_STEP_MS = 60_000
"""People act on minutes."""
STEP_SHARE = 0.12
"""Far away, a change of less than this share of what is left is noise."""
FRESH_WITHIN_MS = 12 * 60_000
"""So long before the arrival the range is told once more, narrower than it was."""
LEAST_NARROWER_MS = 60_000
LEAST_MARGIN_MS = 45_000
"""No range is narrower: it would promise the elevator's mood."""


class EtaCause(StrEnum):
    """Why the arrival time changed.

    `plan` is the first one, `queue` other orders on the way, `courier` how they get on, `depot` the goods, `address`
    the door.
    """

    PLAN = "plan"
    TRAFFIC = "traffic"
    WEATHER = "weather"
    QUEUE = "queue"
    COURIER = "courier"
    DEPOT = "depot"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class EtaNote:
    """What was told at `at_ms`: expected at `eta_at_ms`, with nine chances of ten by `late_at_ms`; 0: nobody knows."""

    at_ms: int
    eta_at_ms: int
    late_at_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class Spread:
    """How much later than expected nine of ten arrivals are at most, by the time that is left: (left, margin) in ms.

    Straight between the points, and level beyond them. `at_ms` is when it was learnt, from `count` arrivals.
    """

    points: tuple[tuple[int, int], ...]
    at_ms: int = 0
    count: int = 0

    def margin_ms(self, left_ms: int) -> int:
        """The margin for an arrival that is `left_ms` away."""
        lefts = [left for left, _ in self.points]
        at = bisect_left(lefts, left_ms)
        if at == 0:
            return self.points[0][1]
        if at == len(lefts):
            return self.points[-1][1]
        (left_a, margin_a), (left_b, margin_b) = self.points[at - 1 : at + 1]
        return margin_a + (margin_b - margin_a) * (left_ms - left_a) // (left_b - left_a)

    def late_at_ms(self, now_ms: int, eta_at_ms: int) -> int:
        """The late end of the range of an arrival that is expected at `eta_at_ms`."""
        return eta_at_ms + max(LEAST_MARGIN_MS, self.margin_ms(max(0, eta_at_ms - now_ms)))


USUAL = Spread(((0, 120_000), (600_000, 120_000), (3_600_000, 720_000)))
"""Before anything is learnt: two minutes, or a fifth of the time left when that is more (house figures)."""


def is_news(told: EtaNote | None, now_ms: int, eta_at_ms: int, late_at_ms: int, promise_at_ms: int) -> bool:
    """Whether the customer should hear of the new expectation."""
    if told is None:
        return True
    left_ms = max(0, eta_at_ms - now_ms)
    moved_ms = abs(eta_at_ms - told.eta_at_ms)
    if moved_ms >= max(LEAST_STEP_MS, STEP_SHARE * left_ms):
        return True
    breaks, knew = late_at_ms > promise_at_ms > 0, told.late_at_ms > promise_at_ms
    will, said = eta_at_ms > promise_at_ms > 0, told.eta_at_ms > promise_at_ms
    if (breaks and not knew) or (will and not said):
        return late_at_ms - told.late_at_ms >= LEAST_STEP_MS // 2 or will
    fresh = left_ms <= FRESH_WITHIN_MS and told.eta_at_ms - told.at_ms > FRESH_WITHIN_MS
    return fresh and (moved_ms >= LEAST_STEP_MS // 2 or told.late_at_ms - late_at_ms >= LEAST_NARROWER_MS)
