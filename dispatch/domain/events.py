"""Everything that can have happened in a zone. Events are facts: applying one to the state never fails.

Where an event carries a whole order, offer or route, that is the value after the event, so that every reader of
the stream (writer, planner, gateway) holds the same state without deciding anything again.
"""

from dataclasses import dataclass

from dispatch.domain.area import Area
from dispatch.domain.case import Case
from dispatch.domain.claim import Claim
from dispatch.domain.claim_policy import ClaimPolicy
from dispatch.domain.correction import Correction
from dispatch.domain.courier import Courier
from dispatch.domain.depot import Depot
from dispatch.domain.distributor import Distributor
from dispatch.domain.eta import Spread
from dispatch.domain.fee_rule import FeeRule
from dispatch.domain.goals import Goals
from dispatch.domain.incident import Incident
from dispatch.domain.offer import Offer
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.override import Override
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.route import Route
from dispatch.domain.shelf import Shelf, Sku, StockMove


@dataclass(frozen=True, slots=True)
class DepotRegistered:
    """A depot is known, or changed."""

    depot: Depot


@dataclass(frozen=True, slots=True)
class AreaRegistered:
    """An area is known, or changed."""

    area: Area


@dataclass(frozen=True, slots=True)
class IncidentChanged:
    """Something happened on the streets, or is over."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class SpreadLearnt:
    """The zone has learnt how late arrivals are, and tells its customers accordingly from now on."""

    spread: Spread


@dataclass(frozen=True, slots=True)
class GoalsChanged:
    """The zone is measured by these goals from now on."""

    goals: Goals


@dataclass(frozen=True, slots=True)
class PointRegistered:
    """A pickup point is known, or changed."""

    point: PickupPoint


@dataclass(frozen=True, slots=True)
class DistributorChanged:
    """A distributor has applied, told something new, or was judged."""

    distributor: Distributor


@dataclass(frozen=True, slots=True)
class FeesChanged:
    """The zone's deliveries cost this from now on."""

    rule: FeeRule


@dataclass(frozen=True, slots=True)
class SkuRegistered:
    """A good is known, or changed."""

    sku: Sku


@dataclass(frozen=True, slots=True)
class StockChanged:
    """A shelf changed: an entry of its ledger. `quantity` is how many pieces the move is about; of a count, how many
    more there were than in the books. `order_id`: for which order, `note`: what whoever reported it said. `went_low`:
    with this change, so few are free that somebody should do something; said once until there are enough again.
    """

    shelf: Shelf
    move: StockMove
    quantity: int
    order_id: str = ""
    note: str = ""
    went_low: bool = False


@dataclass(frozen=True, slots=True)
class CourierRegistered:
    """A courier is known, or changed."""

    courier: Courier


@dataclass(frozen=True, slots=True)
class DutyChanged:
    """A courier's duty is now this."""

    courier: Courier
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderCreated:
    """An order was taken in; it is held, dispatchable or at its depot."""

    order: Order


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order moved on: `what` names the step (its new status, or `waiting`, `lock`, `undone`, `place`, `wish`,
    `ready`, `mode`, `shipment`, `preparation`, `rated`, `link`, `answered`, `erased`).

    `device_at_ms` is when it happened by the courier's device, where one reported it; the record has when we heard.
    """

    order: Order
    what: str
    device_at_ms: int = 0


ERASED = "erased"
"""The step by which an order forgets its customer."""
ANSWERED = "answered"
"""The step by which an order comes to mind whose customer was answered, in a case; the order is as it was."""
QUIET = frozenset({"waiting", "preparation", "rated", "link", "shipment", ANSWERED, ERASED})
"""What happens to an order that no plan depends on."""


@dataclass(frozen=True, slots=True)
class EtaChanged:
    """An order's arrival time changed, and why."""

    order: Order
    cause: str


@dataclass(frozen=True, slots=True)
class OfferMade:
    """Orders are offered to a courier."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class OfferClosed:
    """An offer ended; its status says how."""

    offer: Offer
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanAdopted:
    """A plan took effect: its version, who made it and what it was for."""

    version: int
    engines: tuple[str, ...]
    reason: str
    moved: int
    gain: float


@dataclass(frozen=True, slots=True)
class RouteChanged:
    """A courier's stops ahead are now these, and why."""

    route: Route
    reason: str


@dataclass(frozen=True, slots=True)
class RouteRetimed:
    """The same stops in the same order, at other times."""

    route: Route
    cause: str


@dataclass(frozen=True, slots=True)
class CaseChanged:
    """A case was opened, or dealt with."""

    case: Case


@dataclass(frozen=True, slots=True)
class CourierNoticed:
    """A courier is to be told something about orders or a place, by a stable code (see `reality`, `advice`)."""

    courier_id: str
    code: str
    order_ids: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """Somebody wrote about an order."""

    message: OrderMessage


@dataclass(frozen=True, slots=True)
class Overridden:
    """A person overruled the system: kept for the audit with the command's actor."""

    action: str
    order_id: str
    courier_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OverrideChanged:
    """An override was made or taken back, or something was learnt of how it turned out."""

    override: Override


@dataclass(frozen=True, slots=True)
class CorrectionChanged:
    """A door's pin was found wrong, or somebody decided about that."""

    correction: Correction


@dataclass(frozen=True, slots=True)
class ClaimChanged:
    """Something was asked for after a delivery, or that went on."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class ClaimPolicyChanged:
    """The zone grants these claims from now on."""

    policy: ClaimPolicy


Event = (
    DepotRegistered
    | AreaRegistered
    | IncidentChanged
    | SpreadLearnt
    | GoalsChanged
    | FeesChanged
    | CourierRegistered
    | DutyChanged
    | OrderCreated
    | OrderChanged
    | EtaChanged
    | OfferMade
    | OfferClosed
    | PlanAdopted
    | RouteChanged
    | RouteRetimed
    | CaseChanged
    | CourierNoticed
    | MessagePosted
    | Overridden
    | OverrideChanged
    | CorrectionChanged
    | SkuRegistered
    | StockChanged
    | PointRegistered
    | DistributorChanged
    | ClaimChanged
    | ClaimPolicyChanged
)
