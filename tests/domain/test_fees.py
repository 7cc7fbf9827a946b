"""What a delivery costs, and who may have changed the rule meanwhile."""

from dataclasses import replace

import pytest

from dispatch.domain import events as e
from dispatch.domain.fee_rule import FIRST_FEES, FeeRule, SetFees
from dispatch.domain.fees import Fee, fee_of
from tests.support.zones import ask, refused, zone

RULE = FeeRule(0, 500, 100, 5_000, 50, (100, 120, 150, 200), "CNY")


@pytest.mark.parametrize(
    ("distance_m", "weight_g", "tier", "parts"),
    [
        (0, 0, 0, (500, 500, 0, 0, 0)),
        (2_500, 5_000, 0, (750, 500, 250, 0, 0)),
        (2_500, 5_001, 0, (800, 500, 250, 50, 0)),
        (2_500, 8_200, 1, (1_140, 500, 250, 200, 190)),
        (1_234.5, 0, 3, (1_246, 500, 123, 0, 623)),
    ],
)
def test_a_fee_is_the_sum_of_its_parts(
    distance_m: float, weight_g: int, tier: int, parts: tuple[int, int, int, int, int]
) -> None:
    """Base, way, every kilogram begun above what is free, and the tier on all of it."""
    fee = fee_of(RULE, distance_m, weight_g, tier)
    assert fee == Fee(*parts, "CNY")
    assert fee.total_minor == fee.base_minor + fee.distance_minor + fee.weight_minor + fee.tier_minor


def test_fees_are_set_against_the_version_that_was_seen() -> None:
    """Each change is one more; the same fees again change nothing, and an older picture is refused."""
    state = zone()
    assert state.fees == FIRST_FEES
    events = ask(state, SetFees(replace(RULE, base_minor=700), 0, "rain"))
    assert [type(event) for event in events] == [e.FeesChanged, e.Overridden]
    assert (state.fees.version, state.fees.base_minor) == (1, 700)
    assert ask(state, SetFees(replace(RULE, base_minor=700), 0)) == []
    assert refused(state, SetFees(RULE, 0)) == "stale_fees"
    ask(state, SetFees(RULE))
    assert state.fees == replace(RULE, version=2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_minor": -1}, {"per_km_minor": 100_000_001}, {"free_weight_g": 10_000_001}, {"per_kg_minor": -5},
        {"tier_pct": (100, 100, 100, 10_001)},
    ],
)  # fmt: skip
def test_fees_have_bounds(wrong: dict[str, int]) -> None:
    """What nobody could mean is refused."""
    assert refused(zone(), SetFees(replace(RULE, **wrong))) == "bad_fee"  # type: ignore[arg-type]
