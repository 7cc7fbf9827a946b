"""Overrides and their effects as HTTP bodies."""

from dataclasses import asdict

from dispatch.domain.judgement import judge
from dispatch.domain.override import Effects, OrderMark, Override
from dispatch.domain.override_undo import changes_since
from dispatch.domain.zone import ZoneState
from dispatch.planning.terms import TERMS
from dispatch.web.bodies_overrides import (
    EtaChange,
    OrderOutcome,
    OrderOverridden,
    OrderStanding,
    OverrideEffects,
    OverrideShown,
    TermChange,
)

_TERMS = {term.name: term for term in TERMS}
_UNDONE = "It has been undone."
_TOO_LATE = "It is settled and long past."


def effects_shown(effects: Effects) -> OverrideEffects:
    """Effects with the words of the planner's terms."""
    return OverrideEffects(
        plan_version=effects.plan_version,
        before_s=round(sum(term.before_s for term in effects.terms), 1),
        after_s=round(sum(term.after_s for term in effects.terms), 1),
        etas=[
            EtaChange(
                order_id=eta.order_id,
                promise_at_ms=eta.promise_at_ms,
                before_at_ms=eta.without_at_ms,
                after_at_ms=eta.with_at_ms,
            )
            for eta in effects.etas
        ],
        terms=[_term(term.name, term.before_s, term.after_s) for term in effects.terms],
        violations=list(effects.violations),
    )


def override_shown(override: Override, state: ZoneState) -> OverrideShown:
    """An override with its judgement, and whether it could be undone in this state of its zone."""
    judgement = judge(override)
    return OverrideShown(
        id=override.id,
        action=override.action.value,
        order_ids=list(override.order_ids),
        courier_id=override.courier_id,
        reason=override.reason,
        by=override.by,
        at_ms=override.at_ms,
        plan_version=override.version,
        lock=override.lock.value,
        forced=override.forced,
        undone_at_ms=override.undone_at_ms,
        undone_by=override.undone_by,
        verdict=judgement.verdict.value,
        judged=judgement.judged,
        better_min=judgement.better_min,
        predicted_min=judgement.predicted_min,
        late_saved_min=judgement.late_saved_min,
        orders=[
            OrderOverridden(order_id=before.order_id, before=_standing(before), after=_standing(after))
            for before, after in zip(override.before, override.after, strict=True)
        ],
        outcomes=[OrderOutcome(**asdict(eta)) for eta in override.effects.etas],
        effects=effects_shown(override.effects),
        against_undo=_against_undo(override, state),
    )


def _against_undo(override: Override, state: ZoneState) -> list[str]:
    if override.undone_at_ms:
        return [_UNDONE]
    known = state.overrides.get(override.id)
    return list(changes_since(state, known)) if known else [_TOO_LATE]


def _standing(mark: OrderMark) -> OrderStanding:
    return OrderStanding(
        status=mark.status.value,
        courier_id=mark.courier_id,
        lock=mark.lock.value,
        priority=mark.priority,
        excluded=list(mark.declined_by),
    )


def _term(name: str, before_s: float, after_s: float) -> TermChange:
    known = _TERMS.get(name)
    unit, reason = (known.unit, known.reason) if known else ("", "")
    return TermChange(name=name, unit=unit, reason=reason, before_s=before_s, after_s=after_s)
