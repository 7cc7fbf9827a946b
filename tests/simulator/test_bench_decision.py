"""The decision benchmark on a small city: that it measures what it says, and writes it down."""

from pathlib import Path

import pytest

from simulator.benchmarks import decision
from simulator.benchmarks.decision_zone import COURIERS_PER_ORDER


@pytest.mark.slow
def test_a_small_zone_is_measured_and_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order that comes is placed and timed; the processor's share is not more than the whole; a page, a plot."""
    monkeypatch.setattr(decision, "CITY", "generate:2km:7")
    monkeypatch.setattr(decision, "ROUNDS", 2)
    found = decision.run(None, sizes="10,30", arrivals=8, docs=tmp_path)
    metrics = found.metrics
    assert set(decision.GOALS) <= set(metrics)
    assert metrics["placed_pct"] == 100
    assert 0 < metrics["decision_p50_ms"] <= metrics["decision_p99_ms"]
    assert 0 < metrics["decision_cpu_p50_ms"] <= metrics["decision_p99_ms"]
    assert metrics["improvement_round_max_s"] > 0
    page = (tmp_path / "decision.md").read_text()
    assert f"| 30 | {round(30 * COURIERS_PER_ORDER)} |" in page
    assert (tmp_path / "decision.svg").read_text().startswith("<?xml")


def test_growth_is_a_power_of_the_size() -> None:
    """Four times the cost for four times the size is 1, twice is 0.5, the same is 0; one size says nothing."""
    assert decision.growth_exponent([(100, 2.0), (400, 8.0)]) == 1.0
    assert decision.growth_exponent([(100, 2.0), (400, 4.0), (1_600, 8.0)]) == 0.5
    assert decision.growth_exponent([(100, 2.0), (400, 2.0)]) == 0.0
    assert decision.growth_exponent([(100, 2.0)]) == 0.0
