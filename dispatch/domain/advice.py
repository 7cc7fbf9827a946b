"""Advice to couriers who have nothing to do: a place near which the next orders are expected. It binds nobody."""

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.zone import Draft

WAIT_NEAR = "wait_near"
"""The notice's code."""


def advise_courier(draft: Draft, command: c.AdviseCourier) -> None:
    """Tell an idle courier near which depot to wait; whoever has got something to do meanwhile hears nothing.

    Raises `NotFound` for an unknown courier or depot.
    """
    courier, depot = draft.courier(command.courier_id), draft.depot(command.depot_id)
    if courier.duty is Duty.AVAILABLE and not draft.route(courier.id).stops:
        draft.emit(e.CourierNoticed(courier.id, WAIT_NEAR, (), depot.name))
