"""What a customer may ask of their own order. `commands.Command` is made of these, too."""

from dataclasses import dataclass

from dispatch.domain.geo import Point
from dispatch.domain.route import PlannedRoute


@dataclass(frozen=True, slots=True)
class WriteInstructions:
    """A customer says how their order is to be handed over. `seen_version` is the `wish_version` that they saw."""

    order_id: str
    note: str
    leave_at_door: bool = False
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    """A customer sends their order elsewhere.

    `route` are all stops ahead of `courier_id`, who has the order and keeps it; None: it is to be planned again, or
    nobody has it (`courier_id` empty). Both are as of plan version `base_version`. `promise_at_ms` is what is promised
    from now on, when the customer was shown a later arrival (0: as before). `by` and `reason` as in `ChooseWindow`.
    `depot_id` and `depot_options` are where an order that is planned again is fetched from now on (empty: as before).
    """

    order_id: str
    place: Point
    address: str
    courier_id: str = ""
    route: PlannedRoute | None = None
    base_version: int = 0
    promise_at_ms: int = 0
    seen_version: int | None = None
    by: str = ""
    reason: str = ""
    depot_id: str = ""
    depot_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChooseWindow:
    """A customer wants their order from `earliest_at_ms` (0: as soon as possible) to `promise_at_ms`.

    `commit_due_at_ms` is when a courier is to be found for it. `by` is the member of staff who has agreed on it with
    the customer, and `reason` why; empty: the customer asks themselves.
    """

    order_id: str
    earliest_at_ms: int
    promise_at_ms: int
    commit_due_at_ms: int = 0
    seen_version: int | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CancelAsCustomer:
    """A customer stops their own order, before its goods are picked up."""

    order_id: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptDelay:
    """A customer knows that their order is late, and waits."""

    order_id: str


WishCommand = WriteInstructions | ChangeAddress | ChooseWindow | CancelAsCustomer | AcceptDelay
