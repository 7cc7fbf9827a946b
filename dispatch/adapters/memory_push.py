"""`PushStore` in memory: for tests and the simulation."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from dispatch.adapters.commits import finished_at_ms
from dispatch.application.ports import ZoneStore
from dispatch.application.push_notices import Told
from dispatch.application.push_ports import PushSubscription
from dispatch.domain.order import Order


class MemoryPushStore:
    """See `PushStore`. Whether an order has ended is asked of the zones' store."""

    def __init__(self, zones: ZoneStore) -> None:
        self._zones = zones
        self._kept: dict[tuple[str, str, str], PushSubscription] = {}
        self._progress: dict[str, tuple[int, int]] = {}

    async def put(self, subscription: PushSubscription) -> None:
        """See `PushStore`."""
        self._kept[subscription.zone_id, subscription.order_id, subscription.mark] = subscription

    async def find(self, zone_id: str, order_id: str, mark: str) -> PushSubscription | None:
        """See `PushStore`."""
        return self._kept.get((zone_id, order_id, mark))

    async def of_orders(self, zone_id: str, order_ids: Collection[str]) -> Sequence[PushSubscription]:
        """See `PushStore`."""
        return [each for each in self._kept.values() if each.zone_id == zone_id and each.order_id in order_ids]

    async def note_told(self, subscription: PushSubscription, told: Told) -> None:
        """See `PushStore`."""
        key = (subscription.zone_id, subscription.order_id, subscription.mark)
        now = self._kept.get(key)
        if now and now.told.seq < told.seq:
            self._kept[key] = replace(now, told=told)

    async def drop(self, zone_id: str, order_id: str, mark: str) -> bool:
        """See `PushStore`."""
        return self._kept.pop((zone_id, order_id, mark), None) is not None

    async def forget_ended(self, zone_id: str, before_ms: int) -> int:
        """See `PushStore`."""
        held = [key for key in self._kept if key[0] == zone_id]
        ended = [key for key in held if await self._ended_before(key[1], before_ms)]
        for key in ended:
            del self._kept[key]
        return len(ended)

    async def _ended_before(self, order_id: str, before_ms: int) -> bool:
        found = await self._zones.find_order(order_id)
        order = found[1] if found else None
        ended_ms = finished_at_ms(order) if isinstance(order, Order) else None
        return ended_ms is not None and ended_ms < before_ms

    async def progress(self, zone_id: str) -> tuple[int, int] | None:
        """See `PushStore`."""
        return self._progress.get(zone_id)

    async def keep_progress(self, zone_id: str, epoch: int, seq: int) -> None:
        """See `PushStore`."""
        self._progress[zone_id] = (epoch, seq)
