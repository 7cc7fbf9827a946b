"""What must hold in every zone at every moment; run by tests, by the simulation and by the running server."""

from collections import Counter

from dispatch.domain.allotment import SHORT, needs
from dispatch.domain.case import CaseStatus
from dispatch.domain.claim import ClaimStatus
from dispatch.domain.collection import CollectionState
from dispatch.domain.fulfilment import Mode
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import (
    AT_REST,
    BEFORE_PICKUP,
    ON_BOARD,
    STRANDED,
    TO_DELIVER,
    WAITING,
    HoldState,
    Order,
    OrderStatus,
)
from dispatch.domain.points import way_back
from dispatch.domain.route import StopEnd, StopKind
from dispatch.domain.shelf import shelf_id
from dispatch.domain.zone import ZoneState

_FETCHING = {ClaimStatus.APPROVED: WAITING | BEFORE_PICKUP, ClaimStatus.COLLECTING: ON_BOARD}
"""Where the order that fetches a claim's goods may stand."""


_NOBODYS = WAITING | {OrderStatus.WITH_CARRIER}
_OURS = BEFORE_PICKUP | ON_BOARD | {OrderStatus.DISPATCHABLE}
_OTHERS = frozenset({OrderStatus.AT_DEPOT, OrderStatus.WITH_CARRIER})


def violations(state: ZoneState) -> list[str]:
    """Every breach found, one sentence each; an empty list when all is well."""
    return [
        *(*_assignments(state), *_routes(state), *_meetings(state), *_offers(state)),
        *(*_stock(state), *_collections(state), *_modes(state), *_cases(state), *_claims(state)),
    ]


def _assignments(state: ZoneState) -> list[str]:
    """I1: an order under way has one courier and stands on that courier's route only; nobody has one that several are
    being asked for.
    """
    on_route = Counter(order_id for route in state.routes.values() for order_id in route.order_ids())
    found = [f"I1: order {order_id} is on {times} routes" for order_id, times in on_route.items() if times > 1]
    for order in state.orders.values():
        if order.status is OrderStatus.OFFERED and not order.courier_id:
            if order.id in on_route:
                found.append(f"I1: order {order.id} is offered to several couriers and yet on a route")
        elif order.status in BEFORE_PICKUP:
            if order.id not in state.route(order.courier_id).order_ids():
                found.append(f"I1: order {order.id} is {order.status} but not on the route of {order.courier_id}")
        elif order.status in _NOBODYS and (order.courier_id or order.id in on_route):
            found.append(f"I1: order {order.id} waits, yet it is on a route or has a courier")
    return found


def _routes(state: ZoneState) -> list[str]:
    """I5: started stops come first, at most one of them; pickups precede drop-offs; goods on board are only dropped."""
    found = []
    for route in state.routes.values():
        started = [stop.started for stop in route.stops]
        if any(started[1:]):
            found.append(f"I5: courier {route.courier_id} has started stops behind others")
        picked: set[str] = set()
        for stop in route.stops:
            for order_id in stop.order_ids:
                order = state.orders.get(order_id)
                if order is None:
                    found.append(f"I5: courier {route.courier_id} has a stop for the unknown order {order_id}")
                elif stop.kind is StopKind.PICKUP:
                    picked.add(order_id)
                elif order_id not in picked and order.status not in TO_DELIVER:
                    found.append(f"I5: order {order_id} would be dropped off before its pickup")
    return found


def _meetings(state: ZoneState) -> list[str]:
    """Where couriers meet, one gives what the other takes; whoever has spoken has no such stop any more."""
    found = []
    for route in state.routes.values():
        for stop in route.stops:
            for order_id in stop.order_ids if stop.end is StopEnd.MEETING else ():
                order = state.orders[order_id]
                meeting = order.handover
                side = (meeting.to_courier_id if stop.takes_over else order.courier_id) if meeting else ""
                spoken = meeting and (meeting.received_at_ms if stop.takes_over else meeting.given_at_ms)
                if side != route.courier_id or spoken:
                    found.append(f"I5: courier {route.courier_id} meets nobody for order {order_id}")
    handed = {order.id for order in state.orders.values() if order.handover}
    if handed != state.handovers.keys() or any(state.orders[o].status not in ON_BOARD for o in handed):
        found.append("I5: an order without goods on board is to change courier")
    if {order.id for order in state.orders.values() if order.status in STRANDED} != state.stranded.keys():
        found.append("I5: the zone does not know which goods have no door any more")
    return found


def _offers(state: ZoneState) -> list[str]:
    """An open offer and its orders point at each other; an offered order has an open offer, and several only when each
    of them is a rival of the others.
    """
    found, open_offers = [], {o.id: o for o in state.offers.values() if o.status is OfferStatus.OPEN}
    if open_offers.keys() != state.open_offers.keys():
        found.append("I1: the zone does not know which offers are open")
    for offer in open_offers.values():
        for order_id in offer.order_ids:
            order = state.orders.get(order_id)
            if order is None or order.status is not OrderStatus.OFFERED or not _names(order, offer):
                found.append(f"I1: offer {offer.id} is open, but order {order_id} is not offered by it")
    for order in state.orders.values():
        named = open_offers.get(order.offer_id)
        if order.status is OrderStatus.OFFERED and (named is None or order.id not in named.order_ids):
            found.append(f"I1: order {order.id} is offered, but by no open offer")
        elif order.status is OrderStatus.OFFERED and named and named.is_shared == bool(order.courier_id):
            found.append(f"I1: order {order.id} is offered to several couriers, yet one of them has it")
    return found


