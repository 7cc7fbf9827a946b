"""Distributors: accounts that order for their own customers, after somebody has looked at who they are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Standing(StrEnum):
    """Whether the account may order: it has `applied`, was `approved` or `refused`, or is `suspended` for now."""

    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class LicenceKind(StrEnum):
    """What an authority allows: to trade at all, to sell liquor, to sell food."""

    BUSINESS = "business"
    LIQUOR = "liquor"
    FOOD = "food"


WARNED_MS: Final = 30 * 24 * 3_600_000
"""So long before its end a licence is to be renewed: an authority takes weeks."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and until when it is good (business time, epoch ms; 0: for ever)."""

    kind: LicenceKind
    number: str
    expires_at_ms: int = 0

    def ends_soon(self, now_ms: int) -> bool:
        """Whether it is good still, and has to be renewed now so that it stays so."""
        return 0 < self.expires_at_ms - now_ms <= WARNED_MS

    def is_good(self, now_ms: int) -> bool:
        """Whether it is good at that moment."""
        return not self.expires_at_ms or self.expires_at_ms > now_ms


@dataclass(frozen=True, slots=True)
class Distributor:
    """An account, `id`, and who stands behind it (`contact` and `phone`: personal, never logged).

    `tier` 0 to 3 is what its orders are worth at least (`Order.tier`), `commission_minor` what each of its deliveries
    earns it, in the smallest unit of the zone's currency. `reason` is why it was refused or suspended.
    """

    id: str
    name: str
    contact: str = ""
    phone: str = ""
    licences: tuple[Licence, ...] = ()
    standing: Standing = Standing.APPLIED
    tier: int = 0
    commission_minor: int = 0
    reason: str = ""
    applied_at_ms: int = 0
    judged_at_ms: int = 0

    def may_sell(self, kind: LicenceKind, now_ms: int) -> bool:
        """Whether it has a licence of this kind that is good now."""
        return any(licence.kind is kind and licence.is_good(now_ms) for licence in self.licences)
