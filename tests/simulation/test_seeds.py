"""The invariants hold in fresh seeds, in the kept ones, and in none of the worlds with a bug put in on purpose."""

import subprocess
from pathlib import Path
from zlib import crc32

import pytest

from simulator.in_process.campaign import KEPT_SCALE, Campaign, noticed_by, outcomes
from simulator.in_process.plants import PLANTS
from simulator.in_process.run import Scale
from tests.support.sources import ROOT

FRESH = 60
PARTS = 12
FRESH_SCALE = Scale(hours=0.25, couriers=15, orders=40)
"""Smaller than what is kept, for the sake of many: `make soak` runs whole afternoons."""
KEPT = Path(__file__).with_name("seeds.txt")
NOTICED_WITHIN = 20
pytestmark = pytest.mark.timeout(600)


def first_fresh_seed() -> int:
    """Other seeds for other sources, the same for the same: what fails can be run again, also when its commit was
    rebased since.
    """
    tree = subprocess.run(["git", "rev-parse", "HEAD^{tree}"], cwd=ROOT, capture_output=True, check=False).stdout
    return 10_000 + crc32(tree) % 1_000_000 * FRESH


def kept() -> list[tuple[int, Scale]]:
    lines = [line.split(maxsplit=4) for line in KEPT.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [(int(seed), Scale(float(hours), int(couriers), int(orders))) for seed, hours, couriers, orders, _ in lines]


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_violated_in_fresh_seeds(part: int, simulation_dir: Path) -> None:
    """A quarter of an hour of a town full of faults, some times: I1 to I12 hold, and everything recovers."""
    each = FRESH // PARTS
    seeds = range(first_fresh_seed() + part * each, first_fresh_seed() + (part + 1) * each)
    found = list(outcomes(Campaign(seeds, simulation_dir, FRESH_SCALE)))
    assert {outcome.seed: outcome.violations for outcome in found if outcome.violations} == {}
    assert sum(sum(outcome.faults.values()) for outcome in found) > 5 * each
    assert all(outcome.counters["orders acknowledged"] == FRESH_SCALE.orders for outcome in found)
    assert sum(outcome.counters["orders handed out"] for outcome in found) > 0, "the pickup point is used"


@pytest.mark.parametrize(("seed", "scale"), kept())
def test_nothing_is_violated_in_kept_seeds(seed: int, scale: Scale, simulation_dir: Path) -> None:
    """What was found once is not there any more."""
    (outcome,) = outcomes(Campaign((seed,), simulation_dir, scale))
    assert outcome.violations == []


@pytest.mark.parametrize("name", ["double_apply", "resume_gap", "unfrozen_prefix", "told_again"])
def test_a_planted_bug_is_noticed(name: str, simulation_dir: Path) -> None:
    """The judge can fail: without a safeguard an invariant is broken within some seeds. The soak plants all of them."""
    found = noticed_by(Campaign(range(1, NOTICED_WITHIN + 1), simulation_dir, KEPT_SCALE, name))
    assert found is not None
    assert found.violations[0].startswith((PLANTS[name].breaks, "error"))
