"""What watchers are shown: pure projections of the zone's state onto the messages of the live channel.

Staff see the zone. A shopper sees one order, and of its courier only what leads to their own door: first name,
vehicle and place between pickup and drop-off, and the way ahead once theirs is the next stop (before that it would
show where other people live). A shopper never sees an id, a name or a reason that belongs to the house.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field
from re import sub
from typing import Any, Final

from courier_protocol import live
from dispatch.application.courier_facts import money_due, stop_view
from dispatch.application.ports import Position, Recorded
from dispatch.domain import events as e
from dispatch.domain.case import Case
from dispatch.domain.collection import CollectionState
from dispatch.domain.courier import Courier
from dispatch.domain.depot import Depot
from dispatch.domain.ends import is_awaited
from dispatch.domain.fulfilment import Mode
from dispatch.domain.goals import Goals
from dispatch.domain.order import AT_REST, FINISHED, Order, OrderStatus
from dispatch.domain.order_message import OrderMessage, Party
from dispatch.domain.vehicle import Load
from dispatch.domain.wishes import may_wish
from dispatch.domain.zone import ZoneState, entity_of

SHOWN_COURIER_ID = "courier"
"""What stands for the courier's id towards a shopper."""
_HIDDEN_STEPS = AT_REST | {OrderStatus.OFFERED, OrderStatus.ASSIGNED}


@dataclass(frozen=True, slots=True)
class CourierPath:
    """The road geometry of a route ahead, from the courier's place on: polylines of precision 6."""

    version: int
    whole6: str
    next_leg6: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known beside the business state: places, links, road geometry and batteries, each by courier id; and when
    a phone was last heard, business time (0: not known). `calls`: whether people are joined by masked calls.
    """

    positions: Mapping[str, Position] = dataclass_field(default_factory=dict)
    links: Mapping[str, str] = dataclass_field(default_factory=dict)
    paths: Mapping[str, CourierPath] = dataclass_field(default_factory=dict)
    batteries: Mapping[str, float] = dataclass_field(default_factory=dict)
    heard_at_ms: Callable[[str], int] = lambda _courier_id: 0
    calls: bool = False


def order_view(order: Order) -> live.OrderView:
    """An order as staff see it."""
    return live.OrderView(
        id=order.id,
        status=shown_status(order),
        lat=order.dropoff.place.lat,
        lon=order.dropoff.place.lon,
        address=order.dropoff.address,
        depot_id=order.depot_id,
        created_at_ms=order.created_at_ms,
        promise_at_ms=order.promise_at_ms,
        eta_at_ms=order.eta_at_ms,
        eta_late_at_ms=order.eta_late_at_ms,
        ready_at_ms=order.ready_at_ms,
        courier_id=order.courier_id,
        reason=order.reason,
        ref=order.ref,
        timeline=_timeline(order, order.timeline),
        requires=tuple(kind.value for kind in order.proven_by),
        proofs=_proofs(order),
        direction=order.direction.value,
        handover_to=order.handover.to_courier_id if order.handover else "",
        skills=order.skills,
        fragile=order.fragile,
        max_ride_s=order.max_ride_s,
        tier=order.tier,
        depot_options=order.depot_options,
        lock=order.lock.value,
        priority=order.priority,
        excluded=order.declined_by[-1_024:],
        cut_off=order.cut_off,
        wishes=tuple(live.WishView(w.kind.value, w.at_ms, w.was, w.was_at_ms, w.by, w.reason) for w in order.wishes),
        preparation=_preparation(order),
        rating=_rating(order),
        load=load_view(order.load),
        collection=_collection(order),
        shipment=_shipment(order, shows_note=True),
        payment=order.payment.state.value if order.payment else "",
        drop_of=order.drop_of,
        **money_due(order),
        **_wished(order),
        **_last_change(order),
    )


_MAY_MOVE: Final = frozenset({"depot", *AT_REST})
"""With which changes an order's goods may lie at another depot."""
_AFTER_DELIVERY: Final = {
    CollectionState.AT_POINT: "at_point",
    CollectionState.UNCOLLECTED: "at_point",
    CollectionState.COLLECTED: "collected",
    CollectionState.RETURNED: "returned",
}
"""What an order is called that its courier has brought to a pickup point."""


