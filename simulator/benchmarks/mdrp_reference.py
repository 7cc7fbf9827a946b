"""What published policies made of the days, and how ours compares with it."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from simulator.benchmarks.mdrp_evaluator import UNDELIVERED_CTD_MIN, UNDELIVERED_OVERAGE_MIN, Figures

FOODMATCH = "FM"
RATIOS = {
    "ctd_mean_min": "click-to-door, min",
    "ctd_p90_min": "its 90th percentile, min",
    "overage_min": "beyond 40 min, min",
    "rtp_min": "ready to pickup, min",
    "cost_per_order": "pay an order, $",
}
"""The figures that are compared, and what people call them."""
_METRICS = ("ctd_mean_ratio", "ctd_p90_ratio", "overage_ratio", "rtp_ratio", "cost_per_order_ratio")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a published policy made of a day, an undelivered order counted as ours is."""

    figures: Figures


def read_reference(file: Path, policy: str = FOODMATCH) -> dict[str, Reference]:
    """A policy's figures by day. Raises `OSError`, and `KeyError` for a file without the published columns."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: Reference(_figures(row)) for row in csv.DictReader(lines) if row["algo"] == policy}


def _figures(row: dict[str, str]) -> Figures:
    missed = float(row["pct_undelivered"]) / 100
    return Figures(
        ctd_mean_min=float(row["ctd_mean"]) * (1 - missed) + UNDELIVERED_CTD_MIN * missed,
        ctd_p90_min=float(row["ctd_p90"]),
        overage_min=float(row["ctd_overage"]) * (1 - missed) + UNDELIVERED_OVERAGE_MIN * missed,
        rtp_min=float(row["rtp_mean"]),
        cost_per_order=float(row["cost_per_order"]),
        undelivered_pct=100 * missed,
    )


def compared(ours: Sequence[Figures], theirs: Sequence[Figures]) -> dict[str, float]:
    """Ours by theirs, each the unweighted mean of the days."""
    return {metric: _mean(ours, name) / _mean(theirs, name) for metric, name in zip(_METRICS, RATIOS, strict=True)}


def _mean(figures: Sequence[Figures], name: str) -> float:
    return fmean(getattr(each, name) for each in figures)
