"""How a silence is judged."""

import pytest

from dispatch.application.presence import Link, LinkPolicy, Presence
from dispatch.domain.courier import Duty
from tests.support.zones import courier

POLICY = LinkPolicy()


@pytest.mark.parametrize(
    ("silent_s", "rate", "duty", "link"),
    [
        (59, 1.0, Duty.AVAILABLE, Link.LIVE),
        (61, 1.0, Duty.AVAILABLE, Link.STALE),
        (299, 1.0, Duty.ENDING, Link.STALE),
        (301, 1.0, Duty.ON_BREAK, Link.LOST),
        (61, 1.0, Duty.OFF_DUTY, Link.OFFLINE),
        (9, 10.0, Duty.AVAILABLE, Link.LIVE),
        (9, 100.0, Duty.AVAILABLE, Link.LIVE),
        (11, 100.0, Duty.AVAILABLE, Link.STALE),
        (31, 100.0, Duty.AVAILABLE, Link.LOST),
    ],
)
def test_thresholds(silent_s: float, rate: float, duty: Duty, link: Link) -> None:
    """Business time ages a place; real seconds are what a network needs to come back, at whatever rate."""
    assert POLICY.link(silent_s, rate, duty) is link


def test_only_changes_are_told() -> None:
    """Whoever was never heard is offline, which is no news; a judgement that stays the same is told once."""
    couriers = {"c1": courier("c1"), "c2": courier("c2")}
    presence = Presence(1.0, POLICY)
    assert presence.judge(couriers, 0) == {}
    presence.heard("c1", 0)
    assert presence.judge(couriers, 1_000) == {"c1": Link.LIVE}
    assert presence.judge(couriers, 2_000) == {}
    presence.said_goodbye("c1")
    presence.said_goodbye("c1")
    assert presence.judge(couriers, 3_000) == {"c1": Link.OFFLINE}
