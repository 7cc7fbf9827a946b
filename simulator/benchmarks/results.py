"""What a benchmark says: flat metrics beside their goals, as a table and as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from simulator.report import versions


@dataclass(frozen=True, slots=True)
class Results:
    """Metrics by name (names end in their unit or in `_ratio`), and the goals of those that have one."""

    metrics: dict[str, float]
    goals: dict[str, str]


def show(name: str, results: Results, console: Console) -> None:
    """Print the metrics beside their goals."""
    table = Table("metric", "measured", "goal", title=f"bench {name}")
    for metric, value in results.metrics.items():
        table.add_row(metric, f"{value:g}", results.goals.get(metric, ""))
    console.print(table)


def write_json(results: Results, file: Path) -> None:
    """One object: metrics, goals, versions."""
    text = {"metrics": results.metrics, "goals": results.goals, "versions": versions()}
    file.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
