"""What the planner would have to look for in the whole zone at every look, kept from event to event.

Who holds which orders, what waits for a place, and where everybody is and goes (`CourierMap`). A look at a few couriers
then costs what those few cost, however large the zone is.
"""

from collections.abc import Collection, Iterable

from dispatch.application.courier_map import CourierMap
from dispatch.application.problem_builder import needs_a_place, works
from dispatch.domain.courier import Courier
from dispatch.domain.events import Event
from dispatch.domain.order import FINISHED, Order
from dispatch.domain.recipients import can_ride_along
from dispatch.domain.route import Route
from dispatch.domain.zone import ZoneState, entity_of


class ZoneIndex:
    """Follows one replica: `rebuild` from its state, then `heard` for each further event, after it was put in.

    `waiting` are the orders that need a place on a route, now or when they are due.
    """

    def __init__(self, state: ZoneState) -> None:
        self._state = state
        self.map = CourierMap()
        self.waiting: dict[str, None] = {}
        self._held: dict[str, dict[str, None]] = {}
        self._holder: dict[str, str] = {}
        self._mark: dict[str, str] = {}
        self._of_mark: dict[str, dict[str, None]] = {}

    def rebuild(self) -> None:
        """Forget what was known and look at the whole zone once; where couriers stand is kept."""
        self.waiting, self._held, self._holder = {}, {}, {}
        self._mark, self._of_mark = {}, {}
        for courier_id, courier in self._state.couriers.items():
            self.map.work(courier_id, works(courier))
            self.map.follow(self._state.route(courier_id))
        for order in self._state.orders.values():
            self._put_order(order)

    def heard(self, event: Event) -> None:
        """Take in what happened."""
        match entity_of(event):
            case Order() as order:
                self._put_order(order)
            case Route() as route:
                self.map.follow(route)
            case Courier() as courier:
                self.map.work(courier.id, works(courier))

    def orders(self, courier_ids: Iterable[str], waiting: Collection[str]) -> list[Order]:
        """The unfinished orders of these couriers, and these waiting ones."""
        known, own = self._state.orders, [o for each in courier_ids for o in self._held.get(each, ())]
        return [known[order_id] for order_id in dict.fromkeys((*own, *waiting)) if order_id in known]

    def still_waiting(self) -> list[Order]:
        """The orders that wait, due or not; those that have found a place otherwise are forgotten."""
        known = (self._state.orders.get(order_id) for order_id in self.waiting)
        orders = [order for order in known if order and needs_a_place(self._state, order)]
        self.waiting = dict.fromkeys(order.id for order in orders)
        return orders

    def along_with(self, new: Order) -> list[str]:
        """The couriers who are about to fetch another order for the same door at the same time (`recipients`)."""
        others = (self._state.orders.get(order_id) for order_id in self._of_mark.get(new.phone_mark, ()))
        return [other.courier_id for other in others if other and other.id != new.id and can_ride_along(new, other)]

    def _put_order(self, order: Order) -> None:
        holder = "" if order.status in FINISHED else order.courier_id
        _move(order.id, holder, self._holder, self._held)
        _move(order.id, order.phone_mark if holder else "", self._mark, self._of_mark)
        if needs_a_place(self._state, order):
            self.waiting[order.id] = None


def _move(order_id: str, group: str, group_of: dict[str, str], members: dict[str, dict[str, None]]) -> None:
    """The order is of this group from now on (empty: of none), and of no other."""
    before = group_of.get(order_id, "")
    if group == before:
        return
    left = members.get(before, {})
    left.pop(order_id, None)
    if not left:
        members.pop(before, None)
    group_of.pop(order_id, None)
    if group:
        group_of[order_id] = group
        members.setdefault(group, {})[order_id] = None
