"""Was the human right? What an override was worth, by how the orders that it touched ended.

The measure is simple on purpose. An order is judged when a courier did their work at its door, and when they would be
there was predicted both without the override (as the system had it) and with it. The human was better by
`without - actual`: how much sooner the courier stood at the door than the system's plan would have had them there. An
override is worth the mean over its judged orders, also those that were only pushed back by it; less than a minute
either way counts as the same. `predicted` is what the planner itself expected of the override, so that a bad forecast
can be told from a bad decision. What was never delivered, was held or was taken back is not judged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from dispatch.domain.override import EtaEffect, Override

SAME_MS = 60_000
"""Nobody feels less than this."""


class Verdict(StrEnum):
    """How an override turned out; `open` while orders are under way, `unjudged` when there is nothing to compare."""

    OPEN = "open"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    UNJUDGED = "unjudged"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an override was worth: mean minutes sooner at the door over `judged` orders, and minutes late saved in sum.

    Positive minutes are in the human's favour.
    """

    verdict: Verdict
    judged: int = 0
    better_min: float = 0.0
    predicted_min: float = 0.0
    late_saved_min: float = 0.0


def judge(override: Override) -> Judgement:
    """What the override was worth, as far as it is known."""
    if override.undone_at_ms:
        return Judgement(Verdict.UNDONE)
    known = [eta for eta in override.effects.etas if _counts(eta)]
    if not override.settled:
        return Judgement(Verdict.OPEN, len(known))
    if not known:
        return Judgement(Verdict.UNJUDGED)
    better_ms = _mean([eta.without_at_ms - eta.actual_at_ms for eta in known])
    predicted_ms = _mean([eta.without_at_ms - eta.with_at_ms for eta in known])
    late_ms = sum(_late_ms(eta, eta.without_at_ms) - _late_ms(eta, eta.actual_at_ms) for eta in known)
    minutes = [round(ms / 60_000, 1) for ms in (better_ms, predicted_ms, late_ms)]
    return Judgement(_verdict(better_ms), len(known), *minutes)


@dataclass(frozen=True, slots=True)
class Summary:
    """One person's overrides of one kind: how many, how they turned out, and mean minutes over the judged ones."""

    by: str
    action: str
    overrides: int
    undone: int
    judged: int
    better: int
    same: int
    worse: int
    better_min: float
    predicted_min: float
    late_saved_min: float


def summarise(overrides: Iterable[Override]) -> list[Summary]:
    """A row for each person and action, by name."""
    rows = sorted(((o.by, o.action.value, judge(o)) for o in overrides), key=lambda row: row[:2])
    return [
        _summary(by, action, [judgement for *_, judgement in group])
        for (by, action), group in groupby(rows, key=lambda row: row[:2])
    ]


def _summary(by: str, action: str, all_of_them: Sequence[Judgement]) -> Summary:
    def count(*verdicts: Verdict) -> int:
        return sum(each.verdict in verdicts for each in all_of_them)

    judged = [each for each in all_of_them if each.verdict in (Verdict.BETTER, Verdict.SAME, Verdict.WORSE)]
    return Summary(
        by,
        action,
        len(all_of_them),
        count(Verdict.UNDONE),
        len(judged),
        count(Verdict.BETTER),
        count(Verdict.SAME),
        count(Verdict.WORSE),
        round(_mean([each.better_min for each in judged]), 1),
        round(_mean([each.predicted_min for each in judged]), 1),
        round(sum(each.late_saved_min for each in judged), 1),
    )


def _counts(eta: EtaEffect) -> bool:
    return bool(eta.without_at_ms and eta.with_at_ms and eta.actual_at_ms)


def _late_ms(eta: EtaEffect, at_ms: int) -> int:
    return max(0, at_ms - eta.promise_at_ms)


def _verdict(better_ms: float) -> Verdict:
    if abs(better_ms) < SAME_MS:
        return Verdict.SAME
    return Verdict.BETTER if better_ms > 0 else Verdict.WORSE


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
