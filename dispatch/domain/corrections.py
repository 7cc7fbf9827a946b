"""Decisions about pins: proposed by what was learnt, accepted or rejected by a dispatcher, applied to orders.

An accepted correction moves the door of every later order and of those that nobody has yet. An order that a courier
has stays as it is: they were told where to go, and the desk can write to them. The shop's own pin is kept
(`Dropoff.marked`), so that a correction which is rejected after all can be taken back.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.correction import Correction, CorrectionState
from dispatch.domain.doors import door_of
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import distance_m
from dispatch.domain.order import WAITING, Dropoff, Order
from dispatch.domain.zone import Draft

NEWS_M: Final = 100.0
"""A rejected proposal comes back only when the evidence has moved by more."""
PLACE_CHANGED = "place"
"""How the history names that an order's door was moved."""


def corrected(dropoff: Dropoff, corrections: Mapping[str, Correction]) -> Dropoff:
    """The drop-off where an accepted correction says that its door is; as it is where there is none."""
    found = corrections.get(door_of(dropoff.place, dropoff.address)) if corrections else None
    if found is None or found.state is not CorrectionState.ACCEPTED:
        return dropoff
    return replace(dropoff, place=found.place, marked=dropoff.marked or dropoff.place)


def doors_of(dropoff: Dropoff) -> set[str]:
    """The names of the door, as it is and as the shop marked it: corrections of either concern it."""
    return {door_of(place, dropoff.address) for place in (dropoff.place, dropoff.marked) if place}


def propose_correction(draft: Draft, command: c.ProposeCorrection) -> None:
    """A pin is probably wrong. What is decided already stands, until the evidence of a rejected one has moved."""
    wanted, known = command.correction, draft.base.corrections.get(command.correction.id)
    fresh = replace(wanted, state=CorrectionState.PROPOSED, decided_by="", decided_at_ms=0)
    if known is None or (_is_news(known, fresh) and not _is_same(known, fresh)):
        draft.emit(e.CorrectionChanged(fresh))


def _is_news(known: Correction, fresh: Correction) -> bool:
    if known.state is CorrectionState.REJECTED:
        return distance_m(known.place, fresh.place) > NEWS_M
    return known.state is CorrectionState.PROPOSED


def _is_same(known: Correction, fresh: Correction) -> bool:
    return replace(known, at_ms=fresh.at_ms) == fresh


def judge_correction(draft: Draft, command: c.JudgeCorrection) -> None:
    """A dispatcher accepts or rejects. A second time changes nothing; the other way round takes back what was done."""
    known = draft.base.corrections.get(command.correction_id)
    if known is None:
        raise NotFound("unknown_correction", f"There is no correction {command.correction_id}.")
    state = CorrectionState.ACCEPTED if command.accept else CorrectionState.REJECTED
    if known.state is state:
        return
    judged = known.decided(state, command.by, draft.now_ms)
    draft.emit(e.CorrectionChanged(judged))
    draft.emit(e.Overridden("accept_correction" if command.accept else "reject_correction", "", "", known.id))
    for order in tuple(draft.base.orders.values()):
        if order.status in WAITING:
            _move_door(draft, order, judged)


def _move_door(draft: Draft, order: Order, judged: Correction) -> None:
    door = order.dropoff
    if judged.state is CorrectionState.ACCEPTED:
        moved = corrected(door, {judged.id: judged})
    elif door.marked and judged.id in doors_of(door):
        moved = replace(door, place=door.marked, marked=None)
    else:
        return
    if moved != door:
        draft.change_order(replace(order, dropoff=moved), PLACE_CHANGED)
