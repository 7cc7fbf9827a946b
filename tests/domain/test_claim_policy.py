"""What may be claimed until when: the policy as a table, and how a zone's is changed."""

from dataclasses import replace

import pytest

from dispatch.domain import claim_commands as cc
from dispatch.domain import events as e
from dispatch.domain.claim import ClaimKind, ClaimReason
from dispatch.domain.claim_policy import DAY_MS, FIRST_POLICY, ClaimPolicy, PolicyRule
from dispatch.domain.claims import MOST_RULES
from tests.support.zones import NOON_MS, ask, refused, zone

K, R = ClaimKind, ClaimReason
HOUSE = ClaimPolicy(
    1,
    (PolicyRule(), PolicyRule("Fresh food", 0, 1, 0), PolicyRule("liquor", 0, 0, 0), PolicyRule("phones", 14, 30, 730)),
)


@pytest.mark.parametrize(
    ("policy", "category", "kind", "reason", "days"),
    [
        (FIRST_POLICY, "", K.RETURN, R.NO_REASON, 7),
        (FIRST_POLICY, "anything", K.EXCHANGE, R.NO_REASON, 7),
        (FIRST_POLICY, "", K.REPAIR, R.NO_REASON, 0),
        (FIRST_POLICY, "", K.RETURN, R.QUALITY, 15),
        (FIRST_POLICY, "", K.RETURN, R.DAMAGED, 15),
        (FIRST_POLICY, "", K.EXCHANGE, R.WRONG_ITEM, 15),
        (FIRST_POLICY, "", K.REPAIR, R.QUALITY, 365),
        (FIRST_POLICY, "", K.REPAIR, R.WRONG_ITEM, 0),
        (HOUSE, "fresh food", K.RETURN, R.NO_REASON, 0),
        (HOUSE, " Fresh Food ", K.RETURN, R.QUALITY, 1),
        (HOUSE, "fresh food", K.REPAIR, R.QUALITY, 0),
        (HOUSE, "liquor", K.RETURN, R.DAMAGED, 0),
        (HOUSE, "phones", K.RETURN, R.NO_REASON, 14),
        (HOUSE, "phones", K.REPAIR, R.DAMAGED, 730),
        (HOUSE, "fresh", K.RETURN, R.NO_REASON, 7),
        (ClaimPolicy(1, ()), "", K.RETURN, R.NO_REASON, 7),
    ],
)
def test_days_by_reason_and_category(
    policy: ClaimPolicy, category: str, kind: ClaimKind, reason: ClaimReason, days: int
) -> None:
    """From the delivery on, to the millisecond; a category's own rule is all that counts for it."""
    assert policy.until_ms(kind, reason, category, NOON_MS) == (NOON_MS + days * DAY_MS if days else 0)


def test_the_longest_time_is_known() -> None:
    """By it a link is kept open."""
    assert (FIRST_POLICY.longest_days, HOUSE.longest_days, ClaimPolicy(0, ()).longest_days) == (365, 730, 0)


def test_a_policy_is_changed_by_who_saw_the_last_one() -> None:
    """Its version is the zone's to count; the same once more changes nothing, and the audit has the reason."""
    state = zone()
    events = ask(state, cc.SetClaimPolicy(replace(HOUSE, version=77), 0, "new season"))
    assert state.claim_policy == HOUSE
    assert [type(event) for event in events] == [e.ClaimPolicyChanged, e.Overridden]
    assert ask(state, cc.SetClaimPolicy(HOUSE, 0)) == []
    assert refused(state, cc.SetClaimPolicy(FIRST_POLICY, 0)) == "stale_policy"
    ask(state, cc.SetClaimPolicy(FIRST_POLICY))
    assert state.claim_policy == replace(FIRST_POLICY, version=2)


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (PolicyRule("toys"),),
        (PolicyRule(), PolicyRule()),
        (PolicyRule(), PolicyRule("Toys"), PolicyRule("toys ")),
        (PolicyRule("", -1),),
        (PolicyRule("", 1, 1, 5_000),),
        (PolicyRule(), *(PolicyRule(f"c{n}") for n in range(MOST_RULES))),
    ],
)
def test_a_policy_without_sense_is_refused(rules: tuple[PolicyRule, ...]) -> None:
    """One rule for all, one a category, days that can be meant."""
    assert refused(zone(), cc.SetClaimPolicy(ClaimPolicy(0, rules))) == "bad_policy"
