"""What 24 sets of weights cost a process: run as a program of its own, so that nothing else is counted."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from dispatch.domain.vehicle import Profile
from dispatch.roads.city_files import load_city
from dispatch.roads.conditions import Conditions, Disturbance
from dispatch.roads.live import SLICE_MS, SLICES
from dispatch.roads.travel_times import open_travel_times

MIB = 2**20
NOW_MS = 1_800_000_000_000 // SLICE_MS * SLICE_MS


def slices_mib(folder: Path) -> float:
    """MiB that live travel times by car with all their slices take for a stored city."""
    command = [sys.executable, "-m", "simulator.benchmarks.roads_memory", str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
    return float(json.loads(answer.stdout)["mib"])


def _measured(folder: Path) -> float:
    city = load_city(folder)
    edges = np.arange(2 * city.network.segment_count, dtype=np.int32)
    before = _resident()
    times = open_travel_times(city)
    place = city.addresses[0].place
    times.matrix_s(Profile.CAR, [place], [place])
    # Another factor in every quarter: none of the weights can be shared.
    waves = tuple(
        Disturbance(f"w{k}", "slowdown", edges, 1.06 ** (k + 1), (), at, at + SLICE_MS, "wave")
        for k in range(SLICES)
        for at in [NOW_MS + k * SLICE_MS]
    )
    swap = times.update(Conditions(waves), NOW_MS)
    if swap.customised < SLICES:
        raise RuntimeError(f"only {swap.customised} sets of weights were made")
    return (_resident() - before) / MIB


def _resident() -> int:
    """Bytes of memory that this process holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"mib": round(_measured(Path(sys.argv[1])), 1)}))
