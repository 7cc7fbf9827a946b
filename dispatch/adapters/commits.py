"""What a commit means, wherever it is stored: numbered events, and who holds which order from when to when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dispatch.application.ports import Outcome, Recorded
from dispatch.domain.demand import ShelfHour, shelf_hours
from dispatch.domain.events import Event, OrderChanged, StockChanged
from dispatch.domain.handover import HANDED_OVER
from dispatch.domain.order import FINISHED, Order
from dispatch.domain.picks import Pick, pick_of
from dispatch.domain.zone import entity_of

OWN_ACTOR = "system:zone"
"""Who acts when nobody asked: offers that lapse."""


def numbered(outcomes: Sequence[Outcome], head: int) -> list[Recorded]:
    """The outcomes' events in their places behind `head`."""
    recorded: list[Recorded] = []
    for outcome in outcomes:
        request_id, actor = (outcome.request.id, outcome.request.actor) if outcome.request else ("", OWN_ACTOR)
        for event in outcome.events:
            recorded.append(Recorded(head + len(recorded) + 1, outcome.at_ms, request_id, actor, event))
    return recorded


def shelf_hours_of(recorded: Iterable[Recorded]) -> list[ShelfHour]:
    """What these events add to the hours of shelves."""
    return shelf_hours((each.at_ms, each.event) for each in recorded if isinstance(each.event, StockChanged))


def picks_of(recorded: Iterable[Recorded]) -> list[Pick]:
    """The orders that were fetched, each once."""
    found = (pick_of(each.event) for each in recorded)
    return list({pick.order_id: pick for pick in found if pick}.values())


def finished_at_ms(order: Order) -> int | None:
    """When the order ended; None while it has not."""
    return order.timeline[-1][1] if order.status in FINISHED and order.timeline else None


@dataclass(slots=True)
class Assignment:
    """One courier holding one order, or being asked to: a row of the history. `outcome` is the status after it."""

    order_id: str
    assignment_seq: int
    courier_id: str
    started_at_ms: int
    ended_at_ms: int | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """The order's assignments up to this one are over."""

    order_id: str
    assignment_seq: int
    ended_at_ms: int
    outcome: str


@dataclass(slots=True)
class AssignmentChanges:
    """How a commit changes the assignments: first end what `endings` say, then add what `started` has.

    A started one may be known already (then it stays as it is), and may be over already.
    """

    endings: list[Ending] = field(default_factory=list)
    started: list[Assignment] = field(default_factory=list)


def assignment_changes(recorded: Iterable[Recorded]) -> AssignmentChanges:
    """What these events mean for the assignments."""
    changes = AssignmentChanges()
    held: dict[str, Assignment] = {}
    for each in recorded:
        match entity_of(each.event):
            case Order() as order if _changed_hands(each.event):
                _end(changes, held, replace(order, assignment_seq=order.assignment_seq - 1), each.at_ms, HANDED_OVER)
                _start(changes, held, order, each.at_ms)
            case Order() as order if order.courier_id and order.status not in FINISHED:
                _start(changes, held, order, each.at_ms)
            case Order() as order if order.assignment_seq:
                _end(changes, held, order, each.at_ms, order.status.value)
    return changes


def _start(changes: AssignmentChanges, held: dict[str, Assignment], order: Order, at_ms: int) -> None:
    known = held.get(order.id)
    if known is None or (known.assignment_seq, known.courier_id) != (order.assignment_seq, order.courier_id):
        held[order.id] = Assignment(order.id, order.assignment_seq, order.courier_id, at_ms)
        changes.started.append(held[order.id])


def _end(changes: AssignmentChanges, held: dict[str, Assignment], order: Order, at_ms: int, outcome: str) -> None:
    changes.endings.append(Ending(order.id, order.assignment_seq, at_ms, outcome))
    ended = held.pop(order.id, None)
    if ended:
        ended.ended_at_ms, ended.outcome = at_ms, outcome


def _changed_hands(event: Event) -> bool:
    """Whether goods on board went straight from one courier to another: one assignment ends as the next begins."""
    return isinstance(event, OrderChanged) and event.what == HANDED_OVER
