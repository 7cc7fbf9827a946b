"""A zone's business state, and the draft in which one command is decided.

`evolve` puts an event into the state; it decides nothing and never fails. The writer, the planner's replica and
every gateway use it on the same stream of events and so hold the same state. `Draft` is what a decision sees: the
state as it was, overlaid with the events that the decision has already emitted. Until the writer has committed
those events, nothing of the state has changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dispatch.domain import events as e
from dispatch.domain.allotment import SHORT, follow
from dispatch.domain.area import Area
from dispatch.domain.case import Case
from dispatch.domain.claim import CLOSED, Claim, ClaimStatus
from dispatch.domain.claim_policy import FIRST_POLICY, ClaimPolicy
from dispatch.domain.collecting import lying
from dispatch.domain.collection import CollectionState
from dispatch.domain.correction import Correction
from dispatch.domain.courier import Courier
from dispatch.domain.depot import Depot
from dispatch.domain.distributor import Distributor
from dispatch.domain.errors import NotFound
from dispatch.domain.eta import USUAL, Spread
from dispatch.domain.fee_rule import FIRST_FEES, FeeRule
from dispatch.domain.goals import FIRST_GOALS, Goals
from dispatch.domain.incident import Incident
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import FINISHED, STRANDED, Order, OrderStatus
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.override import Override
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.route import FinishedStop, Route, Stop
from dispatch.domain.shelf import Shelf, Sku, StockMove, shelf_id

Entity = (
    Order
    | Courier
    | Depot
    | Area
    | Incident
    | Spread
    | Goals
    | FeeRule
    | Offer
    | Route
    | Case
    | OrderMessage
    | Override
    | Correction
    | Sku
    | Shelf
    | PickupPoint
    | Distributor
    | Claim
    | ClaimPolicy
)


@dataclass(slots=True)
class ZoneState:
    """Everything that decisions in one zone depend on. `dirty` names what changed since it was last taken.

    `messages` are by order id, in the order in which they were written. `handovers` are the orders that are to change
    courier, `stranded` those whose status is `STRANDED`, `open_offers` the offers that are open, `unfinished` the
    orders that have not ended, `short` those that wait for goods, `at_points` those that lie at a pickup point, with
    until when (0: they are to go back already), `at_depots` those that their customers fetch at their depots, with
    until when, `for_points` those that are expected or lie at each, `open_cases` the cases that are not closed,
    `unanswered` when the answers to claims become due (ms): what is asked often must not cost a walk over the whole
    zone.
    """

    zone_id: str
    plan_version: int = 0
    orders: dict[str, Order] = field(default_factory=dict)
    couriers: dict[str, Courier] = field(default_factory=dict)
    depots: dict[str, Depot] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    spread: Spread = USUAL
    goals: Goals = FIRST_GOALS
    fees: FeeRule = FIRST_FEES
    offers: dict[str, Offer] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    overrides: dict[str, Override] = field(default_factory=dict)
    corrections: dict[str, Correction] = field(default_factory=dict)
    skus: dict[str, Sku] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    points: dict[str, PickupPoint] = field(default_factory=dict)
    distributors: dict[str, Distributor] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    claim_policy: ClaimPolicy = FIRST_POLICY
    messages: dict[str, tuple[OrderMessage, ...]] = field(default_factory=dict)
    handovers: dict[str, None] = field(default_factory=dict)
    stranded: dict[str, None] = field(default_factory=dict)
    open_offers: dict[str, None] = field(default_factory=dict)
    unfinished: dict[str, None] = field(default_factory=dict)
    short: dict[str, None] = field(default_factory=dict)
    for_points: dict[str, dict[str, None]] = field(default_factory=dict)
    at_points: dict[str, int] = field(default_factory=dict)
    at_depots: dict[str, int] = field(default_factory=dict)
    open_cases: dict[str, None] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    dirty: dict[tuple[str, str], Entity] = field(default_factory=dict)

    def route(self, courier_id: str) -> Route:
        """The courier's route; an empty one when there has been none."""
        return self.routes.get(courier_id) or Route(courier_id)

    def take_dirty(self) -> tuple[Entity, ...]:
        """Every entity that changed since the last call, in its newest value."""
        taken = tuple(self.dirty.values())
        self.dirty = {}
        return taken

    def forget_finished(self, before_ms: int) -> int:
        """Drop orders that ended before a moment, and offers that closed: they live on in SQL. Returns how many."""
        old = [o.id for o in self.orders.values() if 0 < o.over_at_ms < before_ms]
        closed = [
            o.id for o in self.offers.values() if o.status is not OfferStatus.OPEN and o.expires_at_ms < before_ms
        ]
        settled = [c.id for c in self.cases.values() if c.is_closed and c.at_ms < before_ms]
        judged = [o.id for o in self.overrides.values() if o.settled and o.at_ms < before_ms]
        over = [c.id for c in self.claims.values() if c.status in CLOSED and c.changed_at_ms < before_ms]
        passed = [i.id for i in self.incidents.values() if i.is_over(before_ms)]
        for incident_id in passed:
            del self.incidents[incident_id]
        for order_id in old:
            del self.orders[order_id]
            self.messages.pop(order_id, None)
        for offer_id in closed:
            del self.offers[offer_id]
        for case_id in settled:
            del self.cases[case_id]
        for override_id in judged:
            del self.overrides[override_id]
        for claim_id in over:
            del self.claims[claim_id]
        return len(old) + len(closed) + len(settled) + len(judged) + len(passed) + len(over)


