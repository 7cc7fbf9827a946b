"""The one place where a zone's business state changes: `apply(state, command, now) -> events`.

Pure: it reads the state, changes nothing, and either returns what happened or raises a `DomainError`. The writer
commits the events with the zone's fence and then puts them into its state by `zone.evolve`.
"""

from collections.abc import Callable
from typing import Any

from dispatch.domain import (
    advice,
    cases,
    claim_orders,
    claims,
    corrections,
    distributors,
    erasure,
    fees,
    goal_setting,
    handover,
    intake,
    links,
    messaging,
    modes,
    offers,
    override_undo,
    overrides,
    plans,
    points,
    preparation,
    ratings,
    shift,
    stock,
    traffic,
    undo,
    wishes,
)
from dispatch.domain import case_commands as k
from dispatch.domain import claim_commands as cc
from dispatch.domain import commands as c
from dispatch.domain import distributor_commands as d
from dispatch.domain import events as e
from dispatch.domain import mode_commands as m
from dispatch.domain import point_commands as p
from dispatch.domain import stock_commands as s
from dispatch.domain import wish_commands as w
from dispatch.domain.fee_rule import SetFees
from dispatch.domain.zone import Draft, ZoneState


def _pass_time(draft: Draft, command: c.PassTime) -> None:
    """Whatever was due by now happens."""
    offers.lapse_offers(draft, command)
    handover.ask_about(draft)
    points.send_back_uncollected(draft)
    modes.cancel_uncollected(draft)
    cases.pass_time(draft)
    claims.escalate_claims(draft)


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
    m.ChangeMode: modes.change_mode,
    m.HandOut: modes.hand_out,
    m.HandToCarrier: modes.hand_to_carrier,
    m.ReportCarrier: modes.report_carrier,
    k.OpenCase: cases.ask_case,
    k.AssignCase: cases.assign_case,
    k.SolveCase: cases.solve_case,
    k.FollowUpCase: cases.follow_up,
    k.ReopenCase: cases.reopen_case,
    k.ResolveCase: cases.resolve_case,
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
    SetFees: fees.set_fees,
    c.ErasePeople: erasure.erase_people,
    s.RegisterSkus: stock.register_skus,
    s.ReceiveStock: stock.receive_stock,
    s.AnnounceStock: stock.announce_stock,
    s.CountStock: stock.count_stock,
    s.WriteOffStock: stock.write_off_stock,
    s.TransferStock: stock.transfer_stock,
    s.SetLowAt: stock.set_low_at,
    d.ApplyAsDistributor: distributors.apply_as_distributor,
    d.JudgeDistributor: distributors.judge_distributor,
    p.RegisterPoint: points.register_point,
    p.ConfirmAtPoint: points.confirm_at_point,
    p.CollectOrder: points.collect_order,
    p.RefuseAtPoint: points.refuse_at_point,
    cc.RequestClaim: claims.request_claim,
    cc.WithdrawClaim: claims.withdraw_claim,
    cc.ApproveClaim: claims.approve_claim,
    cc.RefuseClaim: claims.refuse_claim,
    cc.ReceiveClaim: claims.receive_claim,
    cc.SendForClaim: claims.send_for_claim,
    cc.SetClaimPolicy: claims.set_policy,
    s.AllocateStock: stock.allocate_stock,
}


def apply(state: ZoneState, command: c.Command, now_ms: int) -> list[e.Event]:
    """What happens when `command` is asked of `state` at business time `now_ms`.

    Returns the events in order; an empty list means that there was nothing left to do (a repeated accept).
    Raises `DomainError` when the command is refused.
    """
    draft = Draft(state, now_ms)
    _DECISIONS[type(command)](draft, command)
    points.settle(draft)
    claim_orders.follow(draft)
    stock.settle(draft)
    overrides.note_outcomes(draft)
    return draft.events
