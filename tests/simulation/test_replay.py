"""A seed gives the same run: in another process, after other seeds, and whatever Python's hashes are seeded with."""

import os
import subprocess
import sys
from pathlib import Path

from simulator.in_process.campaign import Campaign, outcomes
from simulator.in_process.run import Scale
from tests.support.sources import ROOT

SCALE = Scale(hours=0.2, couriers=8, orders=20)


def run_elsewhere(seed: int, hash_seed: str, data_dir: Path) -> str:
    """The line that the command prints for the seed, up to its speed."""
    options = ["--seed", str(seed), "--hours", "0.2", "--couriers", "8", "--orders", "20", "--data-dir", str(data_dir)]
    command = [sys.executable, "-m", "simulator", "in-process", *options]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return said.stdout.partition(",")[0]


def test_a_seed_replays_exactly(simulation_dir: Path) -> None:
    """The hash of all that happened and of every byte that arrived anywhere is the same."""
    here = {outcome.seed: outcome for outcome in outcomes(Campaign((4, 5, 4), simulation_dir, SCALE))}
    told = [run_elsewhere(5, hash_seed, simulation_dir) for hash_seed in ("1", "2")]
    assert told == [f"seed 5: {here[5].hash}"] * 2
    assert here[4].hash != here[5].hash


def test_running_it_twice_in_one_process_changes_nothing(simulation_dir: Path) -> None:
    """What a seed leaves behind does not reach the next one."""
    hashes = [outcome.hash for outcome in outcomes(Campaign((6, 7, 6), simulation_dir, SCALE))]
    assert hashes[0] == hashes[2] != hashes[1]
