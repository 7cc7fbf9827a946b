"""Real days of meal deliveries: the planner beside FoodMatch, the best published policy, by the published rules.

Each day is played under virtual time with a decision a minute, written in the published format, and judged from those
files by code that shares nothing with the rest. The same policy, seed and iterations everywhere: runs repeat exactly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import click
from rich.console import Console

from simulator.benchmarks.markdown import made_with, metrics_table, table, write_page
from simulator.benchmarks.mdrp_day import play
from simulator.benchmarks.mdrp_evaluator import Verdict, evaluate
from simulator.benchmarks.mdrp_instance import read_day
from simulator.benchmarks.mdrp_output import write_solution
from simulator.benchmarks.mdrp_policy import Policy
from simulator.benchmarks.mdrp_reference import RATIOS, Reference, compared, read_reference
from simulator.benchmarks.results import NotRun, Results, data_folder

SIZES = {
    "": ("o100t100s1p100", "reference_delta60_o100t100s1p100.csv"),
    "_o50": ("o50t100s1p100", "reference_o50t100s1p100.csv"),
    "_r50": ("r50t100s1p100", "reference_r50t100s1p100.csv"),
}
"""By the suffix of their metrics: the full-size days, and the halves by orders and by restaurants."""
GOALS = {
    "ctd_mean_ratio": "<= 0.97",
    "ctd_p90_ratio": "<= 0.98",
    "overage_ratio": "<= 0.88",
    "rtp_ratio": "<= 0.52",
    "cost_per_order_ratio": "<= 0.91",
    "undelivered_pct": "<= 0.05",
    "infeasible_days": "0",
    "cpu_s_max": "<= 30",
    "ctd_mean_o50_ratio": "<= 0.97",
    "ctd_mean_r50_ratio": "<= 0.97",
}
COMMAND = "python -m simulator bench mdrp --docs docs/benchmarks"
NOTES = """\
Ours by FoodMatch's, each the unweighted mean of its days; FoodMatch as published, with a decision a minute
(`o50` and `r50`, the half-size days: every five minutes, for want of a better reference). An order that
nobody delivers counts 90 min from click to door and 50 min beyond the target, on both sides. Every bundle,
ride and time was checked by the published rules. CPU time is the whole day's, its decisions and rides, on one core of
a shared machine, without compiling the planner's kernel.
"""

FOLDER, FILE = click.Path(file_okay=False, path_type=Path), click.Path(dir_okay=False, path_type=Path)
OPTIONS = (
    click.option("--instances", type=FOLDER, help="The folder with a folder for each day."),
    click.option("--reference", type=FILE, help="CSV of the published policies' figures; days in both are run."),
    click.option("--out", type=FOLDER, default=Path(".data/mdrp"), show_default=True, help="For the solutions."),
    click.option("--names", help="Days, with commas between them; all that there are unless set."),
    click.option("--every-s", type=click.IntRange(min=60), default=60, show_default=True, help="Between decisions."),
    click.option("--event-driven", is_flag=True, help="Decide when something happens instead."),
    click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True),
)


@dataclass(frozen=True, slots=True)
class Played:
    """A day that was played: what came of it, beside what FoodMatch made of it."""

    name: str
    suffix: str
    verdict: Verdict
    reference: Reference
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How days are played: a decision every so many minutes (0: at events), and the seed."""

    every_min: int
    seed: int


