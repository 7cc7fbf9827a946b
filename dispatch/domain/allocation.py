"""How a delivery is split between depots: by what they sell, and never less than orders already wait for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Final

from dispatch.domain.demand import ShelfLife
from dispatch.domain.shelf import Sku

SALES_DAYS: Final = 28
SALES_ENOUGH: Final = 10
"""Pieces in those days, at all depots together: fewer say little of where a good sells, and its category says more."""


class Basis(StrEnum):
    """What a split goes by: the good's own sales, those of its category, or nothing (equal parts)."""

    SKU = "sku"
    CATEGORY = "category"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a depot may claim: `least` pieces that orders wait for there, and its part of the rest by `weight`."""

    depot_id: str
    least: int
    weight: float


def weights(
    sku: Sku, skus: Mapping[str, Sku], lives: Iterable[ShelfLife], depot_ids: Iterable[str]
) -> tuple[Basis, dict[str, float]]:
    """(what it goes by, each depot's weight): pieces of the good, or of its category, that were asked for."""
    own, kin = dict.fromkeys(depot_ids, 0), dict.fromkeys(depot_ids, 0)
    for each in lives:
        other = skus.get(each.sku)
        if each.depot_id in own and each.sku == sku.id:
            own[each.depot_id] += each.asked
        if each.depot_id in own and other and sku.category and other.category == sku.category:
            kin[each.depot_id] += each.asked
    for basis, asked in ((Basis.SKU, own), (Basis.CATEGORY, kin)):
        sold = {depot_id: float(max(0, pieces)) for depot_id, pieces in asked.items()}
        if sum(sold.values()) >= SALES_ENOUGH:
            return basis, sold
    return Basis.EQUAL, dict.fromkeys(own, 1.0)


def allocate(pieces: int, claims: Iterable[Claim]) -> dict[str, int]:
    """How many of the pieces each depot gets; they sum up to `pieces`.

    By weight, rounded by largest remainders (Hamilton's method); whoever would get less than they need at least gets
    that, and the others share the rest. Where not even that is there for all, it is shared by what each needs.
    """
    every = list(claims)
    needed = sum(claim.least for claim in every)
    if needed >= pieces:
        return largest_remainders(pieces, {claim.depot_id: float(claim.least) for claim in every})
    fixed: dict[str, int] = {}
    while True:
        rest = pieces - sum(fixed.values())
        free = [claim for claim in every if claim.depot_id not in fixed]
        total = sum(Fraction(claim.weight) for claim in free)
        wanting = [claim for claim in free if claim.least > _quota(rest, claim.weight, total, len(free))]
        if not wanting:
            return fixed | largest_remainders(rest, {claim.depot_id: claim.weight for claim in free})
        fixed |= {claim.depot_id: claim.least for claim in wanting}


def _quota(pieces: int, weight: float, total: Fraction | int, parties: int) -> Fraction:
    """Exact, so that no piece is made or lost by rounding."""
    return pieces * Fraction(weight) / total if total > 0 else Fraction(pieces, parties)


def largest_remainders(pieces: int, weight: Mapping[str, float]) -> dict[str, int]:
    """Whole parts by weight; what rounding leaves goes to the largest remainders. Equal parts where nobody weighs."""
    total = sum(map(Fraction, weight.values()))
    quotas = {each: _quota(pieces, part, total, len(weight)) for each, part in weight.items()}
    parts = {each: floor(quota) for each, quota in quotas.items()}
    left = pieces - sum(parts.values())
    for each in sorted(quotas, key=lambda each: (parts[each] - quotas[each], each))[:left]:
        parts[each] += 1
    return parts
