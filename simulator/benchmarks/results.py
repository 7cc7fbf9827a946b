"""What a benchmark says: flat metrics beside their goals, as a table and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulator.report import versions


class NotRun(Exception):
    """A benchmark cannot run here; the message is one sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class Results:
    """Metrics by name (names end in their unit or in `_ratio`), and the goals of those that have one."""

    metrics: dict[str, float]
    goals: dict[str, str]


def data_folder(data: Path | None, part: str) -> Path:
    """The part (`bench/pdptw`, `maps`) of the data folder. Raises `NotRun` when it is not there."""
    if data is None:
        raise NotRun("name the folder with bench/ and maps/ by --data or DISPATCH_BENCH_DATA.")
    if not (data / part).exists():
        raise NotRun(f"the data folder has no {part}.")
    return data / part


def show(name: str, results: Results, console: Console) -> None:
    """Print the metrics beside their goals."""
    table = Table("metric", "measured", "goal", title=f"bench {name}")
    for metric, value in results.metrics.items():
        table.add_row(metric, f"{value:g}", results.goals.get(metric, ""))
    console.print(table)


def write_json(results: Results, file: Path) -> None:
    """One object: metrics, goals, versions."""
    _write({**_as_json(results), "versions": versions()}, file)


def write_all_json(found: Mapping[str, Results | str], file: Path) -> None:
    """One object for many benchmarks: metrics and goals of those that ran, the reasons of those that did not."""
    ran = {name: _as_json(results) for name, results in found.items() if isinstance(results, Results)}
    not_run = {name: reason for name, reason in found.items() if isinstance(reason, str)}
    _write({"benches": ran, "not_run": not_run, "versions": versions()}, file)


def _as_json(results: Results) -> dict[str, Any]:
    return {"metrics": results.metrics, "goals": results.goals}


def _write(content: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
