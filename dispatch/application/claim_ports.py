"""How claims are looked for in a store: those of a zone, a page at a time, and those of one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dispatch.domain.claims import MOST_OF_ORDER
from dispatch.domain.zone import Entity


@dataclass(frozen=True, slots=True)
class ClaimQuery:
    """Which claims of a zone: of an order, an account or with one of these statuses (empty: any).

    `before` is the (at_ms, id) of the last one of the page before.
    """

    order_id: str = ""
    placed_by: str = ""
    statuses: tuple[str, ...] = ()
    before: tuple[int, str] | None = None
    limit: int = MOST_OF_ORDER


class ClaimStore(Protocol):
    """What a `ZoneStore` knows of claims. Every method may raise `StoreUnavailable`."""

    async def find_claim(self, claim_id: str) -> tuple[str, Entity] | None:
        """(zone id, claim) wherever it is, closed or not."""
        ...

    async def list_claims(self, zone_id: str, wanted: ClaimQuery) -> Sequence[Entity]:
        """Claims, the newest first."""
        ...
