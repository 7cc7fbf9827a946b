"""Offers: orders held out to one courier until a moment."""

from dataclasses import dataclass
from enum import StrEnum


class OfferStatus(StrEnum):
    """How an offer stands or ended."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Offer:
    """Orders offered to a courier. Silence until `expires_at_ms` (business time) counts as a lapse."""

    id: str
    courier_id: str
    order_ids: tuple[str, ...]
    made_at_ms: int
    expires_at_ms: int
    status: OfferStatus = OfferStatus.OPEN
