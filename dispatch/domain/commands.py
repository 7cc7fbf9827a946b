"""Everything that may be asked of a zone. A command is a wish; `zone.apply` answers with events or an error."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.area import Area
from dispatch.domain.case_commands import CaseCommand
from dispatch.domain.claim_commands import ClaimCommand
from dispatch.domain.correction import Correction
from dispatch.domain.courier import Courier, Duty
from dispatch.domain.depot import Depot
from dispatch.domain.distributor_commands import DistributorCommand
from dispatch.domain.eta import Spread
from dispatch.domain.fee_rule import SetFees
from dispatch.domain.geo import Point
from dispatch.domain.goals import Goals
from dispatch.domain.incident import Incident
from dispatch.domain.mode_commands import ModeCommand
from dispatch.domain.order import Lock, Order, PreparationStep, Proof
from dispatch.domain.order_message import Party
from dispatch.domain.override import NO_EFFECTS, Effects, OverrideAction
from dispatch.domain.point_commands import PointCommand
from dispatch.domain.route import PlannedRoute, StopKind
from dispatch.domain.stock_commands import StockCommand
from dispatch.domain.wish_commands import WishCommand


class StopAction(StrEnum):
    """What a courier reports about a stop."""

    DEPARTED = "departed"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RegisterDepot:
    """Make a depot known, or change it."""

    depot: Depot


@dataclass(frozen=True, slots=True)
class RegisterArea:
    """Make an area known, or change it."""

    area: Area


@dataclass(frozen=True, slots=True)
class RemoveArea:
    """An area is no more."""

    area_id: str


@dataclass(frozen=True, slots=True)
class ReportIncident:
    """Make an incident on the streets known, or change it while it lasts."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class EndIncident:
    """An incident is over."""

    incident_id: str


@dataclass(frozen=True, slots=True)
class LearnSpread:
    """The planner has learnt how late arrivals are."""

    spread: Spread


@dataclass(frozen=True, slots=True)
class CutOff:
    """The planner finds doors that nobody can reach: (order id, what is in the way) for each."""

    orders: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reconnect:
    """The planner finds that doors can be reached again."""

    order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WarnCouriers:
    """The planner finds couriers whose way leads through a street that has just been closed, and why it was."""

    courier_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RegisterCourier:
    """Make a courier known, or change name, vehicle, capacity or account. The duty stays as it is."""

    courier: Courier


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Take an order in. `hold` names why it must wait (address, payment, review); empty: dispatch it.

    Where its goods are not there it waits for them, or (`refuses_short`) is refused.
    """

    order: Order
    hold: str = ""
    refuses_short: bool = False


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Stop an order; after pickup the goods go back to the depot."""

    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """The reason to hold an order is gone."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ReportPreparation:
    """The shop or the depot reports how far it is with an order; `at_ms` is when that was (0: now)."""

    order_id: str
    step: PreparationStep
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class RateOrder:
    """A customer says what they think of a delivery; see `rating` for the reasons' codes."""

    order_id: str
    stars: int
    reasons: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceLink:
    """The order's tracking link is replaced for the `number`-th time by that of `track_hash`, or (empty) by none."""

    order_id: str
    number: int
    track_hash: str = ""


@dataclass(frozen=True, slots=True)
class SetDuty:
    """A courier goes on duty, on a break or home; `at_ms` is the device's idea of when (0: now).

    With a `reason` it is a dispatcher who decides it: the courier is told why, and the audit keeps it.
    """

    courier_id: str
    duty: Duty
    at_ms: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdoptPlan:
    """Routes that the planner proposes, based on plan version `base_version`.

    Each route replaces all stops ahead of its courier. Orders that are new to a courier are offered until
    `offer_ttl_ms` from now, or assigned at once when it is 0.
    """

    base_version: int
    routes: tuple[PlannedRoute, ...]
    offer_ttl_ms: int
    engines: tuple[str, ...]
    reason: str = ""
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class OfferToMany:
    """The same waiting orders, held out to several couriers at once; who accepts first has them.

    Each route is the whole of one courier's stops ahead as it would be with the orders, the best courier first, based
    on plan version `base_version`. Nobody's route changes before somebody accepts. `offer_ttl_ms` from now all lapse.
    """

    base_version: int
    order_ids: tuple[str, ...]
    routes: tuple[PlannedRoute, ...]
    offer_ttl_ms: int
    engines: tuple[str, ...]
    reason: str = ""
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class NoteWaiting:
    """The planner found nobody for these orders: (order id, reason) pairs, for people to see."""

    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AdviseCourier:
    """The planner expects the next orders near this depot: a courier with nothing to do might wait there."""

    courier_id: str
    depot_id: str


@dataclass(frozen=True, slots=True)
class UpdateEtas:
    """New times for routes whose sequence stays: (courier id, route version, arrivals and departures by stop)."""

    routes: tuple["RetimedRoute", ...]
    cause: str


