"""Many seeds, one after the other on each processor, and the report of them."""

import gc
import json
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from dispatch.bootstrap import Roads
from dispatch.planning.warm import warm
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator.in_process.plants import PLANTS
from simulator.in_process.run import Outcome, Scale, run_seed

CITY: Final = "generate:3km:7"


@dataclass(frozen=True, slots=True)
class Campaign:
    """Which seeds, at which scale, and with which planted bug (empty: none)."""

    seeds: Sequence[int]
    data_dir: Path
    scale: Scale
    plant: str = ""


Report = dict[str, Any]
KEPT_SCALE: Final = Scale(hours=0.5, couriers=20, orders=60)
"""Of seeds that are run in tests: large enough for every kind of fault, small enough to run many."""


def outcomes(campaign: Campaign, processes: int = 1) -> Iterator[Outcome]:
    """Every seed's outcome, in whatever order they come."""
    if processes == 1:
        _prepare(campaign)
        yield from map(_run, campaign.seeds)
        return
    methods = multiprocessing.get_context("spawn")
    ensure_city(campaign.data_dir, CITY)
    with methods.Pool(processes, _prepare, (campaign,)) as pool:
        yield from pool.imap_unordered(_run, campaign.seeds)


def noticed_by(campaign: Campaign) -> Outcome | None:
    """The first seed in which something was violated; None when none was. In this process."""
    return next((outcome for outcome in outcomes(campaign) if outcome.violations), None)


class _Prepared:
    """What one worker process keeps between its seeds."""

    campaign: Campaign
    roads: Roads


def _prepare(campaign: Campaign) -> None:
    """Load the city and the kernels, once a process; what is there before the first seed is never collected."""
    is_first = not hasattr(_Prepared, "roads")
    _Prepared.campaign = campaign
    if not is_first:
        return
    warm()
    city = ensure_city(campaign.data_dir, CITY)
    _Prepared.roads = Roads(city, open_travel_times(city))
    run_seed(0, _Prepared.roads, Scale(hours=0.05, couriers=2, orders=2))
    gc.collect()
    gc.freeze()


def _run(seed: int) -> Outcome:
    campaign = _Prepared.campaign
    bug = PLANTS[campaign.plant].bug() if campaign.plant else nullcontext()
    with bug:
        return run_seed(seed, _Prepared.roads, campaign.scale)


def report(found: Iterable[Outcome], told: Callable[[Outcome], None] = lambda outcome: None) -> Report:
    """The figures of all of them; `told` hears of each. `speed_ratio` is virtual seconds a second of one processor."""
    faults: Counter[str] = Counter()
    violations, hashes, virtual_s, cpu_s = list[dict[str, Any]](), dict[int, str](), 0.0, 0.0
    for outcome in found:
        told(outcome)
        faults.update(outcome.faults)
        hashes[outcome.seed] = outcome.hash
        virtual_s, cpu_s = virtual_s + outcome.virtual_s, cpu_s + outcome.cpu_s
        violations += [
            {"seed": outcome.seed, "invariant": each.partition(" ")[0], "how": each} for each in outcome.violations
        ]
    return {
        "seeds": len(hashes),
        "virtual_hours": round(virtual_s / 3600, 2),
        "speed_ratio": round(virtual_s / cpu_s, 1) if cpu_s else 0.0,
        "faults": dict(sorted(faults.items())),
        "violations": violations,
        "hash": _together(hashes),
    }


def _together(hashes: dict[int, str]) -> str:
    """One hash of many; of one seed, its own."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return blake2b(json.dumps(sorted(hashes.items())).encode(), digest_size=12).hexdigest()


def line_of(outcome: Outcome) -> str:
    """One seed, in a line; what was violated below it."""
    speed = round(outcome.virtual_s / outcome.cpu_s)
    lines = [f"seed {outcome.seed}: {outcome.hash}, {sum(outcome.faults.values())} faults, {speed} times real time"]
    return "\n  ".join(lines + outcome.violations)


def summary_of(found: Report) -> str:
    """All seeds, in a line."""
    faults = ", ".join(f"{name} {times}" for name, times in found["faults"].items())
    violated = len({each["seed"] for each in found["violations"]})
    return (
        f"{found['seeds']} seeds, {found['virtual_hours']} virtual hours at {found['speed_ratio']} times real time a "
        f"processor; faults: {faults}; seeds with violations: {violated}; hash {found['hash']}"
    )