def shown_status(order: Order) -> str:
    """Where the order stands for people: it goes on after its courier has brought it to a pickup point, and what its
    customer fetched was not delivered.
    """
    there = order.collection
    if order.status is OrderStatus.DELIVERED and order.mode is Mode.SELF_PICKUP:
        return CollectionState.COLLECTED.value
    if there is None or order.status is not OrderStatus.DELIVERED:
        return order.status.value
    return _AFTER_DELIVERY.get(there.state, order.status.value)


def _timeline(order: Order, steps: Sequence[tuple[OrderStatus, int]]) -> tuple[live.TimelineEntry, ...]:
    """The newest steps; at a pickup point it is brought, then collected, or at its depot again."""
    entries = [live.TimelineEntry(status.value, at_ms) for status, at_ms in steps[-255:]]
    if entries and order.mode is Mode.SELF_PICKUP and order.status is OrderStatus.DELIVERED:
        return (*entries[:-1], live.TimelineEntry(shown_status(order), entries[-1].at_ms))
    there = order.collection
    if there is None or order.status is not OrderStatus.DELIVERED:
        return tuple(entries)
    brought = [live.TimelineEntry("at_point", e.at_ms) if e.status == OrderStatus.DELIVERED else e for e in entries]
    ended = there.state in (CollectionState.COLLECTED, CollectionState.RETURNED)
    return (*brought, live.TimelineEntry(shown_status(order), there.at_ms)) if ended else tuple(brought)


def _collection(order: Order, *, shows_code: bool = False) -> live.CollectionView | None:
    there = order.collection
    if there is None:
        return None
    code = there.code if shows_code and not order.is_over else ""
    return live.CollectionView(there.state.value, there.point_id, there.at_ms, there.until_ms, code)


def shown_mode(order: Order) -> str:
    """Who brings it, as people call it: a courier who brings it to a pickup point brings it to no door."""
    return "leader_pickup" if order.collection else order.mode.value


def _shipment(order: Order, *, shows_note: bool) -> live.ShipmentView | None:
    had = order.shipment
    if had is None:
        return None
    note = had.note if shows_note else ""
    return live.ShipmentView(had.carrier, had.tracking_number, had.tracking_url, had.state.value, had.at_ms, note)


def _wished(order: Order) -> dict[str, Any]:
    """What the customer wants of it and how they get it, for themselves and for staff."""
    return {
        "earliest_at_ms": order.earliest_at_ms,
        "note": order.dropoff.note,
        "leave_at_door": order.leave_at_door,
        "wish_version": order.wish_version,
        "waits_until_ms": order.waits_until_ms,
        "mode": shown_mode(order),
        "collect_by_ms": order.collect_by_ms,
    }


def _preparation(order: Order) -> tuple[live.PreparationView, ...]:
    return tuple(live.PreparationView(step.value, at_ms) for step, at_ms in order.preparation)


def _proofs(order: Order) -> tuple[live.ProofView, ...]:
    return tuple(live.ProofView(p.kind.value, p.at_ms, p.upload_id) for p in order.proofs[-64:])


def _rating(order: Order) -> live.RatingView | None:
    found = order.rating
    return live.RatingView(found.stars, found.reasons, found.text, found.at_ms) if found else None


def load_view(load: Load) -> live.LoadView:
    """How heavy and how big."""
    return live.LoadView(load.weight_g, load.volume_ml, load.items)


def _last_change(order: Order) -> dict[str, Any]:
    """Why, when and from what the shown arrival time changed."""
    if not order.etas or not order.eta_at_ms:
        return {}
    before_ms = order.etas[-2].eta_at_ms if len(order.etas) > 1 else 0
    last = order.etas[-1]
    return {"eta_cause": str(last.cause), "eta_before_at_ms": before_ms, "eta_changed_at_ms": last.at_ms}


