"""Claims as the store in memory has them; see `ClaimStore`."""

from collections.abc import Iterable, Sequence

from dispatch.application.claim_ports import ClaimQuery
from dispatch.domain.claim import Claim
from dispatch.domain.zone import Entity


def chosen(entities: Iterable[Entity], wanted: ClaimQuery) -> Sequence[Entity]:
    """The claims among a zone's entities that are asked for, the newest first."""
    found = [each for each in entities if isinstance(each, Claim) and _fits(each, wanted)]
    return sorted(found, key=_by_time, reverse=True)[: wanted.limit]


def _fits(claim: Claim, wanted: ClaimQuery) -> bool:
    return (
        wanted.order_id in ("", claim.order_id)
        and wanted.placed_by in ("", claim.placed_by)
        and (not wanted.statuses or claim.status in wanted.statuses)
        and (wanted.before is None or _by_time(claim) < wanted.before)
    )


def _by_time(claim: Claim) -> tuple[int, str]:
    return claim.at_ms, claim.id
