"""What staff see who are limited to depots: these depots, their orders, and the cases and messages about them.

Couriers are the zone's: everybody sees who they are and where they are, but of their routes only the stops that are
about one's own orders, for the others are doors of other depots' customers. The way ahead is drawn only while it leads
to no such door. Pure.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from courier_protocol import live
from courier_protocol.messages import StopView
from dispatch.domain.zone import ZoneState

Depots = frozenset[str]
"""Whose orders are seen; a limit that names none is no limit, and none of this is asked."""


def own_order(state: ZoneState, depots: Depots) -> Callable[[str], bool]:
    """Whether an order belongs to these depots, by its id; one that the zone has forgotten does not."""
    orders = state.orders

    def is_own(order_id: str) -> bool:
        order = orders.get(order_id)
        return order is not None and order.depot_id in depots

    return is_own


def narrowed_snapshot(snapshot: live.ZoneSnapshot, state: ZoneState, depots: Depots) -> live.ZoneSnapshot:
    """What these depots' staff see of the zone."""
    is_own = own_order(state, depots)
    return replace(
        snapshot,
        orders=tuple(order for order in snapshot.orders if order.depot_id in depots),
        couriers=_couriers(snapshot.couriers, is_own),
        depots=tuple(depot for depot in snapshot.depots if depot.id in depots),
        paths=narrowed_paths(snapshot.paths, state, depots),
        cases=tuple(case for case in snapshot.cases if is_own(case.order_id)),
        messages=tuple(each for each in snapshot.messages if is_own(each.order_id)),
    )


def narrowed_change(change: live.ZoneChange, state: ZoneState, depots: Depots) -> live.ZoneChange:
    """What of an event these depots' staff see. It is told in any case: the stream has no holes."""
    is_own = own_order(state, depots)
    return replace(
        change,
        orders=tuple(order for order in change.orders if order.depot_id in depots),
        couriers=_couriers(change.couriers, is_own),
        depots=tuple(depot for depot in change.depots if depot.id in depots),
        cases=tuple(case for case in change.cases if is_own(case.order_id)),
        messages=tuple(each for each in change.messages if is_own(each.order_id)),
    )


def narrowed_paths(paths: Iterable[live.RoutePath], state: ZoneState, depots: Depots) -> tuple[live.RoutePath, ...]:
    """The ways ahead that lead to these depots' customers only."""
    is_own = own_order(state, depots)

    def leads_home(courier_id: str) -> bool:
        return all(is_own(order_id) for stop in state.route(courier_id).stops for order_id in stop.order_ids)

    return tuple(path for path in paths if leads_home(path.courier_id))


def narrowed_attending(attending: live.Attending, state: ZoneState, depots: Depots) -> live.Attending:
    """Who attends; what they have open of other depots is not said."""
    is_own = own_order(state, depots)

    def is_seen(one: live.Attendee) -> bool:
        if one.kind == "case":
            case = state.cases.get(one.id)
            return case is not None and is_own(case.order_id)
        return is_own(one.id) if one.kind == "order" else one.kind != "depot" or one.id in depots

    def seen(one: live.Attendee) -> live.Attendee:
        return one if is_seen(one) else replace(one, kind="", id="", changing=False)

    return live.Attending(tuple(map(seen, attending.people)))


def _couriers(couriers: Iterable[live.CourierView], is_own: Callable[[str], bool]) -> tuple[live.CourierView, ...]:
    return tuple(replace(courier, stops=_stops(courier.stops, is_own)) for courier in couriers)


def _stops(stops: Iterable[StopView], is_own: Callable[[str], bool]) -> tuple[StopView, ...]:
    """Stops about nobody's order are everybody's; of one for several, one's own orders."""
    kept = []
    for stop in stops:
        own = tuple(filter(is_own, stop.order_ids))
        if own or not stop.order_ids:
            kept.append(replace(stop, order_ids=own))
    return tuple(kept)
