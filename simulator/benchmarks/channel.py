"""The courier channel: what a position costs, a return after two hours offline, and a storm of 2,000 returns.

Needs no data: the servers are real ones on a generated city. The goals are those of the issue that asked for it.
"""

import asyncio
from pathlib import Path

from simulator.benchmarks import channel_steps, channel_storm, channel_sync
from simulator.benchmarks.results import Results

GOALS = {
    "decode_step_batch20_us": "<= 4",
    "decode_step_single_us": "<= 8",
    "sync_2h_s": "<= 3",
    "sync_lost": "0",
    "sync_doubled": "0",
    "storm_couriers_back": str(channel_storm.COURIERS),
    "storm_back_s": "<= 30",
    "storm_other_latency_ms": "<= 1000",
    "storm_memory_ratio": "<= 1.10",
}


def run(data: Path | None) -> Results:
    """Three measurements, one after the other, about two minutes in all. Raises `ServerFailed`."""
    del data
    steps = channel_steps.measure()
    sync = asyncio.run(channel_sync.measure())
    storm = asyncio.run(channel_storm.measure())
    return Results(metrics={**steps, **sync, **storm}, goals=GOALS)
