"""Who watches a zone from this process, and what each of them is told.

An event is projected once for all staff and once per watched order, encoded once per encoding, and put into every lane
that it concerns. A shopper's lane hears of its own order only, and of its courier only while the goods are on board.

Who sees a courier is asked for each place of each courier, and changes only with events and with those who come and
go: it is kept until one of them concerns the courier.

Staff who are limited to depots are told the same, narrowed once for all who have the same limits (`narrowed`). An order
that another depot takes over comes or goes with a new snapshot: a change only adds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal, cast

from courier_protocol import live
from courier_protocol.messages import Message
from dispatch.application.lanes import FixBatch, Lane, Outgoing, Peer
from dispatch.application.narrowed import (
    Depots,
    narrowed_attending,
    narrowed_change,
    narrowed_paths,
    narrowed_snapshot,
)
from dispatch.application.ports import Position, Recorded
from dispatch.application.replica import ZoneReplica
from dispatch.application.viewport import MAX_DOTS, Viewport, clusters
from dispatch.application.views import (
    SHOWN_COURIER_ID,
    CourierPath,
    Sight,
    glimpse,
    staff_path,
    track_change,
    track_snapshot,
    zone_change,
    zone_snapshot,
)
from dispatch.domain import events as e
from dispatch.domain.case import SLA_MS, Case
from dispatch.domain.courier import Duty
from dispatch.domain.ends import is_awaited
from dispatch.domain.links import LINK_CHANGED
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage, Party
from dispatch.domain.zone import entity_of

MAX_STAFF: Final = 1_000
MAX_OF_AN_ORDER: Final = 100
"""Watchers of a zone and of one order by a process: each hears of every change. Who shares a link with more people than
that has them come back until some have gone."""
MOST_PAST: Final = 1_000
"""So many orders that the zone has forgotten are remembered here before they are forgotten, too."""
LinkWord = Literal["live", "stale", "lost", "offline"]


class Watchers:
    """The lanes of one zone in one process; a member of staff sees up to `max_dots` couriers one by one."""

    def __init__(self, replica: ZoneReplica, sight: Sight, max_dots: int = MAX_DOTS) -> None:
        self._replica = replica
        self._sight = sight
        self._max_dots = max_dots
        self._staff: dict[Lane, None] = {}  # in the order in which they came; so are the others
        self._limits: dict[Lane, Depots] = {}
        self._depot_of: dict[str, str] = {}
        self._attending: dict[Lane, None] = {}
        self._looks: dict[Lane, Viewport] = {}
        self._shoppers: defaultdict[str, dict[Lane, None]] = defaultdict(dict)
        self._told_seq: dict[str, int] = {}
        self._seeing: dict[str, tuple[Lane, ...]] = {}
        self._seen: dict[str, str] = {}
        self.before_snapshot: Callable[[], None] = lambda: None
        """Called before anybody is shown the present places: what waits to be shown is older, and goes first."""

    @property
    def sessions(self) -> dict[str, int]:
        """How many staff and shoppers watch."""
        return {"staff": len(self._staff), "shoppers": sum(map(len, self._shoppers.values()))}

    def has_room(self, order_id: str = "") -> bool:
        """Whether one more may watch the order, or the zone where none is named."""
        if order_id:
            return len(self._shoppers.get(order_id, ())) < MAX_OF_AN_ORDER
        return len(self._staff) < MAX_STAFF

    # --- coming and going --------------------------------------------------------------------------------------

    def watch_zone(
        self, peer: Peer, look: live.View | None = None, *, packed: bool = False, depots: Depots = frozenset()
    ) -> Lane:
        """A lane of everything that moves in the zone, for staff; it begins with a snapshot. With a `look`, places and
        ways are those that fit it; with `depots`, orders are theirs.
        """
        self.before_snapshot()
        lane = Lane(peer, packed=packed)
        if depots:
            if not self._limits:
                self._learn_depots()
            self._limits[lane] = depots
        lane.tell(Outgoing(self._snapshot(depots, everywhere=look is None)))
        self._staff[lane] = None
        if look:
            self.look(lane, look)
        return lane

    def _snapshot(self, depots: Depots, *, everywhere: bool) -> live.ZoneSnapshot:
        replica = self._replica
        sight = self._sight if everywhere else replace(self._sight, positions={}, paths={})
        whole = zone_snapshot(replica.state, replica.epoch, replica.head, sight)
        return narrowed_snapshot(whole, replica.state, depots) if depots else whole

    def look(self, lane: Lane, view: live.View | None) -> None:
        """This member of staff looks at this part of the zone from now on; None: at all of it."""
        if lane not in self._staff:
            return
        self.before_snapshot()
        if view is None:
            self._looks.pop(lane, None)
            lane.show(FixBatch(tuple(self._sight.positions.values())))
            drawn = (staff_path(*each) for each in self._sight.paths.items())
            lane.tell(Outgoing(live.Paths(self._for(lane, drawn))))
            return
        viewport = self._looks[lane] = Viewport(view, self._max_dots)
        self._enter(lane, viewport)

    def _enter(self, lane: Lane, viewport: Viewport) -> None:
        """Show what is in the view now: dots and ways, or clusters."""
        inside = viewport.enter(self._sight.positions)
        if viewport.is_far:
            return lane.hint(Outgoing(live.Clusters(clusters(inside, viewport.view.zoom, self._is_idle))))
        lane.show(FixBatch(inside))
        ways = [(each.courier_id, self._sight.paths.get(each.courier_id)) for each in inside]
        drawn = (staff_path(courier_id, path) for courier_id, path in ways if path)
        return lane.hint(Outgoing(live.Paths(self._for(lane, drawn))))

    def _for(self, lane: Lane, drawn: Iterable[live.RoutePath]) -> tuple[live.RoutePath, ...]:
        """What of these ways this member of staff may see."""
        limits = self._limits.get(lane)
        return narrowed_paths(drawn, self._replica.state, limits) if limits else tuple(drawn)

    def _is_idle(self, courier_id: str) -> bool:
        state = self._replica.state
        courier = state.couriers.get(courier_id)
        return courier is not None and courier.duty is Duty.AVAILABLE and not state.route(courier_id).stops

    def look_around(self) -> None:
        """To be called once a second: count the clusters anew, and see whether who was far has come near."""
        self.before_snapshot()
        for lane, viewport in self._looks.items():
            if viewport.is_far or viewport.is_crowded:
                self._enter(lane, viewport)

    def watch_order(self, order: Order, peer: Peer) -> Lane:
        """A lane of one order, for its shopper; it begins with a snapshot."""
        self.before_snapshot()
        lane = Lane(peer)
        lane.tell(Outgoing(self.track_view(order)))
        self._told_seq.setdefault(order.id, self._replica.head)
        self._shoppers[order.id][lane] = None
        self._look_again(self._replica.state.orders.get(order.id, order))
        return lane

    def attend(self, lane: Lane) -> None:
        """This member of staff is to be told what others have open."""
        if lane in self._staff:
            self._attending[lane] = None

    def tell_attending(self, attending: live.Attending) -> None:
        """Tell everybody who attends what the others have open."""
        state = self._replica.state
        told = {depots: Outgoing(narrowed_attending(attending, state, depots)) for depots in self._limits.values()}
        outgoing = Outgoing(attending)
        for lane in self._attending:
            lane.hint(told[self._limits[lane]] if lane in self._limits else outgoing)

    def unwatch(self, lane: Lane) -> None:
        """Nobody reads this lane any more."""
        self._staff.pop(lane, None)
        self._limits.pop(lane, None)
        self._attending.pop(lane, None)
        self._looks.pop(lane, None)

    def unwatch_order(self, order_id: str, lane: Lane) -> None:
        """Nobody reads this lane of an order any more."""
        lanes = self._shoppers[order_id]
        lanes.pop(lane, None)
        self._seeing.pop(self._seen.get(order_id, ""), None)
        if not lanes:
            del self._shoppers[order_id]
            self._told_seq.pop(order_id, None)
            self._seen.pop(order_id, None)

    def track_view(self, order: Order) -> live.TrackSnapshot:
        """What the order's shopper sees now; `order` serves when the zone has forgotten the finished order."""
        replica = self._replica
        known = replica.state.orders.get(order.id, order)
        return track_snapshot(replica.state, known, replica.epoch, replica.head, self._sight)

    # --- events ------------------------------------------------------------------------------------------------

    def tell_event(self, recorded: Recorded) -> None:
        """Tell everyone whom an event concerns; the replica stands at it."""
        if self._seeing:
            self._forget_who_sees(recorded.event)
        if self._staff:
            self._tell_staff(zone_change(self._replica.state, self._replica.epoch, recorded, self._sight))
        if self._limits:
            self._follow_depot(recorded.event)
        if self._shoppers:
            self._see_out(recorded.event)
            for order_id in self._concerned(recorded.event):
                self._tell_shoppers(order_id, recorded)

    def _tell_staff(self, change: live.ZoneChange) -> None:
        """Each limit's change is made and encoded once."""
        if not self._limits:
            return self._tell(self._staff, change)
        self._tell([lane for lane in self._staff if lane not in self._limits], change)
        for depots, lanes in self._by_limits().items():
            self._tell(lanes, narrowed_change(change, self._replica.state, depots))
        return None

    def _by_limits(self) -> dict[Depots, list[Lane]]:
        lanes: defaultdict[Depots, list[Lane]] = defaultdict(list)
        for lane, depots in self._limits.items():
            lanes[depots].append(lane)
        return lanes

    def _follow_depot(self, event: e.Event) -> None:
        """Whoever sees an order now that they did not see before, or sees it no more, is shown the zone anew."""
        order = entity_of(event)
        if not isinstance(order, Order):
            return
        before, self._depot_of[order.id] = self._depot_of.get(order.id), order.depot_id
        if len(self._depot_of) > 2 * len(self._replica.state.orders) + MOST_PAST:
            self._learn_depots()
        if before in (None, order.depot_id):
            return
        for depots, lanes in self._by_limits().items():
            if (before in depots) != (order.depot_id in depots):
                self._show_anew(depots, lanes)

    def _learn_depots(self) -> None:
        self._depot_of = {order.id: order.depot_id for order in self._replica.state.orders.values()}

    def _show_anew(self, depots: Depots, lanes: Iterable[Lane]) -> None:
        self.before_snapshot()
        for lane in lanes:
            viewport = self._looks.get(lane)
            lane.tell(Outgoing(self._snapshot(depots, everywhere=viewport is None)))
            if viewport:
                self._enter(lane, viewport)

    def _see_out(self, event: e.Event) -> None:
        """Whoever watches by a link that was replaced watches no longer."""
        if isinstance(event, e.OrderChanged) and event.what == LINK_CHANGED:
            for lane in tuple(self._shoppers.get(event.order.id, ())):
                lane.link_replaced(event.order.track_hash)

    def _concerned(self, event: e.Event) -> Sequence[str]:
        """The watched orders whose shoppers see something else after this event."""
        entity = entity_of(event)
        if isinstance(entity, Order):
            return (entity.id,) if entity.id in self._shoppers else ()
        if isinstance(entity, OrderMessage) and Party.CUSTOMER in (entity.sender, entity.to):
            return (entity.order_id,) if entity.order_id in self._shoppers else ()
        if isinstance(entity, Case):  # its customer's page asks for what is new in it
            return (entity.order_id,) if entity.order_id in self._shoppers and entity.kind in SLA_MS else ()
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

    # --- who sees a courier ------------------------------------------------------------------------------------

    def lanes_of(self, courier_id: str) -> tuple[Lane, ...]:
        """The shoppers to whom the courier is shown now."""
        lanes = self._seeing.get(courier_id)
        if lanes is None:
            orders = self._on_board(courier_id) if self._shoppers else []
            self._seen.update(dict.fromkeys(orders, courier_id))
            lanes = self._seeing[courier_id] = tuple(lane for order in orders for lane in self._shoppers[order])
        return lanes

    def _on_board(self, courier_id: str) -> list[str]:
        """The watched orders that this courier has on board, or comes for."""
        orders = self._replica.state.orders
        on_route = self._replica.state.route(courier_id).order_ids()
        return [o for o in on_route if o in self._shoppers and o in orders and is_awaited(orders[o])]

    def _forget_who_sees(self, event: e.Event) -> None:
        entity = entity_of(event)
        if isinstance(entity, Order):
            self._look_again(entity)
        elif isinstance(event, e.RouteChanged):
            self._seeing.pop(event.route.courier_id, None)

    def _look_again(self, order: Order) -> None:
        """Something about this order is new: whoever has it may be seen by others now, or by others no more."""
        self._seeing.pop(order.courier_id, None)
        self._seeing.pop(self._seen.pop(order.id, ""), None)

    # --- places, paths, links ----------------------------------------------------------------------------------

    def show_shoppers(self, courier_id: str, positions: Sequence[Position]) -> None:
        """Show a courier's places, in order, to the shoppers who wait for them."""
        lanes = self._seeing.get(courier_id)
        if lanes is None:
            lanes = self.lanes_of(courier_id)
        if lanes:
            batch = FixBatch(positions, SHOWN_COURIER_ID)
            for lane in lanes:
                lane.show(batch)

    def show_staff(self, positions: Sequence[Position]) -> None:
        """Show places, in order, on the maps of staff."""
        batch = FixBatch(positions)
        for lane in self._staff:
            viewport = self._looks.get(lane)
            if viewport is None:
                lane.show(batch)
            elif not viewport.is_far and (passing := viewport.passing(positions)):
                lane.show(FixBatch(passing))

    @property
    def has_staff(self) -> bool:
        """Whether anybody watches the whole zone."""
        return bool(self._staff)

    def shopper_watches(self, courier_id: str) -> bool:
        """Whether a shopper in this process looks at an order that the courier has on board."""
        return bool(self.lanes_of(courier_id))

    def watched(self) -> tuple[set[str], bool]:
        """The couriers whom shoppers in this process wait for, and whether staff watch here."""
        orders = self._replica.state.orders
        awaited = (orders[o] for o in self._shoppers if o in orders and is_awaited(orders[o]))
        return {order.courier_id for order in awaited if order.courier_id}, bool(self._staff)

    def tell_paths(self, paths: Mapping[str, CourierPath]) -> None:
        """Tell freshly drawn routes; a shopper only gets the leg to their own door."""
        if self._staff:
            drawn = tuple(staff_path(courier_id, path) for courier_id, path in paths.items())
            self._tell(
                [lane for lane in self._staff if lane not in self._looks and lane not in self._limits],
                live.Paths(drawn),
            )
            for lane in self._limits.keys() - self._looks.keys():
                self._tell((lane,), live.Paths(self._for(lane, drawn)))
            for lane, viewport in self._looks.items():
                inside = (path for path in drawn if viewport.shows(path.courier_id))
                if seen := self._for(lane, inside):
                    self._tell((lane,), live.Paths(seen))
        if self._shoppers:
            for courier_id in paths:
                for order_id in self._on_board(courier_id):
                    self._tell_path(order_id)

    def _tell_path(self, order_id: str) -> None:
        state = self._replica.state
        path = glimpse(state, state.orders[order_id], self._sight).path
        if path:
            self._tell(self._shoppers[order_id], live.Paths((path,)))

    def tell_links(self, courier_ids: Iterable[str]) -> None:
        """Tell staff how well these couriers' phones are heard now, and how full their batteries are."""
        sight = self._sight
        for courier_id in courier_ids if self._staff else ():
            link = cast("LinkWord", sight.links.get(courier_id, "offline"))
            battery = sight.batteries.get(courier_id)
            self._tell(self._staff, live.LinkChanged(courier_id, link, sight.heard_at_ms(courier_id), battery))