_BY_ID: dict[type[Entity], tuple[str, str]] = {
    Courier: ("couriers", "courier"),
    Depot: ("depots", "depot"),
    Area: ("areas", "area"),
    Incident: ("incidents", "incident"),
    Override: ("overrides", "override"),
    Correction: ("corrections", "correction"),
    Sku: ("skus", "sku"),
    Shelf: ("shelves", "shelf"),
    PickupPoint: ("points", "point"),
    Distributor: ("distributors", "distributor"),
}
"""Where entities stand that are simply kept by their ids, and how `dirty` calls them."""


def _mark(ids: dict[str, None], entity_id: str, *, holds: bool) -> None:
    if holds:
        ids[entity_id] = None
    else:
        ids.pop(entity_id, None)


def _keep_at_point(until_ms: dict[str, int], order: Order) -> None:
    there = order.collection
    if there and there.is_open:
        until_ms[order.id] = there.until_ms if there.state is CollectionState.AT_POINT else 0
    else:
        until_ms.pop(order.id, None)


def _keep_at_depot(until_ms: dict[str, int], order: Order) -> None:
    if order.collect_by_ms:
        until_ms[order.id] = order.collect_by_ms
    else:
        until_ms.pop(order.id, None)


def _keep_for_point(orders: dict[str, dict[str, None]], order: Order) -> None:
    if order.collection and (not order.is_over or order.collection.point_id in orders):
        _mark(orders.setdefault(order.collection.point_id, {}), order.id, holds=not order.is_over)


def _put(state: ZoneState, entity: Entity) -> None:
    match entity:
        case Order():
            state.orders[entity.id] = entity
            _mark(state.handovers, entity.id, holds=entity.handover is not None)
            _mark(state.stranded, entity.id, holds=entity.status in STRANDED)
            _mark(state.unfinished, entity.id, holds=entity.status not in FINISHED)
            _keep_at_point(state.at_points, entity)
            _keep_at_depot(state.at_depots, entity)
            _keep_for_point(state.for_points, entity)
            _mark(state.short, entity.id, holds=entity.status is OrderStatus.HELD and entity.reason == SHORT)
            state.plan_version = max(state.plan_version, entity.changed_version)
            state.dirty["order", entity.id] = entity
        case Route():
            state.routes[entity.courier_id] = entity
            state.plan_version = max(state.plan_version, entity.version)
            state.dirty["route", entity.courier_id] = entity
        case Offer():
            state.offers[entity.id] = entity
            _mark(state.open_offers, entity.id, holds=entity.status is OfferStatus.OPEN)
            state.dirty["offer", entity.id] = entity
        case Case():
            state.cases[entity.id] = entity
            _mark(state.open_cases, entity.id, holds=not entity.is_closed)
            state.dirty["case", entity.id] = entity
        case Claim():
            state.claims[entity.id] = entity
            state.unanswered.pop(entity.id, None)
            if entity.status is ClaimStatus.REQUESTED and not entity.escalated_at_ms:
                state.unanswered[entity.id] = entity.answer_due_at_ms
            state.dirty["claim", entity.id] = entity
        case ClaimPolicy():
            state.claim_policy = entity
            state.dirty["claim_policy", ""] = entity
        case Spread():
            state.spread = entity
            state.dirty["spread", ""] = entity
        case Goals():
            state.goals = entity
            state.dirty["goals", ""] = entity
        case FeeRule():
            state.fees = entity
            state.dirty["fees", ""] = entity
        case OrderMessage():
            thread = state.messages.get(entity.order_id, ())
            state.messages[entity.order_id] = (*thread, entity)
            state.dirty["message", entity.id] = entity
        case _:
            shelf, name = _BY_ID[type(entity)]
            getattr(state, shelf)[entity.id] = entity
            state.dirty[name, entity.id] = entity


