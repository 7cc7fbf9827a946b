"""What the benchmarks' plots share: matplotlib, imported where something is drawn, and files that repeat themselves."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.benchmarks.results import NotRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, PEERS = "#1f6feb", ("#e8a33d", "#3c9d6c", "#9aa0a6", "#b05cc6")
"""Our colour, and the peers'."""


def new_figure(width_in: float, height_in: float) -> "Figure":
    """An empty figure of this size in inches. Raises `NotRun` without matplotlib."""
    try:
        figure: Figure = import_module("matplotlib.figure").Figure(figsize=(width_in, height_in), layout="constrained")
    except ImportError as missing:
        raise NotRun(f"the package {missing.name} is not installed; `make setup` brings it.") from missing
    return figure


def plain(axes: "Axes", title: str) -> None:
    """A title, a light grid, and no box around the data."""
    axes.set_title(title, fontsize=10)
    axes.grid(axis="y", color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: "Figure", file: Path) -> Path:
    """Write an SVG without dates or random ids, so that the same figures give the same file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    settings = {"svg.hashsalt": "dispatch", "svg.fonttype": "none"}
    with import_module("matplotlib").rc_context(settings):
        figure.savefig(file, metadata={"Date": None})
    return file
