"""The kill loop, for half a minute: `python -m simulator faults kill-loop` runs it for longer."""

from pathlib import Path

import pytest

from simulator.faults.kill_loop import kill_loop


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_kill_every_few_seconds_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Planners, gateways and the relay are killed at random; every answer that was given still holds."""
    outcome = await kill_loop(tmp_path, minutes=0.5, orders=20, seed=11)
    assert outcome.found.all == []
    assert outcome.metrics["kills"] >= 4
    assert outcome.metrics["orders"] >= 5
    assert outcome.metrics["failures"] == []
