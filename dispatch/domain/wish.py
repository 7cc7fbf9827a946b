"""What a customer changed about their own order, or a dispatcher for them, as it is kept with the order."""

from dataclasses import dataclass
from enum import StrEnum


class WishKind(StrEnum):
    """What was changed.

    `note` the instructions for the courier, `door` that it may be left at the door, `address` where it goes, `window`
    when it comes, `cancel` that it comes at all; with `wait` the customer takes a delay as it is, with `pickup` they
    fetch it at its depot themselves, with `bring` a courier brings it after all.
    """

    NOTE = "note"
    DOOR = "door"
    ADDRESS = "address"
    WINDOW = "window"
    CANCEL = "cancel"
    WAIT = "wait"
    PICKUP = "pickup"
    BRING = "bring"


@dataclass(frozen=True, slots=True)
class Wish:
    """A change and when it was made. `was` is the address before it, `was_at_ms` the promise before it.

    `by` is the member of staff who made it for the customer, and `reason` why; empty: the customer themselves.
    """

    kind: WishKind
    at_ms: int
    was: str = ""
    was_at_ms: int = 0
    by: str = ""
    reason: str = ""
