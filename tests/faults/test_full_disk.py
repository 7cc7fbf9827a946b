"""A disk without room: nothing is promised, and when there is room again work goes on by itself."""

from pathlib import Path

import pytest

from simulator.faults.disk import sqlite_full


@pytest.mark.slow
async def test_sqlite_without_room_promises_nothing(tmp_path: Path) -> None:
    """503 with Retry-After for every command; what was acknowledged before and after stands in the record."""
    told = await sqlite_full(tmp_path, for_s=2)
    assert set(told["answers"]) == {503} and told["without_retry_after"] == 0
    assert told["lost"] == []
    assert told["continues_s"] < 5