def message_view(message: OrderMessage) -> live.MessageView:
    """A message about an order."""
    return live.MessageView(
        message.id, message.order_id, message.sender.value, message.to.value, message.text, message.at_ms
    )


def case_view(case: Case) -> live.CaseView:
    """A case in the dispatchers' inbox."""
    return live.CaseView(
        id=case.id,
        kind=case.kind.value,
        order_id=case.order_id,
        at_ms=case.at_ms,
        happened_at_ms=case.happened_at_ms,
        courier_id=case.courier_id,
        other_courier_id=case.other_courier_id,
        status=case.status.value,
        resolution=case.resolution,
        resolved_by=case.resolved_by,
        text=case.text,
        opened_by=case.opened_by,
        assignee=case.assignee,
        due_at_ms=case.due_at_ms,
        escalated_at_ms=case.escalated_at_ms,
        solution=case.solution,
        solved_at_ms=case.solved_at_ms,
        solved_by=case.solved_by,
        wanted_minor=case.wanted_minor,
        compensation_minor=case.compensation_minor,
        follow_up_at_ms=case.follow_up_at_ms,
        follow_up_note=case.follow_up_note,
        follows_up=case.follows_up,
        reopened=case.reopened,
        cause=case.cause,
    )


def courier_view(state: ZoneState, courier: Courier, sight: Sight) -> live.CourierView:
    """A courier as staff see them, with the route ahead."""
    route = state.route(courier.id)
    return live.CourierView(
        id=courier.id,
        name=courier.name,
        profile=courier.profile.value,
        duty=courier.duty.value,
        link=sight.links.get(courier.id, "offline"),
        route_version=route.version,
        stops=tuple(map(stop_view, route.stops)),
        route_reason=route.reason,
        route_engines=route.engines,
        route_gain_s=round(route.gain_s, 1),
        account=courier.account.value,
        capacity=load_view(courier.capacity),
        breaks=tuple(live.BreakView(rest.from_ms, rest.until_ms) for rest in courier.breaks[:10]),
        shift_end_at_ms=courier.shift_end_at_ms,
        shift_from_ms=courier.shift_from_ms,
        duty_since_ms=courier.duty_since_ms,
        heard_at_ms=sight.heard_at_ms(courier.id),
        battery=sight.batteries.get(courier.id),
    )


def goals_view(goals: Goals) -> live.GoalsView:
    """What the zone wants to reach."""
    return live.GoalsView(**asdict(goals))


def depot_view(depot: Depot) -> live.DepotView:
    """A depot on the map."""
    return live.DepotView(depot.id, depot.name, depot.place.lat, depot.place.lon, depot.address)


def fix_view(position: Position, shown_as: str = "") -> live.FixView:
    """A place on the map; `shown_as` stands for the courier's id."""
    return live.FixView(
        shown_as or position.courier_id,
        position.generation,
        position.seq,
        position.at_ms,
        position.lat,
        position.lon,
        position.heading_deg,
        position.speed_mps,
    )


def event_word(event: e.Event) -> str:
    """The event's name on the wire: `order_created`, `plan_adopted`, ..."""
    return sub(r"(?<!^)([A-Z])", r"_\1", type(event).__name__).lower()


def staff_path(courier_id: str, path: CourierPath) -> live.RoutePath:
    """The way along the whole route ahead."""
    return live.RoutePath(courier_id, path.version, path.whole6)


# --- staff -----------------------------------------------------------------------------------------------------


