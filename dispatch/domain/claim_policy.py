"""What may be claimed until when: a table by category of goods, and one pure look into it."""

from dataclasses import dataclass
from typing import Final

from dispatch.domain.claim import ClaimKind, ClaimReason

DAY_MS: Final = 24 * 3_600_000
_K, _R = ClaimKind, ClaimReason
_BACK: Final = (_K.RETURN, _K.EXCHANGE)
KINDS_OF: Final[dict[ClaimReason, tuple[ClaimKind, ...]]] = {
    _R.NO_REASON: _BACK,
    _R.QUALITY: (*_BACK, _K.REPAIR),
    _R.DAMAGED: (*_BACK, _K.REPAIR),
    _R.WRONG_ITEM: _BACK,
}
"""What can be asked for why: what is not broken is not repaired."""


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """For how many days after the delivery goods of a category may be claimed; 0: never. An empty `category`: all that
    have no rule of their own.

    `no_reason_days` counts where nothing is wrong, `fault_days` for returns and exchanges of what is, `repair_days` for
    repairs.
    """

    category: str = ""
    no_reason_days: int = 7
    fault_days: int = 15
    repair_days: int = 365


@dataclass(frozen=True, slots=True)
class ClaimPolicy:
    """A zone's rules; `version` counts the changes, 0 is what every zone begins with."""

    version: int = 0
    rules: tuple[PolicyRule, ...] = (PolicyRule(),)

    def rule_of(self, category: str) -> PolicyRule:
        """The category's own rule, or the one of all others. Case and spaces around do not matter."""
        wanted = _plain(category)
        own = (rule for rule in self.rules if rule.category and _plain(rule.category) == wanted)
        others = (rule for rule in self.rules if not rule.category)
        return next(own, None) or next(others, None) or PolicyRule()

    def until_ms(self, kind: ClaimKind, reason: ClaimReason, category: str, delivered_at_ms: int) -> int:
        """Until when this may be claimed of goods of a category, business epoch ms; 0: not at all."""
        if kind not in KINDS_OF[reason]:
            return 0
        days = _days(self.rule_of(category), kind, reason)
        return delivered_at_ms + days * DAY_MS if days else 0

    @property
    def longest_days(self) -> int:
        """After so many days nothing can be claimed any more."""
        return max((max(r.no_reason_days, r.fault_days, r.repair_days) for r in self.rules), default=0)


FIRST_POLICY: Final = ClaimPolicy()
"""Seven days without a reason, fifteen for faults, a year for repairs: what a zone that has set nothing grants."""


def _days(rule: PolicyRule, kind: ClaimKind, reason: ClaimReason) -> int:
    if kind is ClaimKind.REPAIR:
        return rule.repair_days
    return rule.no_reason_days if reason is ClaimReason.NO_REASON else rule.fault_days


def _plain(category: str) -> str:
    return category.strip().casefold()