CARRIED: dict[type[e.Event], str] = {
    e.OrderCreated: "order",
    e.OrderChanged: "order",
    e.EtaChanged: "order",
    e.CourierRegistered: "courier",
    e.DutyChanged: "courier",
    e.DepotRegistered: "depot",
    e.AreaRegistered: "area",
    e.IncidentChanged: "incident",
    e.SpreadLearnt: "spread",
    e.GoalsChanged: "goals",
    e.FeesChanged: "rule",
    e.OfferMade: "offer",
    e.OfferClosed: "offer",
    e.RouteChanged: "route",
    e.RouteRetimed: "route",
    e.CaseChanged: "case",
    e.OverrideChanged: "override",
    e.CorrectionChanged: "correction",
    e.MessagePosted: "message",
    e.SkuRegistered: "sku",
    e.StockChanged: "shelf",
    e.PointRegistered: "point",
    e.DistributorChanged: "distributor",
    e.ClaimChanged: "claim",
    e.ClaimPolicyChanged: "policy",
}
"""The field in which an event carries an entity, for those that carry one."""


def entity_of(event: e.Event) -> Entity | None:
    """The entity whose newest value the event carries, if it carries one."""
    name = CARRIED.get(type(event))
    entity: Entity | None = getattr(event, name) if name else None
    return entity


def evolve(state: ZoneState, event: e.Event) -> None:
    """Put an event that has happened into the state."""
    if isinstance(event, e.PlanAdopted):
        state.plan_version = max(state.plan_version, event.version)
    if isinstance(event, e.OrderChanged) and event.what == e.ERASED:
        state.messages.pop(event.order.id, None)
    entity = entity_of(event)
    if entity is not None:
        _put(state, entity)


def rebuilt(zone_id: str, plan_version: int, entities: Iterable[Entity]) -> ZoneState:
    """The state made of stored entities."""
    state = ZoneState(zone_id, plan_version)
    for entity in entities:
        _put(state, entity)
    state.dirty = {}
    return state


