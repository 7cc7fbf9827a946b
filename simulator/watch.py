"""A staff watcher on `/v1/live`: the picture of the zone that a console has, kept for the board and the report."""

import asyncio
from collections import Counter, deque

from courier_protocol.client import LiveClient
from courier_protocol.client_link import ClientState
from courier_protocol.live import (
    CourierView,
    Fixes,
    FixView,
    LinkChanged,
    LiveMessage,
    OrderView,
    WatchWelcome,
    ZoneChange,
    ZoneSnapshot,
)
from simulator.clock import BusinessClock
from simulator.measures import Measures

LAST_EVENTS = 12


class Watch:
    """What staff see. `watch` follows the live channel for ever and keeps the business clock right."""

    def __init__(self, client: LiveClient, clock: BusinessClock, measures: Measures) -> None:
        self._client = client
        self._clock = clock
        self._measures = measures
        self.welcomed = asyncio.Event()
        """Set once the business clock is known."""
        self.orders: dict[str, OrderView] = {}
        self.couriers: dict[str, CourierView] = {}
        self.links: dict[str, str] = {}
        self.last: deque[str] = deque(maxlen=LAST_EVENTS)
        self.events: Counter[str] = Counter()

    async def watch(self) -> None:
        """Follow until cancelled. Raises RemoteProtocolError when the server ends the session for good."""
        async with self._client:
            async for message in self._client.messages():
                self.take(message)

    @property
    def link(self) -> ClientState:
        """Where the session of the watcher stands."""
        return self._client.state

    def take(self, message: LiveMessage) -> None:
        """Put one message into the picture."""
        match message:
            case WatchWelcome(business_now_ms=now_ms, rate=rate):
                self._clock.tell(now_ms, rate)
                self.welcomed.set()
            case ZoneSnapshot():
                self._replace(message)
            case ZoneChange():
                self._change(message)
            case Fixes(fixes=fixes):
                self._see(fixes)
            case LinkChanged(courier_id=courier_id, link=link):
                self.links[courier_id] = link

    def by_status(self) -> Counter[str]:
        """How many orders stand where."""
        return Counter(order.status for order in self.orders.values())

    def _replace(self, snapshot: ZoneSnapshot) -> None:
        self.orders = {}
        self.couriers = {courier.id: courier for courier in snapshot.couriers}
        self.links = {courier.id: courier.link for courier in snapshot.couriers}
        self._update_orders(snapshot.orders)
        self._see(snapshot.fixes)

    def _change(self, change: ZoneChange) -> None:
        self.events[change.event] += 1
        for courier in change.couriers:
            self.couriers[courier.id] = courier
        for order in change.orders:
            known = self.orders.get(order.id)
            if known is None or known.status != order.status:
                self.last.append(self._told(order))
        self._update_orders(change.orders)

    def _told(self, order: OrderView) -> str:
        courier = self.couriers.get(order.courier_id)
        what = f"{order.ref or order.id}  {order.status.replace('_', ' ')}"
        return f"{what}  {courier.name}" if courier else what

    def _update_orders(self, orders: tuple[OrderView, ...]) -> None:
        for order in orders:
            self.orders[order.id] = order
            if order.status == "delivered":
                self._measures.delivered(order.id)

    def _see(self, fixes: tuple[FixView, ...]) -> None:
        for fix in fixes:
            self._measures.fix_seen(fix.courier_id, fix.at_ms)
