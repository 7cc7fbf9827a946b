"""From simulated days to figures: how wrong what was told ten minutes before was, beside an oracle's word then."""

from collections.abc import Sequence
from statistics import median

from dispatch.application.calibration import knew_early
from dispatch.planning.arrival import MAIN_LEAD_MS, arrived_at_ms, on_screen
from simulator.benchmarks.eta_day import Told

NEAR_MS = 20_000
"""The oracle was asked within so much of ten minutes before."""


def figures(told: Sequence[Told]) -> dict[str, float]:
    """The metrics of some delivered orders; those that were told nothing ten minutes before are counted apart."""
    ours, plan, oracle, within, asked = [], [], [], 0, 0
    for each in told:
        at_ms = arrived_at_ms(each.order)
        note = on_screen(each.order.etas, at_ms - MAIN_LEAD_MS)
        if note is None:
            continue
        asked += 1
        within += at_ms <= note.late_at_ms
        looks = [(abs(looked - (at_ms - MAIN_LEAD_MS)), expected, planned) for looked, expected, planned in each.looks]
        if looks and min(looks)[0] <= NEAR_MS:
            ours.append(abs(at_ms - note.eta_at_ms) / 1000)
            oracle.append(abs(at_ms - min(looks)[1]) / 1000)
            plan.append(abs(at_ms - min(looks)[2]) / 1000)
    late = [each.order for each in told if arrived_at_ms(each.order) > each.order.promise_at_ms]
    knew = sum(knew_early(order) for order in late)
    mae_s, oracle_s = (sum(errors) / max(1, len(errors)) for errors in (ours, oracle))
    return {
        "orders": len(told),
        "asked": asked,
        "compared": len(ours),
        "mae_10min_s": round(mae_s, 1),
        "plan_10min_s": round(sum(plan) / max(1, len(plan)), 1),
        "oracle_10min_s": round(oracle_s, 1),
        "mae_oracle_ratio": round(mae_s / max(1e-9, oracle_s), 3),
        "p90_coverage_pct": round(100 * within / max(1, asked), 1),
        "changes_median": median([len(each.order.etas) - 1 for each in told]) if told else 0.0,
        "late_pct": round(100 * len(late) / max(1, len(told)), 1),
        "late_told_8min_pct": round(100 * knew / max(1, len(late)), 1),
        "late": len(late),
    }
