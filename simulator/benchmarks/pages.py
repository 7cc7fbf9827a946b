"""The pages in a browser: how soon they stand, what a frame costs, how fast a place is seen, whether memory grows.

How soon the pages stand is seen with 300 couriers, what a frame costs with 1,000 on the road and 5,000 orders, each
courier a dot, beside the same map with nothing on it, and memory on a working day of the demo, 24 times as fast.
Headless Chromium draws in software; server, couriers and browser share the machine.
"""

import asyncio
import os
import shutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import click
import numpy as np

from simulator.benchmarks.results import NotRun, Results

if TYPE_CHECKING:
    from simulator.benchmarks.pages_measured import Findings

CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    click.option("--couriers", default=1_000, show_default=True, help="Couriers on the road."),
    click.option("--orders", default=5_000, show_default=True, help="Orders, planned to the couriers."),
    click.option("--turns", default=100, show_default=True, help="Places whose way to the pixel is timed."),
    click.option("--soak-min", default=20.0, show_default=True, help="Minutes for which memory is watched."),
)


def run(data: Path | None, *, couriers: int, orders: int, turns: int, soak_min: float) -> Results:
    """Run all of it and print it. Raises `NotRun` without a browser."""
    del data
    if find_spec("playwright") is None:
        raise NotRun("the package playwright is not installed; `make setup` brings it.")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if executable is None:
        raise NotRun("there is no Chromium; install one, or name it in $CHROMIUM.")
    measured = import_module("simulator.benchmarks.pages_measured").measured
    found: Findings = asyncio.run(
        measured(executable, couriers=couriers, orders=orders, turns=turns, soak_min=soak_min)
    )
    return Results(_metrics(found), GOALS)


GOALS: Final = {
    "console_interactive_s": "<= 3",
    "frame_work_p95_ms": "<= 16",
    "frame_rate_empty_map_ratio": ">= 0.7",
    "longest_task_ms": "<= 200",
    "position_to_pixel_p99_ms": "<= 300",
    "track_first_paint_s": "<= 1.5",
    "track_before_map_kib": "<= 60",
    "track_kib": "<= 520",
    "heap_growth_ratio": "<= 1.2",
}


def _metrics(found: "Findings") -> dict[str, float]:
    ratios = [busy.per_s / quiet.per_s for busy, quiet in zip(found.busy, found.quiet, strict=True)]
    metrics = {
        "console_interactive_s": median(found.interactive_s),
        "console_map_painted_s": median(found.map_painted_s),
        "frame_work_p50_ms": median(each.cost_ms(50) for each in found.busy),
        "frame_work_p95_ms": median(each.cost_ms(95) for each in found.busy),
        "frame_work_p99_ms": median(each.cost_ms(99) for each in found.busy),
        "frames_per_s": median(each.per_s for each in found.busy),
        "frame_rate_empty_map_ratio": median(ratios),
        "longest_task_ms": max(each.longest_task_ms for each in found.busy),
        "position_to_watcher_p50_ms": float(np.percentile(found.latencies.wire_ms, 50)),
        "position_to_watcher_p99_ms": float(np.percentile(found.latencies.wire_ms, 99)),
        "position_to_pixel_p50_ms": float(np.percentile(found.latencies.pixel_ms, 50)),
        "position_to_pixel_p99_ms": float(np.percentile(found.latencies.pixel_ms, 99)),
        "track_first_paint_s": median(found.track_paint_s),
        "track_before_map_kib": found.track_before_map_kib,
        "track_kib": found.track_kib,
    }
    if found.heap_mib:
        tenth = max(1, len(found.heap_mib) // 10)
        begin, end = median(found.heap_mib[:tenth]), median(found.heap_mib[-tenth:])
        metrics |= {"heap_begin_mib": begin, "heap_end_mib": end, "heap_growth_ratio": end / begin}
    return metrics