def _stock(state: ZoneState) -> list[str]:
    """I1 for goods: what is promised on a shelf is what orders hold of it, and no more than there is as long as one of
    them could wait; no lot has less than one piece.
    """
    promised, could_wait = _promises(state)
    ids = {*promised, *state.shelves}
    found = [f"I1: {i} has other promises than orders hold" for i in sorted(ids) if promised[i] != _reserved(state, i)]
    overdrawn = sorted(i for i in could_wait if i not in state.shelves or state.shelves[i].on_hand < promised[i])
    found += [f"I1: {i} is promised to more orders than have pieces there, and some could wait" for i in overdrawn]
    empty = [s.id for s in state.shelves.values() if s.reserved < 0 or any(lot.quantity < 1 for lot in s.lots)]
    found += [f"I1: {i} has fewer pieces than none" for i in empty]
    short = {o.id for o in state.orders.values() if o.status is OrderStatus.HELD and o.reason == SHORT}
    if short != state.short.keys():
        found.append("I1: the zone does not know which orders wait for goods")
    return found


def _cases(state: ZoneState) -> list[str]:
    """What is not closed is known without a walk; no timer runs for what is solved or closed."""
    found, is_open = [], {case.id for case in state.cases.values() if not case.is_closed}
    if is_open != state.open_cases.keys():
        found.append("C: the zone does not know which cases are open")
    late = (case for case in state.cases.values() if case.due_at_ms and case.status is not CaseStatus.OPEN)
    found += [f"C: a solution is owed for {case.id}, which is {case.status}" for case in late]
    kept = (case for case in state.cases.values() if case.is_closed and (case.follow_up_at_ms or case.follows_up))
    return [*found, *(f"C: {case.id} is closed and yet to be looked at" for case in kept)]


def _claims(state: ZoneState) -> list[str]:
    """A claim stands where its order that fetches the goods does, and the zone knows which ones nobody has answered."""
    found = []
    for claim in state.claims.values():
        order = state.orders.get(claim.pickup_order_id)
        may_be = _FETCHING.get(claim.status)
        if may_be and not claim.arrived_at_ms and (order is None or order.status not in may_be):
            found.append(f"Claims: {claim.id} is {claim.status}, but not its goods")
    asked = (claim for claim in state.claims.values() if claim.status is ClaimStatus.REQUESTED)
    if {claim.id: claim.answer_due_at_ms for claim in asked if not claim.escalated_at_ms} != state.unanswered:
        found.append("Claims: the zone does not know which ones wait for an answer")
    return found


def _promises(state: ZoneState) -> tuple[Counter[str], set[str]]:
    """(pieces that orders hold of each shelf, the shelves of which an order that nobody has yet holds some)."""
    promised, could_wait = Counter[str](), set[str]()
    for order in state.orders.values():
        if order.stock and order.stock.state is HoldState.RESERVED:
            of_it = {shelf_id(order.stock.depot_id, sku): pieces for sku, pieces in needs(order).items()}
            promised.update(of_it)
            if order.status in AT_REST:
                could_wait |= of_it.keys()
    return promised, could_wait


def _collections(state: ZoneState) -> list[str]:
    """I1 for pickup points: what was brought lies there, was fetched, or is being brought back; nothing else is."""
    found, lying, expected = [], set[str](), set[str]()
    for order in state.orders.values():
        there = order.collection
        if there is None:
            continue
        if (order.status is OrderStatus.DELIVERED) is (there.state is CollectionState.EXPECTED):
            found.append(f"I1: order {order.id} is {order.status} and {there.state} at its pickup point")
        if there.state is CollectionState.UNCOLLECTED and not _is_being_fetched(state, way_back(order)):
            found.append(f"I1: nobody is to bring back order {order.id}, which nobody collected")
        lying |= {order.id} if there.is_open else set()
        expected |= set() if order.is_over else {order.id}
    if lying != state.at_points.keys() or expected != {o for ids in state.for_points.values() for o in ids}:
        found.append("I1: the zone does not know what lies at pickup points")
    return found


def _modes(state: ZoneState) -> list[str]:
    """Couriers have what couriers bring, and nothing else; a carrier has what it was handed, and nothing else."""
    found = []
    for order in state.orders.values():
        if order.status in (_OTHERS if order.mode is Mode.DELIVERY else _OURS):
            found.append(f"I1: order {order.id} is {order.status}, but its mode is {order.mode}")
        if (order.status is OrderStatus.WITH_CARRIER) and (order.shipment is None or order.mode is not Mode.CARRIER):
            found.append(f"I1: no carrier has order {order.id}, which is {order.status}")
        if order.shipment and order.status in WAITING | _OURS:
            found.append(f"I1: a carrier has order {order.id}, which is {order.status}")
    kept = {order.id: order.collect_by_ms for order in state.orders.values() if order.collect_by_ms}
    if kept != state.at_depots:
        found.append("I1: the zone does not know what its customers are to fetch at depots")
    return found


def _is_being_fetched(state: ZoneState, order_id: str) -> bool:
    back = state.orders.get(order_id)
    return back is not None and back.status not in (OrderStatus.DELIVERED, OrderStatus.CANCELED)


def _reserved(state: ZoneState, shelf: str) -> int:
    return state.shelves[shelf].reserved if shelf in state.shelves else 0


def _names(order: Order, offer: Offer) -> bool:
    """Whether the order names the offer, or one of its rivals."""
    return order.offer_id == offer.id or order.offer_id in offer.rivals
