"""What can be asked of a zone about pickup points and what lies there."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.pickup_point import PickupPoint


class Refusal(StrEnum):
    """Why a leader does not keep an order."""

    DAMAGED = "damaged"
    WRONG = "wrong"
    FULL = "full"
    MISSING = "missing"
    """It was said to be handed over, and is not there."""


@dataclass(frozen=True, slots=True)
class RegisterPoint:
    """A pickup point becomes known, or changes, or (`removed`) takes no more orders."""

    point: PickupPoint


@dataclass(frozen=True, slots=True)
class ConfirmAtPoint:
    """The leader has these orders: the hand-over list, ticked one by one."""

    point_id: str
    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectOrder:
    """Somebody fetches an order. `code` is what they show; None: the staff knows them without."""

    point_id: str
    order_id: str
    code: str | None


@dataclass(frozen=True, slots=True)
class RefuseAtPoint:
    """The leader does not keep an order: it goes back, or it never came."""

    point_id: str
    order_id: str
    why: Refusal


PointCommand = RegisterPoint | ConfirmAtPoint | CollectOrder | RefuseAtPoint