def zone_snapshot(state: ZoneState, epoch: int, seq: int, sight: Sight) -> live.ZoneSnapshot:
    """Everything that staff see of a zone."""
    return live.ZoneSnapshot(
        epoch=epoch,
        seq=seq,
        zone=state.zone_id,
        orders=tuple(map(order_view, state.orders.values())),
        couriers=tuple(courier_view(state, courier, sight) for courier in state.couriers.values()),
        depots=tuple(map(depot_view, state.depots.values())),
        fixes=tuple(fix_view(sight.positions[c]) for c in state.couriers if c in sight.positions),
        paths=tuple(staff_path(c, sight.paths[c]) for c in state.couriers if c in sight.paths),
        plan_version=state.plan_version,
        cases=tuple(map(case_view, state.cases.values())),
        messages=tuple(message_view(each) for thread in state.messages.values() for each in thread),
        goals=goals_view(state.goals),
    )


def zone_change(state: ZoneState, epoch: int, recorded: Recorded, sight: Sight) -> live.ZoneChange:
    """What one event changed for staff. Every event makes one, so `prev` is always the event before."""
    entity = entity_of(recorded.event)
    courier = touched_courier(state, recorded.event)
    return live.ZoneChange(
        epoch=epoch,
        prev=recorded.seq - 1,
        seq=recorded.seq,
        at_ms=recorded.at_ms,
        event=event_word(recorded.event),
        orders=(order_view(entity),) if isinstance(entity, Order) else (),
        couriers=(courier_view(state, courier, sight),) if courier else (),
        depots=(depot_view(entity),) if isinstance(entity, Depot) else (),
        plan_version=state.plan_version,
        cases=(case_view(entity),) if isinstance(entity, Case) else (),
        messages=(message_view(entity),) if isinstance(entity, OrderMessage) else (),
        goals=goals_view(entity) if isinstance(entity, Goals) else None,
    )


def touched_courier(state: ZoneState, event: e.Event) -> Courier | None:
    """The courier whose view an event changes."""
    match event:
        case e.CourierRegistered(courier=courier) | e.DutyChanged(courier=courier):
            return courier
        case e.RouteChanged(route=route) | e.RouteRetimed(route=route):
            return state.couriers.get(route.courier_id)
        case _:
            return None


# --- shoppers --------------------------------------------------------------------------------------------------


def shopper_order(order: Order, may: tuple[str, ...] = ()) -> live.OrderView:
    """The order without what is the house's: who has it, from where, who declined, and why; and what its customer may
    still change.
    """
    steps = [(status, at_ms) for status, at_ms in order.timeline if status not in _HIDDEN_STEPS]
    assigned = [step for step in order.timeline if step[0] is OrderStatus.ASSIGNED][-1:] if order.courier_id else []
    placed = (OrderStatus.DISPATCHABLE, order.created_at_ms)
    timeline = sorted((placed, *assigned, *steps), key=lambda step: step[1])
    return live.OrderView(
        id=order.id,
        status=OrderStatus.DISPATCHABLE.value if order.status is OrderStatus.OFFERED else shown_status(order),
        lat=order.dropoff.place.lat,
        lon=order.dropoff.place.lon,
        address=order.dropoff.address,
        depot_id="",
        created_at_ms=order.created_at_ms,
        promise_at_ms=order.promise_at_ms,
        eta_at_ms=order.eta_at_ms,
        eta_late_at_ms=order.eta_late_at_ms,
        ready_at_ms=order.ready_at_ms,
        reason=order.reason if order.status is OrderStatus.HELD else "",
        ref=order.ref,
        timeline=_timeline(order, timeline),
        direction=order.direction.value,
        cut_off=order.cut_off if order.status is OrderStatus.HELD else "",
        may=may,
        proofs=_proofs(order) if order.status is OrderStatus.DELIVERED else (),
        preparation=_preparation(order),
        rating=_rating(order),
        collection=_collection(order, shows_code=True),
        shipment=_shipment(order, shows_note=False),
        **_wished(order),
        **_last_change(order),
    )


@dataclass(frozen=True, slots=True)
class CourierGlimpse:
    """What a shopper may know of the courier now; all empty while there is nothing to be known."""

    name: str = ""
    profile: str = ""
    stops_before: int = 0
    fix: live.FixView | None = None
    path: live.RoutePath | None = None
    visible: bool = False