@dataclass(frozen=True, slots=True)
class RetimedRoute:
    """New times of one route: (stop id, arrival, departure), business epoch ms, in the route's order."""

    courier_id: str
    version: int
    times: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """A courier takes an offer; `at_ms` is the device's idea of when (0: now)."""

    courier_id: str
    offer_id: str
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    """A courier refuses an offer."""

    courier_id: str
    offer_id: str
    reason: str
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """A courier reports what happened at a stop; `at_ms` is the device's idea of when.

    `order_ids` are the orders that it is about (empty: all of the stop) and `kind` what was done: with both, what was
    done offline counts even when the stop is no longer on the courier's route (see `reality`).
    """

    courier_id: str
    stop_id: str
    action: StopAction
    at_ms: int
    reason: str = ""
    order_ids: tuple[str, ...] = ()
    kind: StopKind | None = None
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoStop:
    """A courier takes back that a stop is done, at most `within_ms` (business time) after it, by the device's clock."""

    courier_id: str
    stop_id: str
    at_ms: int
    within_ms: int


@dataclass(frozen=True, slots=True)
class PostMessage:
    """Somebody writes about an order; `courier_id` is the writer's when a courier writes."""

    message_id: str
    order_id: str
    sender: Party
    to: Party
    text: str
    courier_id: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Overrule:
    """A dispatcher (`by`) overrules the system about orders, or (`resequence`) about a courier's route.

    `courier_id` is who is to have the orders, whose stops come in another order, or who is not to be asked; empty
    where the action names nobody. `routes` are the new stops ahead of whom the action concerns. `effects` are what the
    planner expected of it; `forced` says that its violations were seen and accepted. `base_version` is the plan version
    that the dispatcher looked at; None: as it stands now.
    """

    action: OverrideAction
    order_ids: tuple[str, ...]
    reason: str
    courier_id: str = ""
    routes: tuple[PlannedRoute, ...] = ()
    lock: Lock = Lock.NONE
    base_version: int | None = None
    effects: Effects = NO_EFFECTS
    forced: bool = False
    by: str = ""
    override_id: str = ""


@dataclass(frozen=True, slots=True)
class UndoOverride:
    """A dispatcher takes an override back; `routes` are the stops that couriers get back."""

    override_id: str
    reason: str
    routes: tuple[PlannedRoute, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class AssignByHand:
    """`Overrule` as servers of the release before ask for it: an order goes to a courier, and is locked to them."""

    order_id: str
    route: PlannedRoute
    base_version: int
    reason: str


@dataclass(frozen=True, slots=True)
class UnassignByHand:
    """`Overrule` as servers of the release before ask for it: an order is taken from its courier, before pickup."""

    order_id: str
    reason: str
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class LockOrder:
    """`Overrule` as servers of the release before ask for it: lock or unlock an order against the planner."""

    order_id: str
    lock: Lock
    reason: str
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class ResolveAttempt:
    """A dispatcher decides on a failed attempt: try again, send the goods back, or note that they are back."""

    order_id: str
    resolution: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """A dispatcher has goods on board handed over to another courier, at `place` or where it suits both best."""

    order_ids: tuple[str, ...]
    to_courier_id: str
    reason: str
    place: Point | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class SettleHandOver:
    """A dispatcher decides on a planned hand-over: it is `done`, or it is off and the giver keeps the goods."""

    order_id: str
    done: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ProposeCorrection:
    """Where couriers stood says that a door's pin is wrong."""

    correction: Correction


@dataclass(frozen=True, slots=True)
class JudgeCorrection:
    """A dispatcher (`by`) accepts or rejects a correction."""

    correction_id: str
    accept: bool
    by: str = ""


@dataclass(frozen=True, slots=True)
class SetGoals:
    """The zone shall reach these goals; we count their version. `base_version`: what the person saw (None: any)."""

    goals: Goals
    base_version: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ErasePeople:
    """Orders that have ended forget their customer, and couriers who are suspended their name and number (`erasure`).

    `reason` is kept in the audit.
    """

    order_ids: tuple[str, ...]
    courier_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PassTime:
    """Time has passed: whatever was due by now happens."""


Command = (
    RegisterDepot
    | RegisterArea
    | RemoveArea
    | ReportIncident
    | EndIncident
    | CutOff
    | Reconnect
    | LearnSpread
    | WarnCouriers
    | RegisterCourier
    | CreateOrder
    | CancelOrder
    | ReleaseHold
    | ReportPreparation
    | RateOrder
    | ReplaceLink
    | SetDuty
    | AdoptPlan
    | OfferToMany
    | NoteWaiting
    | AdviseCourier
    | UpdateEtas
    | AcceptOffer
    | DeclineOffer
    | ReportProgress
    | UndoStop
    | PostMessage
    | WishCommand
    | ModeCommand
    | CaseCommand
    | Overrule
    | UndoOverride
    | AssignByHand
    | UnassignByHand
    | LockOrder
    | ResolveAttempt
    | HandOver
    | SettleHandOver
    | ProposeCorrection
    | JudgeCorrection
    | SetGoals
    | SetFees
    | ErasePeople
    | StockCommand
    | PointCommand
    | DistributorCommand
    | ClaimCommand
    | PassTime
)
