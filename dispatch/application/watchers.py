"""Who watches a zone from this process, and what each of them is told.

An event is projected once for all staff and once per watched order, encoded once per encoding, and put into every lane
that it concerns. A shopper's lane hears of its own order only, and of its courier only while the goods are on board.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from courier_protocol import live
from courier_protocol.codec import Encoding
from courier_protocol.messages import Message
from dispatch.application.lanes import FixBatch, Lane, Outgoing
from dispatch.application.ports import Position, Recorded
from dispatch.application.presence import Link
from dispatch.application.replica import ZoneReplica
from dispatch.application.views import (
    SHOWN_COURIER_ID,
    CourierPath,
    Sight,
    fix_view,
    glimpse,
    staff_path,
    track_change,
    track_snapshot,
    zone_change,
    zone_snapshot,
)
from dispatch.domain import events as e
from dispatch.domain.ends import is_awaited
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage, Party
from dispatch.domain.zone import entity_of


class Watchers:
    """The lanes of one zone in one process."""

    def __init__(self, replica: ZoneReplica, sight: Sight) -> None:
        self._replica = replica
        self._sight = sight
        self._staff: set[Lane] = set()
        self._shoppers: defaultdict[str, set[Lane]] = defaultdict(set)
        self._told_seq: dict[str, int] = {}

    @property
    def sessions(self) -> dict[str, int]:
        """How many staff and shoppers watch."""
        return {"staff": len(self._staff), "shoppers": sum(map(len, self._shoppers.values()))}

    # --- coming and going --------------------------------------------------------------------------------------

    def watch_zone(self, encoding: Encoding, wake: Callable[[], None]) -> Lane:
        """A lane of everything that moves in the zone, for staff; it begins with a snapshot."""
        lane = Lane(encoding, self._zone_snapshot, wake)
        self._staff.add(lane)
        return lane

    def watch_order(self, order: Order, encoding: Encoding, wake: Callable[[], None]) -> Lane:
        """A lane of one order, for its shopper; it begins with a snapshot."""
        lane = Lane(encoding, lambda: Outgoing(self.track_view(order)), wake)
        self._told_seq.setdefault(order.id, self._replica.head)
        self._shoppers[order.id].add(lane)
        return lane

    def unwatch(self, lane: Lane) -> None:
        """Nobody reads this lane any more."""
        self._staff.discard(lane)
        for order_id in [order_id for order_id, lanes in self._shoppers.items() if lane in lanes]:
            self._shoppers[order_id].discard(lane)
            if not self._shoppers[order_id]:
                del self._shoppers[order_id], self._told_seq[order_id]

    def track_view(self, order: Order) -> live.TrackSnapshot:
        """What the order's shopper sees now; `order` serves when the zone has forgotten the finished order."""
        replica = self._replica
        known = replica.state.orders.get(order.id, order)
        return track_snapshot(replica.state, known, replica.epoch, replica.head, self._sight)

    def _zone_snapshot(self) -> Outgoing:
        replica = self._replica
        return Outgoing(zone_snapshot(replica.state, replica.epoch, replica.head, self._sight))

    # --- events ------------------------------------------------------------------------------------------------

    def tell_event(self, recorded: Recorded) -> None:
        """Tell everyone whom an event concerns; the replica stands at it."""
        if self._staff:
            self._tell(self._staff, zone_change(self._replica.state, self._replica.epoch, recorded, self._sight))
        if self._shoppers:
            for order_id in self._concerned(recorded.event):
                self._tell_shoppers(order_id, recorded)

    def _concerned(self, event: e.Event) -> Sequence[str]:
        """The watched orders whose shoppers see something else after this event."""
        entity = entity_of(event)
        if isinstance(entity, Order):
            return (entity.id,) if entity.id in self._shoppers else ()
        if isinstance(entity, OrderMessage) and Party.CUSTOMER in (entity.sender, entity.to):
            return (entity.order_id,) if entity.order_id in self._shoppers else ()
        if isinstance(event, e.RouteChanged):
            return [order_id for order_id in event.route.order_ids() if order_id in self._shoppers]
        return ()

    def _tell_shoppers(self, order_id: str, recorded: Recorded) -> None:
        replica, order = self._replica, self._replica.state.orders.get(order_id)
        if order:
            prev, self._told_seq[order_id] = self._told_seq[order_id], recorded.seq
            change = track_change(replica.state, order, recorded, self._sight, epoch=replica.epoch, prev=prev)
            self._tell(self._shoppers[order_id], change)

    @staticmethod
    def _tell(lanes: Iterable[Lane], message: Message) -> None:
        outgoing = Outgoing(message)
        for lane in lanes:
            lane.tell(outgoing)

    # --- places, paths, links ----------------------------------------------------------------------------------

    def show(self, fresh: Mapping[str, Position]) -> None:
        """Show the newest places, by courier id."""
        if self._staff and fresh:
            batch = FixBatch({courier_id: fix_view(position) for courier_id, position in fresh.items()})
            for lane in self._staff:
                lane.show(batch)
        if self._shoppers:
            for courier_id, position in fresh.items():
                self._show_to_shoppers(courier_id, position)

    def _show_to_shoppers(self, courier_id: str, position: Position) -> None:
        batch: FixBatch | None = None
        for order_id in self._on_board(courier_id):
            batch = batch or FixBatch({SHOWN_COURIER_ID: fix_view(position, SHOWN_COURIER_ID)})
            for lane in self._shoppers[order_id]:
                lane.show(batch)

    def _on_board(self, courier_id: str) -> list[str]:
        """The watched orders that this courier has on board, or comes for."""
        orders = self._replica.state.orders
        on_route = self._replica.state.route(courier_id).order_ids()
        return [o for o in on_route if o in self._shoppers and o in orders and is_awaited(orders[o])]

    def shopper_watches(self, courier_id: str) -> bool:
        """Whether a shopper in this process looks at an order that the courier has on board."""
        return bool(self._shoppers) and bool(self._on_board(courier_id))

    def watched(self) -> tuple[set[str], bool]:
        """The couriers whom shoppers in this process wait for, and whether staff watch here."""
        orders = self._replica.state.orders
        awaited = (orders[o] for o in self._shoppers if o in orders and is_awaited(orders[o]))
        return {order.courier_id for order in awaited if order.courier_id}, bool(self._staff)

    def tell_paths(self, paths: Mapping[str, CourierPath]) -> None:
        """Tell freshly drawn routes; a shopper only gets the leg to their own door."""
        if self._staff:
            drawn = tuple(staff_path(courier_id, path) for courier_id, path in paths.items())
            self._tell(self._staff, live.Paths(drawn))
        if self._shoppers:
            for courier_id in paths:
                for order_id in self._on_board(courier_id):
                    self._tell_path(order_id)

    def _tell_path(self, order_id: str) -> None:
        state = self._replica.state
        path = glimpse(state, state.orders[order_id], self._sight).path
        if path:
            self._tell(self._shoppers[order_id], live.Paths((path,)))

    def tell_links(self, changed: Mapping[str, Link]) -> None:
        """Tell staff whose links changed."""
        for courier_id, link in changed.items():
            self._tell(self._staff, live.LinkChanged(courier_id, link.value))