def glimpse(state: ZoneState, order: Order, sight: Sight) -> CourierGlimpse:
    """The courier as this order's shopper sees them."""
    courier = state.couriers.get(order.courier_id)
    if courier is None or not is_awaited(order):
        return CourierGlimpse()
    position = sight.positions.get(courier.id)
    stops_before = _stops_before(state, order)
    return CourierGlimpse(
        name=first_name(courier.name),
        profile=courier.profile.value,
        stops_before=stops_before,
        fix=fix_view(position, SHOWN_COURIER_ID) if position else None,
        path=None if stops_before else shopper_path(sight.paths.get(courier.id)),
        visible=True,
    )


def first_name(name: str) -> str:
    """The part of a name that a stranger may know; a name without spaces is taken as it is."""
    return name.strip().partition(" ")[0]


def shopper_path(path: CourierPath | None) -> live.RoutePath | None:
    """The way to the next stop, without the courier's id and without what lies beyond."""
    return None if path is None else live.RoutePath(SHOWN_COURIER_ID, path.version, path.next_leg6)


def shopper_thread(state: ZoneState, order_id: str) -> tuple[live.MessageView, ...]:
    """What the order's shopper wrote and what was written to them."""
    thread = state.messages.get(order_id, ())
    return tuple(message_view(each) for each in thread if Party.CUSTOMER in (each.sender, each.to))


def shown_pin(order: Order) -> str:
    """The PIN while the courier, or the depot, may still ask for it."""
    return "" if order.status in FINISHED else order.pin


def _may(state: ZoneState, order: Order, sight: Sight) -> tuple[str, ...]:
    """What the order's customer may do now: the kinds of wishes, and "call" while a courier can be called."""
    courier = state.couriers.get(order.courier_id)
    reached = sight.calls and courier is not None and bool(courier.phone) and is_awaited(order)
    wishes = (kind.value for kind in may_wish(order, state.route(order.courier_id)))
    return (*wishes, "call") if reached else tuple(wishes)


def _stops_before(state: ZoneState, order: Order) -> int:
    stops = state.route(order.courier_id).stops
    return next((index for index, stop in enumerate(stops) if order.id in stop.order_ids), 0)


def track_snapshot(state: ZoneState, order: Order, epoch: int, seq: int, sight: Sight) -> live.TrackSnapshot:
    """Everything that the shopper of this order sees."""
    seen = glimpse(state, order, sight)
    return live.TrackSnapshot(
        epoch=epoch,
        seq=seq,
        order=shopper_order(order, _may(state, order, sight)),
        depot=_shown_depot(state, order),
        courier_name=seen.name,
        courier_profile=seen.profile,
        stops_before=seen.stops_before,
        fix=seen.fix,
        path=seen.path,
        messages=shopper_thread(state, order.id),
        pin=shown_pin(order),
    )


def _shown_depot(state: ZoneState, order: Order) -> live.DepotView | None:
    depot = state.depots.get(order.depot_id)
    return live.DepotView("depot", depot.name, depot.place.lat, depot.place.lon, depot.address) if depot else None


def track_change(
    state: ZoneState, order: Order, recorded: Recorded, sight: Sight, *, epoch: int, prev: int
) -> live.TrackChange:
    """The shopper's order after an event that concerns it."""
    seen = glimpse(state, order, sight)
    is_moved = isinstance(recorded.event, e.OrderChanged) and recorded.event.what in _MAY_MOVE
    return live.TrackChange(
        epoch=epoch,
        prev=prev,
        seq=recorded.seq,
        at_ms=recorded.at_ms,
        event=event_word(recorded.event),
        order=shopper_order(order, _may(state, order, sight)),
        courier_name=seen.name,
        courier_profile=seen.profile,
        stops_before=seen.stops_before,
        fix=seen.fix,
        path=seen.path,
        courier_visible=seen.visible,
        messages=shopper_thread(state, order.id) if isinstance(recorded.event, e.MessagePosted) else (),
        pin=shown_pin(order),
        depot=_shown_depot(state, order) if is_moved else None,
    )
