"""HTTP bodies of overrides: the wish, what it would change, and how it turned out.

Times are business epoch ms, 0 where nobody knows; costs are seconds of riding, the planner's currency.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dispatch.web.bodies import Body, Id, Reason, Shown, Zone

StopId = Annotated[str, Meta(min_length=1, max_length=64)]


class OverrideBody(Body):
    """A person's decision against the system's. `order_id` is short for one order in `order_ids`.

    `courier_id` is who gets the orders (`assign`, `merge`, `split`; a split without one sends them back to wait), whose
    stops come in the order of `stop_ids` (`resequence`), or who is not to be asked (`exclude`). `lock` says how to
    `lock`. `force` breaks the plan's rules.
    """

    action: Literal[
        "assign",
        "unassign",
        "lock",
        "unlock",
        "resequence",
        "exclude",
        "include",
        "hold",
        "release",
        "split",
        "merge",
        "expedite",
    ]
    reason: Reason
    order_id: Id | None = None
    order_ids: Annotated[list[Id], Meta(max_length=50)] = msgspec.field(default_factory=list)
    courier_id: Id | None = None
    stop_ids: Annotated[list[StopId], Meta(max_length=200)] = msgspec.field(default_factory=list)
    lock: Literal["courier", "sequence", "position", "full"] = "courier"
    expected_version: Annotated[int, Meta(ge=0)] | None = None
    force: bool = False
    zone: Zone = "default"


class EtaChange(Shown):
    """When an order's courier is at the door: as the system has it, and with the override."""

    order_id: str
    promise_at_ms: int
    before_at_ms: int
    after_at_ms: int


class TermChange(Shown):
    """A term of the planner's objective before and after, with what it counts and why it is there."""

    name: str
    unit: str
    reason: str
    before_s: float
    after_s: float


class OverrideEffects(Shown):
    """What an override changes, looked ahead from `plan_version`: arrivals, costs in sum and by term, broken rules."""

    plan_version: int
    before_s: float
    after_s: float
    etas: list[EtaChange]
    terms: list[TermChange]
    violations: list[str]


class Overridden(Shown):
    """The override took effect: its id, the plan's version after it, what it changes and which rules it breaks."""

    id: str
    plan_version: int
    violations: list[str]
    effects: OverrideEffects


class UndoBody(Body):
    """Why an override is taken back."""

    reason: Reason
    zone: Zone = "default"


class OrderStanding(Shown):
    """What an override may change of an order, at one moment."""

    status: str
    courier_id: str
    lock: str
    priority: int
    excluded: list[str]


class OrderOverridden(Shown):
    """An order that an override changed: before it and after it."""

    order_id: str
    before: OrderStanding
    after: OrderStanding


class OrderOutcome(Shown):
    """What was promised, what was predicted without and with the override, and what came of it.

    `end` is how the order ended (delivered, canceled, returned); empty while it is under way.
    """

    order_id: str
    promise_at_ms: int
    without_at_ms: int
    with_at_ms: int
    actual_at_ms: int
    end: str


class OverrideShown(Shown):
    """One override and how it turned out.

    `better_min` is how many minutes sooner couriers were at the doors than without it, as a mean over the `judged`
    orders; `predicted_min` is what was expected of it, `late_saved_min` the minutes of lateness that it saved in sum.
    Positive is in the human's favour. `against_undo` says why it cannot be undone; empty: it can.
    """

    id: str
    action: str
    order_ids: list[str]
    courier_id: str
    reason: str
    by: str
    at_ms: int
    plan_version: int
    lock: str
    forced: bool
    undone_at_ms: int
    undone_by: str
    verdict: Literal["open", "better", "same", "worse", "unjudged", "undone"]
    judged: int
    better_min: float
    predicted_min: float
    late_saved_min: float
    orders: list[OrderOverridden]
    outcomes: list[OrderOutcome]
    effects: OverrideEffects
    against_undo: list[str]


class OverridePage(Shown, omit_defaults=True):
    """Overrides, the newest first; `next` leads to the older ones."""

    overrides: list[OverrideShown]
    next: str = ""


class SummaryRow(Shown):
    """One person's overrides of one kind: how many, how many were undone, and how the judged ones turned out."""

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


class OverrideSummary(Shown):
    """Who was right how often, since a moment of business time; `counted` overrides at most."""

    since_ms: int
    counted: int
    rows: list[SummaryRow]
