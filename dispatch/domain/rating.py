"""What a customer thinks of a delivery."""

from dataclasses import dataclass
from typing import Final

MAX_STARS: Final = 5
MAX_TEXT_LENGTH: Final = 500
GOOD_REASONS: Final = frozenset({"on_time", "friendly", "careful", "well_packed", "well_informed"})
BAD_REASONS: Final = frozenset({"late", "damaged", "missing", "wrong_place", "rude", "badly_informed"})
"""Stable codes: pages have the words."""


@dataclass(frozen=True, slots=True)
class Rating:
    """1 to 5 `stars`, codes of why, and what the customer wrote (personal data: never logged)."""

    stars: int
    reasons: tuple[str, ...] = ()
    text: str = ""
    at_ms: int = 0
