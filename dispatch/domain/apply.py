"""The one place where a zone's business state changes: `apply(state, command, now) -> events`.

Pure: it reads the state, changes nothing, and either returns what happened or raises a `DomainError`. The writer
commits the events with the zone's fence and then puts them into its state by `zone.evolve`.
"""

from collections.abc import Callable
from typing import Any

from dispatch.domain import cases, intake, messaging, offers, plans, shift, undo
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.zone import Draft, ZoneState

_DECISIONS: dict[type[Any], Callable[[Draft, Any], None]] = {
    c.RegisterDepot: intake.register_depot,
    c.RegisterCourier: intake.register_courier,
    c.CreateOrder: intake.create_order,
    c.ReleaseHold: intake.release_hold,
    c.CancelOrder: intake.cancel_order,
    c.SetDuty: shift.set_duty,
    c.ReportProgress: shift.report_progress,
    c.ResolveAttempt: shift.resolve_attempt,
    c.UndoStop: undo.undo_stop,
    c.PostMessage: messaging.post_message,
    c.ResolveCase: cases.resolve_case,
    c.AcceptOffer: offers.accept_offer,
    c.DeclineOffer: offers.decline_offer,
    c.PassTime: offers.lapse_offers,
    c.AdoptPlan: plans.adopt_plan,
    c.NoteWaiting: plans.note_waiting,
    c.UpdateEtas: plans.update_etas,
    c.AssignByHand: plans.assign_by_hand,
    c.UnassignByHand: plans.unassign_by_hand,
    c.LockOrder: plans.lock_order,
}


def apply(state: ZoneState, command: c.Command, now_ms: int) -> list[e.Event]:
    """What happens when `command` is asked of `state` at business time `now_ms`.

    Returns the events in order; an empty list means that there was nothing left to do (a repeated accept).
    Raises `DomainError` when the command is refused.
    """
    draft = Draft(state, now_ms)
    _DECISIONS[type(command)](draft, command)
    return draft.events
