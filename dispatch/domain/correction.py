"""Corrections: doors whose pin is probably wrong, for a dispatcher to accept or reject."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.domain.geo import Point
from dispatch.domain.place_correction import Pattern


class CorrectionState(StrEnum):
    """Whether somebody has decided about it."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Correction:
    """One door (`id`, see `doors.door_of`): its pin, where it probably is, and what speaks for that.

    `visits` couriers' visits ended at `place`, half of them within `spread_m`; `stays` are where, without whose.
    `confidence` is 0-1, `at_ms` when it was last proposed. `address` is personal data: never logged.
    """

    id: str
    address: str
    pin: Point
    place: Point
    pattern: Pattern
    visits: int
    distance_m: float
    spread_m: float
    confidence: float
    reason_en: str
    reason_zh: str
    stays: tuple[Point, ...]
    at_ms: int
    state: CorrectionState = CorrectionState.PROPOSED
    decided_by: str = ""
    decided_at_ms: int = 0

    def decided(self, state: CorrectionState, by: str, at_ms: int) -> "Correction":
        """The correction as somebody decided."""
        return replace(self, state=state, decided_by=by, decided_at_ms=at_ms)
