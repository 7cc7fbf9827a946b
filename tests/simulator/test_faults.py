"""The parts of the fault harness that can be wrong without any process being killed."""

import json
import sys
from pathlib import Path

import pytest

from simulator.chance import stream
from simulator.demand import DayCurve, arrivals
from simulator.faults.processes import Role
from simulator.faults.traffic import Load


@pytest.mark.parametrize(("minutes", "speed"), [(1, 20.0), (10, 20.0), (30, 10.0)])
def test_a_load_is_about_the_orders_that_were_asked_for(minutes: float, speed: float) -> None:
    """200 orders over a run come out as 200, give or take chance, whatever part of the day the run covers."""
    load = Load(orders=200, over_s=minutes * 60)
    curve = DayCurve(load.orders_per_hour(speed), begins_at_ms=0)
    ends_ms = minutes * 60 * speed * 1000
    placed = 0
    for at_ms in arrivals(curve, stream(7, "arrivals")):
        if at_ms >= ends_ms:
            break
        placed += 1
    assert 150 < placed < 250


async def test_a_role_is_known_by_what_its_present_life_has_said(tmp_path: Path) -> None:
    """Of several signs the last one counts; what an earlier life has said does not; other lines are left out."""
    log = tmp_path / "role.log"
    log.write_text(json.dumps({"message": "zone a: this process is its writer"}) + "\n")
    role = Role("planner-1", log, ("--version",), {"PATH": "", "PYTHONPATH": ":".join(sys.path)})
    await role.start()
    assert role.process is not None
    assert await role.process.wait() == 0
    assert role.last_said("is its writer", "stands by") == ""
    with log.open("a") as more:
        for message in ("it stands by", "it is its writer", "it stands by"):
            more.write(json.dumps({"message": message}) + "\n")
    assert role.last_said("is its writer", "stands by") == "stands by"
    assert not role.alive and role.status == 0
