"""Offers: orders held out to couriers until a moment, to one at a time or to several at once."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.route import PlannedStop, Stop


class OfferMode(StrEnum):
    """How orders reach couriers: without asking, one courier after the other, or several at once."""

    ASSIGN = "assign"
    OFFER = "offer"
    BATCH = "batch"


class OfferStatus(StrEnum):
    """How an offer stands or ended. `taken`: another courier who was asked at the same time was first."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    TAKEN = "taken"


ANSWERED = {OfferStatus.ACCEPTED: True, OfferStatus.DECLINED: False, OfferStatus.LAPSED: False}
"""Ends that say something about the courier, and whether that is a yes. Silence is a no."""


class DeclineReason(StrEnum):
    """Why couriers say no, as far as it is counted."""

    TOO_FAR = "too_far"
    BREAK_SOON = "break_soon"
    VEHICLE = "vehicle"
    PAY = "pay"
    PLACE = "place"
    """Not to this depot, or not into this area."""
    OTHER = "other"


def decline_reason(text: str) -> DeclineReason:
    """The reason that a courier's words count as.

    What stands before the first colon names it; free text may follow ("other: the lift is broken"). Words that name
    none of them count as other.
    """
    name = text.partition(":")[0].strip()
    return next((reason for reason in DeclineReason if reason.value == name), DeclineReason.OTHER)


@dataclass(frozen=True, slots=True)
class Offer:
    """Orders offered to a courier. Silence until `expires_at_ms` (business time) counts as a lapse.

    `approach_s` is how long the courier rides to the first of the pickups, from wherever they come (seconds; the
    acceptance model learns from it).

    An offer to several couriers at once is *shared*: nobody has its orders and no route has their stops until somebody
    accepts. `rivals` are the other couriers' offers, `plan` is the courier's route as it would become, and `stops` are
    those of the offered orders, for the courier to look at.
    """

    id: str
    courier_id: str
    order_ids: tuple[str, ...]
    made_at_ms: int
    expires_at_ms: int
    status: OfferStatus = OfferStatus.OPEN
    approach_s: int = 0
    rivals: tuple[str, ...] = ()
    plan: tuple[PlannedStop, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether it was made to several couriers at once."""
        return bool(self.plan)
