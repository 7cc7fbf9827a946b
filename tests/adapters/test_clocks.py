"""Business time: its rate, and that a restart does not throw it back."""

import json
from pathlib import Path

import pytest

from dispatch.adapters.clocks import SystemClock, SystemTicker, lasting_clock


def test_at_rate_one_business_time_is_wall_time(tmp_path: Path) -> None:
    """No file is needed, and none is written."""
    file = tmp_path / "clock.json"
    assert abs(lasting_clock(file, 1.0).now_ms() - SystemClock().now_ms()) < 1000
    assert not file.exists()


def test_business_time_goes_on_over_a_restart(tmp_path: Path) -> None:
    """At rate 10 the clock of a second start continues where the first one's time has come to."""
    file = tmp_path / "clock.json"
    lasting_clock(file, 10.0)
    origin = json.loads(file.read_text())
    file.write_text(json.dumps(origin | {"real_ms": origin["real_ms"] - 60_000}))
    again = lasting_clock(file, 10.0)
    assert again.rate == 10.0
    assert again.now_ms() - origin["business_ms"] == pytest.approx(600_000, abs=20_000)


def test_another_rate_starts_where_the_old_one_ended(tmp_path: Path) -> None:
    """Changing the rate never makes time jump."""
    file = tmp_path / "clock.json"
    first = lasting_clock(file, 50.0).now_ms()
    second = lasting_clock(file, 2.0).now_ms()
    assert 0 <= second - first < 50_000
    assert json.loads(file.read_text())["rate"] == 2.0


async def test_the_ticker_only_rises() -> None:
    """Technical time passes while sleeping."""
    ticker = SystemTicker()
    before = ticker.mono_ms()
    await ticker.sleep(0.01)
    assert ticker.mono_ms() - before >= 9
