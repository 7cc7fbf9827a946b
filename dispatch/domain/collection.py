"""What becomes of an order that its customer fetches at a pickup point. Pure.

For couriers and the plan such an order ends when it lies at the point: it is delivered. What follows is said here, and
stands with the order: it waits there until somebody fetches it with its code, or too long, and then it goes back.
"""

from dataclasses import dataclass
from enum import StrEnum


class CollectionState(StrEnum):
    """`expected` at the point, lying there (`at_point`), `collected` by its customer; `uncollected`: it waits for a
    courier who fetches it, `returned`: it is at its depot again.
    """

    EXPECTED = "expected"
    AT_POINT = "at_point"
    COLLECTED = "collected"
    UNCOLLECTED = "uncollected"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Collection:
    """`code` is what the customer shows; the point keeps the goods for `keeps_s` of business time, until `until_ms`.

    `leader` is the account that runs the point, `at_ms` when the state was reached, `confirmed_at_ms` when the leader
    said to have it (0: not yet). `rounds` counts how often it was to go back.
    """

    point_id: str
    leader: str
    code: str
    keeps_s: int
    state: CollectionState = CollectionState.EXPECTED
    at_ms: int = 0
    until_ms: int = 0
    confirmed_at_ms: int = 0
    rounds: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the goods lie at the point, and somebody is to fetch them."""
        return self.state in (CollectionState.AT_POINT, CollectionState.UNCOLLECTED)
