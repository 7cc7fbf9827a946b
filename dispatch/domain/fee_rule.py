"""The price rule of a zone's deliveries, and the command that sets it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeeRule:
    """A zone's price rule; `version` counts the changes, 0 is what every zone begins with.

    A delivery costs `base_minor`, `per_km_minor` of its way along the roads and `per_kg_minor` for every kilogram begun
    above `free_weight_g`; of all that `tier_pct` per cent, by the order's tier (0 normal to 3). Money is in the
    smallest unit of `currency` (ISO 4217).
    """

    version: int = 0
    base_minor: int = 500
    per_km_minor: int = 100
    free_weight_g: int = 5_000
    per_kg_minor: int = 50
    tier_pct: tuple[int, int, int, int] = (100, 120, 150, 200)
    currency: str = "CNY"


FIRST_FEES = FeeRule()
"""What a zone asks that has set nothing: about what instant delivery costs in a Chinese city (house figures)."""


@dataclass(frozen=True, slots=True)
class SetFees:
    """The zone's deliveries shall cost this; we count its version. `base_version`: what the person saw (None: any)."""

    rule: FeeRule
    base_version: int | None = None
    reason: str = ""