def run(
    data: Path | None,
    *,
    docs: Path | None,
    instances: Path | None,
    reference: Path | None,
    out: Path,
    names: str | None,
    every_s: int,
    event_driven: bool,
    seed: int,
) -> Results:
    """Play the days, print and compare them, and write the page. Raises `NotRun` without days or their references."""
    console = Console(soft_wrap=True)
    if every_s % 60:
        raise NotRun("the days go by whole minutes: --every-s has to be a multiple of 60.")
    folder = instances or data_folder(data, "bench/mdrp/instances")
    references = _references(data, reference)
    wanted = names.split(",") if names else sorted(path.name for path in folder.iterdir() if path.is_dir())
    days = [(name, suffix) for suffix, known in references.items() for name in wanted if name in known]
    if not days:
        raise NotRun("no day is in both the instances and the reference.")
    played = []
    for name, suffix in days:
        played.append(
            _play(folder / name, out / name, Pace(0 if event_driven else every_s // 60, seed), suffix, references)
        )
        _say(played[-1], console)
    results = Results(metrics(played), _goals(played))
    if docs:
        made = f"One run; {made_with('numba', 'ortools')}."
        parts = [NOTES, made, metrics_table(results), "Each day, ours beside FoodMatch's:", *_day_tables(played)]
        write_page(docs, "mdrp", "Real days of meal deliveries", COMMAND, parts)
    return results


def _references(data: Path | None, reference: Path | None) -> dict[str, dict[str, Reference]]:
    """By suffix, what FoodMatch made of each day."""
    if reference:
        return {"": read_reference(reference)}
    return {suffix: read_reference(data_folder(data, f"bench/mdrp/{file}")) for suffix, (_, file) in SIZES.items()}


def _play(instance: Path, out: Path, pace: Pace, suffix: str, references: dict[str, dict[str, Reference]]) -> Played:
    """One day, from its files to the verdict on the files that come out."""
    day = read_day(instance)
    began_s = process_time()
    diary = play(day, Policy(day, seed=pace.seed), pace.every_min)
    cpu_s = process_time() - began_s
    write_solution(day, diary, out)
    return Played(instance.name, suffix, evaluate(instance, out), references[suffix][instance.name], cpu_s)


def _say(played: Played, console: Console) -> None:
    found, reference = played.verdict.figures, played.reference.figures
    console.print(
        f"{played.name}: click-to-door {found.ctd_mean_min:.2f} min (FoodMatch {reference.ctd_mean_min:.2f}), "
        f"undelivered {found.undelivered_pct:.2f}%, {played.cpu_s:.1f} s of CPU"
    )
    for text in played.verdict.violations[:10]:
        console.print(f"  {text}")


def metrics(played: Sequence[Played]) -> dict[str, float]:
    """The comparison's flat metrics; those of the half-size days have their size in their names."""
    measured: dict[str, float] = {}
    for suffix in dict.fromkeys(each.suffix for each in played):
        days = [each for each in played if each.suffix == suffix]
        measured |= _of_size(days, suffix)
    infeasible = sum(bool(each.verdict.violations) for each in played)
    return {**measured, "infeasible_days": infeasible, "cpu_s_max": round(max(each.cpu_s for each in played), 1)}


def _of_size(days: Sequence[Played], suffix: str) -> dict[str, float]:
    ratios = compared([each.verdict.figures for each in days], [each.reference.figures for each in days])
    measured = {f"{name.removesuffix('_ratio')}{suffix}_ratio": round(value, 4) for name, value in ratios.items()}
    measured[f"days_won{suffix}"] = sum(_won(each) for each in days)
    shares = (
        ("undelivered", [each.verdict.figures for each in days]),
        ("undelivered_reference", [each.reference.figures for each in days]),
    )
    for name, figures in shares:
        measured[f"{name}{suffix}_pct"] = round(sum(each.undelivered_pct for each in figures) / len(days), 3)
    return measured


def _won(played: Played) -> bool:
    """Whether the mean click-to-door is shorter than the reference's."""
    return played.verdict.figures.ctd_mean_min < played.reference.figures.ctd_mean_min


def _goals(played: Sequence[Played]) -> dict[str, str]:
    """The goals, and to win every day."""
    days = {suffix: sum(each.suffix == suffix for each in played) for suffix in SIZES}
    return {**GOALS, **{f"days_won{suffix}": f"{count}" for suffix, count in days.items()}}


def _day_tables(played: Sequence[Played]) -> Iterator[str]:
    header = ["day", *RATIOS.values(), "undelivered, %", "CPU, s"]
    for suffix in dict.fromkeys(each.suffix for each in played):
        yield table(header, [_row(each) for each in played if each.suffix == suffix])


def _row(played: Played) -> list[str]:
    ours, theirs = played.verdict.figures, played.reference.figures
    pairs = (f"{getattr(ours, name):.2f} / {getattr(theirs, name):.2f}" for name in RATIOS)
    missed = f"{ours.undelivered_pct:.2f} / {theirs.undelivered_pct:.2f}"
    return [played.name, *pairs, missed, f"{played.cpu_s:.1f}"]