class Draft:
    """One decision in the making: reads see what it has emitted so far; the state itself stays untouched.

    `device_at_ms` is when a courier's device says that it happened; 0 when no device reported anything.
    """

    def __init__(self, state: ZoneState, now_ms: int) -> None:
        self._state = state
        self._drafted: dict[tuple[type[Entity], str], Entity] = {}
        self.now_ms = now_ms
        self.device_at_ms = 0
        self.version = state.plan_version + 1
        self.events: list[e.Event] = []

    @property
    def base(self) -> ZoneState:
        """The state before this decision."""
        return self._state

    def emit(self, event: e.Event) -> None:
        """Let something happen."""
        self.events.append(event)
        match entity_of(event):
            case Route() as route:
                self._drafted[Route, route.courier_id] = route
            case None | Spread() | Goals() | ClaimPolicy() | FeeRule():
                pass
            case entity:
                self._drafted[type(entity), entity.id] = entity

    def order(self, order_id: str) -> Order:
        """The order as it now stands. Raises `NotFound`."""
        found = self._drafted.get((Order, order_id)) or self._state.orders.get(order_id)
        if not isinstance(found, Order):
            raise NotFound("unknown_order", f"There is no order {order_id}.")
        return found

    def courier(self, courier_id: str) -> Courier:
        """The courier as they now stand. Raises `NotFound`."""
        found = self._drafted.get((Courier, courier_id)) or self._state.couriers.get(courier_id)
        if not isinstance(found, Courier):
            raise NotFound("unknown_courier", f"There is no courier {courier_id}.")
        return found

    def depot(self, depot_id: str) -> Depot:
        """The depot as it now stands. Raises `NotFound`."""
        found = self._state.depots.get(depot_id)
        if found is None:
            raise NotFound("unknown_depot", f"There is no depot {depot_id}.")
        return found

    def offer(self, offer_id: str) -> Offer:
        """The offer as it now stands. Raises `NotFound`."""
        found = self._drafted.get((Offer, offer_id)) or self._state.offers.get(offer_id)
        if not isinstance(found, Offer):
            raise NotFound("unknown_offer", f"There is no offer {offer_id}.")
        return found

    def override(self, override_id: str) -> Override:
        """The override as it now stands. Raises `NotFound`."""
        found = self._drafted.get((Override, override_id)) or self._state.overrides.get(override_id)
        if not isinstance(found, Override):
            raise NotFound("unknown_override", f"There is no override {override_id} that could still be changed.")
        return found

    def find_claim(self, claim_id: str) -> Claim | None:
        """The claim as it now stands, if the zone has it."""
        found = self._drafted.get((Claim, claim_id)) or self._state.claims.get(claim_id)
        return found if isinstance(found, Claim) else None

    def claim(self, claim_id: str) -> Claim:
        """The claim as it now stands. Raises `NotFound`."""
        found = self.find_claim(claim_id)
        if found is None:
            raise NotFound("unknown_claim", f"There is no claim {claim_id}.")
        return found

    def route(self, courier_id: str) -> Route:
        """The courier's route as it now stands."""
        found = self._drafted.get((Route, courier_id))
        return found if isinstance(found, Route) else self._state.route(courier_id)

    def shelf(self, depot_id: str, sku: str) -> Shelf:
        """What the depot has of a good, as it now stands."""
        found = self._drafted.get((Shelf, shelf_id(depot_id, sku))) or self._state.shelves.get(shelf_id(depot_id, sku))
        return found if isinstance(found, Shelf) else Shelf(depot_id, sku)

    def sku(self, sku_id: str) -> Sku:
        """The good as it now stands. Raises `NotFound`."""
        found = self._drafted.get((Sku, sku_id)) or self._state.skus.get(sku_id)
        if not isinstance(found, Sku):
            raise NotFound("unknown_sku", f"There is no sku {sku_id}; register it first.")
        return found

    def change_shelf(self, shelf: Shelf, move: StockMove, quantity: int, order_id: str = "", note: str = "") -> None:
        """Let a shelf change, with its entry in the ledger, which says so when it went low."""
        is_told = move is not StockMove.ANNOUNCED  # nothing left it: it is no news that little lies there
        changed = shelf.noticed(self.sku(shelf.sku), self.now_ms) if is_told else shelf
        went_low = bool(changed.low_since_ms and not shelf.low_since_ms)
        self.emit(e.StockChanged(changed, move, quantity, order_id, note, went_low))

    def keeping_up(self, order: Order) -> Order:
        """The order with what it holds of its depot's stock now; the shelves change with it (`allotment`)."""
        kept, changes = follow(lying(order, self.now_ms), self.shelf, self.now_ms)
        for change in changes:
            self.change_shelf(change.shelf, change.move, change.quantity, order.id)
        return kept

    def change_order(self, order: Order, what: str = "") -> Order:
        """Let an order change; `what` is its new status unless something else is named."""
        changed = self.keeping_up(replace(order, changed_version=self.version))
        self.emit(e.OrderChanged(changed, what or changed.status.value, self.device_at_ms))
        return changed

    def move_order(self, order: Order, status: OrderStatus, reason: str = "") -> Order:
        """Let an order reach a status. Raises `Conflict` when the table does not allow it."""
        return self.change_order(order.moved(status, self.happened_at_ms(order), reason))

    def happened_at_ms(self, order: Order) -> int:
        """When the step happened: by the device's clock, but neither in the future nor before the order's last step."""
        if not self.device_at_ms:
            return self.now_ms
        last_ms = order.timeline[-1][1] if order.timeline else 0
        return max(last_ms, min(self.device_at_ms, self.now_ms))

    def change_route(
        self, courier_id: str, stops: tuple[Stop, ...], reason: str, engines: tuple[str, ...] = (), gain_s: float = 0.0
    ) -> None:
        """Let a courier's stops ahead become these."""
        finished = self.route(courier_id).finished
        self._emit_route(Route(courier_id, self.version, stops, reason, engines, finished, gain_s))

    def finish_stop(self, courier_id: str, stops: tuple[Stop, ...], reason: str, finished: FinishedStop | None) -> None:
        """Let a courier's stops ahead become these, because one was finished, or (None) is not finished after all."""
        self._emit_route(Route(courier_id, self.version, stops, reason, finished=finished))

    def _emit_route(self, route: Route) -> None:
        self.emit(e.RouteChanged(route, route.reason))
