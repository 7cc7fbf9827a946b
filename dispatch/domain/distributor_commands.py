"""What can be asked of a zone about distributors."""

from dataclasses import dataclass

from dispatch.domain.distributor import Licence, Standing


@dataclass(frozen=True, slots=True)
class ApplyAsDistributor:
    """An account wants to order here, or tells what has changed. Whoever was refused applies anew by it."""

    account: str
    name: str
    contact: str
    phone: str
    licences: tuple[Licence, ...]


@dataclass(frozen=True, slots=True)
class JudgeDistributor:
    """Somebody has looked at it: it is approved, refused or suspended, with its tier and commission."""

    account: str
    standing: Standing
    tier: int = 0
    commission_minor: int = 0
    reason: str = ""


DistributorCommand = ApplyAsDistributor | JudgeDistributor
