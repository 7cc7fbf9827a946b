"""What a delivery costs whoever orders it: the zone's price rule, and what it says of one order. Pure."""

from dataclasses import dataclass, replace
from typing import Final

from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.fee_rule import FeeRule, SetFees
from dispatch.domain.zone import Draft

MOST_MINOR: Final = 100_000_000
MOST_FREE_G: Final = 10_000_000
MOST_TIER_PCT: Final = 10_000


@dataclass(frozen=True, slots=True)
class Fee:
    """A price in its parts, in the smallest unit of `currency`: `tier_minor` is what the tier adds or takes off."""

    total_minor: int
    base_minor: int
    distance_minor: int
    weight_minor: int
    tier_minor: int
    currency: str


def fee_of(rule: FeeRule, distance_m: float, weight_g: int, tier: int) -> Fee:
    """The fee of one order. A kilometre that is begun costs its share, a kilogram over the free weight all of it."""
    way_minor = round(rule.per_km_minor * distance_m / 1000)
    over_kg = -(-max(0, weight_g - rule.free_weight_g) // 1000)
    plain_minor = rule.base_minor + way_minor + rule.per_kg_minor * over_kg
    total_minor = (plain_minor * rule.tier_pct[tier] + 50) // 100
    tier_minor = total_minor - plain_minor
    return Fee(total_minor, rule.base_minor, way_minor, rule.per_kg_minor * over_kg, tier_minor, rule.currency)


def no_fee(rule: FeeRule) -> Fee:
    """What it costs to fetch an order oneself."""
    return Fee(0, 0, 0, 0, 0, rule.currency)


def set_fees(draft: Draft, command: SetFees) -> None:
    """The zone asks other fees from now on. Whoever changes them names the version that they saw; the same fees again
    change nothing.
    """
    known = draft.base.fees
    wanted = replace(command.rule, version=known.version)
    _check(wanted)
    if wanted == known:
        return
    if command.base_version is not None and command.base_version != known.version:
        raise Conflict("stale_fees", "Somebody else has changed the fees meanwhile; look at them and change again.")
    draft.emit(e.FeesChanged(replace(wanted, version=known.version + 1)))
    draft.emit(e.Overridden("set_fees", "", "", command.reason))


def _check(rule: FeeRule) -> None:
    bounds = (
        ("base_minor", rule.base_minor, MOST_MINOR),
        ("per_km_minor", rule.per_km_minor, MOST_MINOR),
        ("free_weight_g", rule.free_weight_g, MOST_FREE_G),
        ("per_kg_minor", rule.per_kg_minor, MOST_MINOR),
        *(("tier_pct", pct, MOST_TIER_PCT) for pct in rule.tier_pct),
    )
    for name, value, most in bounds:
        if not 0 <= value <= most:
            raise InvalidInput("bad_fee", f"The fee's {name} is a number from 0 to {most}.")
