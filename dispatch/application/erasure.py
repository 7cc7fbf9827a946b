"""Erasing people's data everywhere: who asks names a phone number, orders or couriers, and hears what was erased.

The zone goes first: its orders forget the customer for everybody who holds the state, and the audit has it, in one
commit. Then pictures, then what is kept of the past: events, answered requests, push subscriptions, in one transaction
with a line of the audit of its own. Every step may be done again. What finds the orders, the mark of their number, goes
last; so whoever was cut off asks again with the same number, and the rest is erased.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Protocol

from dispatch.application.channel_ports import DeviceStore
from dispatch.application.ports import CommandBus, Reply, Request, StoreUnavailable, ZoneStore
from dispatch.application.uploads import Uploads
from dispatch.domain.commands import ErasePeople
from dispatch.domain.courier import MAY_RIDE, Courier
from dispatch.domain.erasure import Gone
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.order import Order

log = logging.getLogger(__name__)
MOST_ORDERS: Final = 500
ANSWER_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Erased:
    """How much there was: orders, couriers, events of the log and requests of the inbox; pictures that are gone."""

    orders: int = 0
    couriers: int = 0
    events: int = 0
    requests: int = 0
    pictures: int = 0


class Eraser(Protocol):
    """What is kept of the past, beside the zone's state. May raise `StoreUnavailable`."""

    async def pictures(self, zone_id: str, order_ids: Collection[str]) -> Sequence[str]:
        """The uploads that any event of these orders names."""
        ...

    async def erase(self, zone_id: str, gone: Gone, actor: str) -> Erased:
        """Rewrite events and entities (`domain.erasure`) and forget requests, all in one transaction with its audit."""
        ...


class Copies(Protocol):
    """Copies of a zone's events that may be lost at any moment."""

    async def forget(self, zone_id: str) -> None:
        """Lose them; readers take what they miss from the store. Raises `StoreUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be erased: orders and couriers, each with its zone; and why."""

    orders: Sequence[tuple[str, Order]]
    couriers: Sequence[tuple[str, Courier]]
    reason: str

    def zones(self) -> dict[str, Gone]:
        """Whose data go, by zone. Raises `Conflict` for an order that goes on and a courier who may ride."""
        orders, couriers = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        for zone_id, order in self.orders:
            if not order.is_over:
                raise Conflict("order_in_progress", f"The order {order.id} has not ended; cancel or deliver it first.")
            orders[zone_id].add(order.id)
        for zone_id, courier in self.couriers:
            if courier.account in MAY_RIDE:
                raise Conflict("courier_at_work", f"The courier {courier.id} has to be suspended first.")
            couriers[zone_id].add(courier.id)
        zone_ids = sorted({*orders, *couriers})
        return {zone_id: Gone(frozenset(orders[zone_id]), frozenset(couriers[zone_id])) for zone_id in zone_ids}


class Erasure:
    """See the module. `counters` say how much, never whose."""

    def __init__(
        self, store: ZoneStore, eraser: Eraser, copies: Copies, uploads: Uploads, devices: DeviceStore
    ) -> None:
        self._store = store
        self._eraser = eraser
        self._copies = copies
        self._uploads = uploads
        self._devices = devices
        self.counters: Counter[str] = Counter()

    async def orders_of(self, phone_mark: str, order_ids: Collection[str]) -> list[tuple[str, Order]]:
        """(zone, order) of everything that is meant, by the mark of a number and by ids. Raises `NotFound`."""
        found = list(await self._store.orders_marked(phone_mark, 0, MOST_ORDERS)) if phone_mark else []
        for order_id in order_ids:
            named = await self._store.find_order(order_id)
            if named is None:
                raise NotFound("unknown_order", f"There is no order {order_id}.")
            found.append(named)
        return [(zone_id, order) for zone_id, order in found if isinstance(order, Order)]

    async def erase(self, wanted: Wanted, actor: str, bus: CommandBus, request_id: str) -> Erased | Reply:
        """What was erased, or the zone's refusal. Raises `Conflict` when somebody is at it, and `StoreUnavailable`."""
        total = Counter[str]()
        for zone_id, gone in wanted.zones().items():
            command = ErasePeople(tuple(sorted(gone.order_ids)), tuple(sorted(gone.courier_ids)), wanted.reason)
            reply = await bus.ask(zone_id, Request(f"{request_id}-{zone_id}", actor, command), ANSWER_WITHIN_S)
            if reply is None:
                raise StoreUnavailable("The zone does not answer; ask again.")
            if not reply.ok:
                return reply
            total.update(asdict(await self._erase_past(zone_id, gone, actor)))
        self.counters.update({f"erased_{what}": number for what, number in total.items()})
        log.info("personal data was erased", extra={"fields": dict(total)})
        return Erased(**total)

    async def _erase_past(self, zone_id: str, gone: Gone, actor: str) -> Erased:
        pictures = await self._eraser.pictures(zone_id, gone.order_ids)
        for upload_id in pictures:
            await self._uploads.discard(upload_id)
        for courier_id in gone.courier_ids:
            await self._devices.revoke(zone_id, courier_id)
        done = await self._eraser.erase(zone_id, gone, actor)
        await self._copies.forget(zone_id)
        return replace(done, pictures=len(pictures))
