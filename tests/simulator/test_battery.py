"""The phones of simulated couriers run down, are charged, and are the same in every run."""

from simulator.battery import HOUR_MS, Battery


def test_a_phone_runs_down_and_is_charged() -> None:
    """Over two days it is low now and then and never empty; a moment before the last one changes nothing."""
    battery = Battery("ann", 0)
    levels = [battery.left(quarter * HOUR_MS // 4) for quarter in range(2 * 24 * 4)]
    assert 0.05 < min(levels) < 0.15 and max(levels) > 0.85
    last = levels[-1]
    assert battery.left(0) == last
    assert Battery("ann", 0).left(HOUR_MS) == Battery("ann", 0).left(HOUR_MS) == levels[4]
    assert Battery("bob", 0).left(0) != Battery("ann", 0).left(0)
