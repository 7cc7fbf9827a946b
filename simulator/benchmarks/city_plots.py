"""The comparison of the city benchmark, drawn: four bar charts, and how long customers waited."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from simulator.benchmarks.city_figures import Figures
from simulator.benchmarks.plots import OURS, PEERS, new_figure, plain, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"greedy": PEERS[2], "cold": PEERS[0], "ours": OURS, "clairvoyant": "#b7d0f5"}
"""One for each policy, in the order of the bars."""
PANELS: tuple[tuple[str, Callable[[Figures], float]], ...] = (
    ("delivery time, mean, min", lambda day: day.delivery_min),
    ("km per order", lambda day: day.km_per_order),
    ("late orders, %", lambda day: 100 * day.late / day.orders),
    ("stops moved between couriers, per order", lambda day: day.moved_stops / day.orders),
)
BAR = 0.2
QUANTILES = np.linspace(0.0, 1.0, 201)


def draw(found: Sequence[Figures], floors_min: Mapping[str, float], promise_min: float, folder: Path) -> list[Path]:
    """Write `city.svg` and `city-waits.svg` into the folder. `floors_min` is each city's unbeatable delivery time."""
    bars = new_figure(10, 6.4)
    for axes, (title, value) in zip(bars.subplots(2, 2).flat, PANELS, strict=True):
        _bars(axes, title, value, found)
    _floors(bars.axes[0], floors_min)
    bars.axes[0].legend(frameon=False, fontsize=8)
    waits = new_figure(10, 3.8)
    cities = list(dict.fromkeys(day.city for day in found))
    for axes, city in zip(waits.subplots(1, len(cities), squeeze=False).flat, cities, strict=True):
        _waits(axes, city, [day for day in found if day.city == city], promise_min)
    return [save(bars, folder / "city.svg"), save(waits, folder / "city-waits.svg")]


def _bars(axes: "Axes", title: str, value: Callable[[Figures], float], found: Sequence[Figures]) -> None:
    """A group of bars for each city, a dot for each day."""
    cities = list(dict.fromkeys(day.city for day in found))
    policies = [policy for policy in COLOURS if any(day.policy == policy for day in found)]
    for turn, policy in enumerate(policies):
        for position, city in enumerate(cities):
            values = [value(day) for day in found if (day.city, day.policy) == (city, policy)]
            x = position + (turn - (len(policies) - 1) / 2) * BAR
            label = policy if position == 0 else None
            axes.bar(x, fmean(values), BAR * 0.9, color=COLOURS[policy], label=label)
            axes.plot([x] * len(values), values, "k.", markersize=3)
    axes.set_xticks(range(len(cities)), cities)
    plain(axes, title)


def _floors(axes: "Axes", floors_min: Mapping[str, float]) -> None:
    for position, floor in enumerate(floors_min.values()):
        label = "" if position else "nobody can be faster"
        axes.hlines(floor, position - 0.45, position + 0.45, colors="#c5221f", linestyles="dashed", label=label)


def _waits(axes: "Axes", city: str, days: Sequence[Figures], promise_min: float) -> None:
    """The share of orders that were at their doors within so many minutes."""
    for policy, colour in COLOURS.items():
        waits_min = [wait for day in days if day.policy == policy for wait in day.waits_min]
        if waits_min:
            axes.plot(np.quantile(waits_min, QUANTILES), 100 * QUANTILES, color=colour, label=policy)
    axes.axvline(promise_min, color="#c5221f", linestyle="dashed", linewidth=1)
    axes.text(promise_min, 2, " promised", fontsize=8, color="#c5221f")
    axes.set_xlim(0, promise_min * 1.5)
    axes.legend(frameon=False, fontsize=8)
    plain(axes, f"{city}: % of orders delivered within ... min")
