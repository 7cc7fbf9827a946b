"""From the runs of the live layer's benchmark to its figures: medians over rounds of ratios within a round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from simulator.benchmarks.live_harness import Run

IMMEDIATE, COALESCING, AUTO = "ours, immediate", "ours, coalescing", "ours"
"""Our gateway: every position written at once; all of a tick together; and as it comes, which chooses by load."""
EVERYTHING = "ours, one process"
"""`dispatch all`, coalescing as it comes."""
GOALS = {
    "max_mosquitto_ratio": ">= 1.0",
    "max_naive_ratio": ">= 20",
    "max_nats_ratio": "stretch >= 1.0",
    "cpu_mosquitto_ratio": "<= 1.3",
    "p99_ms": "<= 2",
    "cpu_mosquitto_coalesced_ratio": "<= 1.0",
    "p99_coalesced_ms": "<= 25",
    "p99_via_redis_ms": "<= 15",
    "idle_node_ws_ratio": "<= 0.75",
    "batch20_ratio": ">= 2",
    "idle10k_p99_ratio": "<= 1.5",
    "slow_reader_p99_ratio": "<= 1.2",
    "flood_p99_ratio": "<= 1.2",
    "two_workers_cpu_ratio": ">= 0.85",
}
ENOUGH_DELIVERED = 0.99
"""Of the positions that watchers were to receive; with less a server did not carry the load."""
Figure = Callable[[Run], float | None]


@dataclass(slots=True)
class Findings:
    """What was measured: the runs of each server, by round; single figures by name; and what could not be measured."""

    rounds: list[dict[str, Run]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def runs(self, name: str) -> list[Run]:
        """A server's runs."""
        return [each[name] for each in self.rounds if name in each]

    def middle(self, name: str, figure: Figure) -> float | None:
        """The median of a figure over a server's runs; None where there is none."""
        return _middle([figure(run) for run in self.runs(name)])

    def ratio(self, name: str, beside: str, figure: Figure) -> float | None:
        """The median of the ratios of two servers' figures, each pair from the same round."""
        pairs = [(figure(each[name]), figure(each[beside])) for each in self.rounds if name in each and beside in each]
        return _middle([a / b if a is not None and b else None for a, b in pairs])


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def max_per_s(run: Run) -> float | None:
    """The most positions a second with a p99 below 200 ms."""
    return run.max_per_s


def cpu_us(run: Run) -> float | None:
    """Processor time for a position at the fixed load; None where they were not delivered, which costs nothing."""
    return run.fixed.cpu_us if run.fixed.delivered >= ENOUGH_DELIVERED else None


def p99_ms(run: Run) -> float | None:
    """Of the couriers' own watchers at the fixed load; None when none of them received anything."""
    return run.fixed.p99_ms if run.fixed.delivered else None


def idle_kib(run: Run) -> float | None:
    """What a connection without a session takes."""
    return run.idle_kib


def metrics(found: Findings) -> dict[str, float]:
    """The figures by name; one that could not be measured is left out."""
    wanted: Mapping[str, float | None] = {
        "max_pos_per_s": found.middle(AUTO, max_per_s),
        "max_mosquitto_ratio": found.ratio(AUTO, "mosquitto", max_per_s),
        "max_naive_ratio": found.ratio(AUTO, "naive", max_per_s),
        "max_nats_ratio": found.ratio(AUTO, "nats", max_per_s),
        "cpu_us": found.middle(IMMEDIATE, cpu_us),
        "cpu_mosquitto_ratio": found.ratio(IMMEDIATE, "mosquitto", cpu_us),
        "p99_ms": found.middle(IMMEDIATE, p99_ms),
        "cpu_coalesced_us": found.middle(COALESCING, cpu_us),
        "cpu_mosquitto_coalesced_ratio": found.ratio(COALESCING, "mosquitto", cpu_us),
        "p99_coalesced_ms": found.middle(COALESCING, p99_ms),
        "all_cpu_us": found.middle(EVERYTHING, cpu_us),
        "all_p99_ms": found.middle(EVERYTHING, p99_ms),
        "idle_kib": found.middle(AUTO, idle_kib),
        "idle_node_ws_ratio": found.ratio(AUTO, "node-ws", idle_kib),
    }
    known = {name: value for name, value in wanted.items() if value is not None}
    return {name: _rounded(value) for name, value in {**known, **found.figures}.items()}


def _rounded(value: float) -> float:
    """Three figures are all that a benchmark on shared cores has."""
    return float(f"{value:.3g}") if value < 1000 else round(value)


def goals(measured: Mapping[str, float]) -> dict[str, str]:
    """The goals of what was measured."""
    return {name: goal for name, goal in GOALS.items() if name in measured}
