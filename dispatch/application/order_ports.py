"""How a store finds orders, whether they are under way or ended long ago."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from dispatch.domain.zone import Entity

Placed = tuple[int, str]
"""When an order was created, and its id."""


class OrderFinder(Protocol):
    """The part of `ZoneStore` that finds orders. Every method may raise `StoreUnavailable`."""

    async def order_by_track(self, track_hash: str) -> tuple[str, str] | None:
        """(zone id, order id) of a tracking link, by the link's hash."""
        ...

    async def find_order(self, order_id: str) -> tuple[str, Entity] | None:
        """(zone id, order) wherever it is, finished or not."""
        ...

    async def find_orders(self, order_ids: Collection[str]) -> Mapping[str, Entity]:
        """The same for several, by id; those that there are not are left out."""
        ...

    async def orders_marked(self, phone_mark: str, since_ms: int, limit: int) -> Sequence[tuple[str, Entity]]:
        """(zone id, order) of a customer's phone, those that are under way and then the newest ends since a moment of
        business time; not those that an older version wrote.
        """
        ...

    async def orders_by_ref(self, ref: str, limit: int) -> Sequence[tuple[str, Entity]]:
        """(zone id, order) of every order that its shop calls so; not those that an older version wrote."""
        ...

    async def list_orders(
        self, zone_id: str, status: str, after_id: str, limit: int, placed_by: str = ""
    ) -> Sequence[Entity]:
        """Orders of a zone by id, from after `after_id`; `status` and `placed_by` empty mean any."""
        ...

    async def orders_placed(
        self, zone_id: str, placed_by: str, since_ms: int, before: Placed | None, limit: int
    ) -> Sequence[Entity]:
        """An account's orders that were created since a moment of business time, the newest first and by id within one
        moment: `limit` of those that come after `before` in that order.
        """
        ...

    async def orders_collected(self, zone_id: str, point_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """The newest `limit` orders that were collected at a pickup point since a moment of business time."""
        ...

    async def delivered_by(self, zone_id: str, courier_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """The orders that a courier delivered since a moment of business time, the newest first."""
        ...

    async def delivered_since(self, zone_id: str, since_ms: int, limit: int) -> Sequence[Entity]:
        """The newest `limit` orders that were delivered since a moment of business time, the oldest first."""
        ...
