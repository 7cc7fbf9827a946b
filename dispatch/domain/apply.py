"""The one place where a zone's business state changes: `apply(state, command, now) -> events`.

Pure: it reads the state, changes nothing, and either returns what happened or raises a `DomainError`. The writer
commits the events with the zone's fence and then puts them into its state by `zone.evolve`.
"""

from collections.abc import Callable
from typing import Any

from dispatch.domain import (
    advice,
    cases,
    corrections,
    goal_setting,
    handover,
    intake,
    links,
    messaging,
    offers,
    override_undo,
    overrides,
    plans,
    preparation,
    ratings,
    shift,
    traffic,
    undo,
    wishes,
)
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import wish_commands as w
from dispatch.domain.zone import Draft, ZoneState


def _pass_time(draft: Draft, command: c.PassTime) -> None:
    """Whatever was due by now happens."""
    offers.lapse_offers(draft, command)
    handover.ask_about(draft)


_DECISIONS: dict[type[Any], Callable[[Draft, Any], None]] = {
    c.RegisterDepot: intake.register_depot,
    c.RegisterArea: intake.register_area,
    c.RemoveArea: intake.remove_area,
    c.ReportIncident: traffic.report_incident,
    c.EndIncident: traffic.end_incident,
    c.LearnSpread: plans.learn_spread,
    c.CutOff: traffic.cut_off,
    c.Reconnect: traffic.reconnect,
    c.WarnCouriers: traffic.warn_couriers,
    c.RegisterCourier: intake.register_courier,
    c.CreateOrder: intake.create_order,
    c.ReleaseHold: intake.release_hold,
    c.CancelOrder: intake.cancel_order,
    c.ReportPreparation: preparation.report_preparation,
    c.RateOrder: ratings.rate_order,
    c.ReplaceLink: links.replace_link,
    c.SetDuty: shift.set_duty,
    c.ReportProgress: shift.report_progress,
    c.ResolveAttempt: shift.resolve_attempt,
    c.UndoStop: undo.undo_stop,
    c.PostMessage: messaging.post_message,
    w.WriteInstructions: wishes.write_instructions,
    w.ChangeAddress: wishes.change_address,
    w.ChooseWindow: wishes.choose_window,
    w.CancelAsCustomer: wishes.cancel_as_customer,
    w.AcceptDelay: wishes.accept_delay,
    c.ResolveCase: cases.resolve_case,
    c.AcceptOffer: offers.accept_offer,
    c.DeclineOffer: offers.decline_offer,
    c.PassTime: _pass_time,
    c.HandOver: handover.plan_handover,
    c.SettleHandOver: handover.settle_handover,
    c.AdoptPlan: plans.adopt_plan,
    c.OfferToMany: plans.offer_to_many,
    c.NoteWaiting: plans.note_waiting,
    c.AdviseCourier: advice.advise_courier,
    c.UpdateEtas: plans.update_etas,
    c.Overrule: overrides.overrule,
    c.UndoOverride: override_undo.undo_override,
    c.AssignByHand: overrides.assign_by_hand,
    c.UnassignByHand: overrides.unassign_by_hand,
    c.LockOrder: overrides.lock_order,
    c.ProposeCorrection: corrections.propose_correction,
    c.JudgeCorrection: corrections.judge_correction,
    c.SetGoals: goal_setting.set_goals,
}


def apply(state: ZoneState, command: c.Command, now_ms: int) -> list[e.Event]:
    """What happens when `command` is asked of `state` at business time `now_ms`.

    Returns the events in order; an empty list means that there was nothing left to do (a repeated accept).
    Raises `DomainError` when the command is refused.
    """
    draft = Draft(state, now_ms)
    _DECISIONS[type(command)](draft, command)
    overrides.note_outcomes(draft)
    return draft.events
