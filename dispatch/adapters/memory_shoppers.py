"""`ShopperStore` in memory: for tests and the simulation."""

from collections import defaultdict
from collections.abc import Sequence

from dispatch.application.ports import ZoneStore
from dispatch.application.shoppers import MOST_ADDRESSES, SHOWN_MS, Put, SavedAddress
from dispatch.domain.order import Order

EVERY = 1_000_000


class MemoryShopperStore:
    """See `ShopperStore`. Orders are asked of the zones' store."""

    def __init__(self, zones: ZoneStore) -> None:
        self._zones = zones
        self._accounts: dict[str, tuple[int, int]] = {}
        self._kept: defaultdict[str, dict[str, SavedAddress]] = defaultdict(dict)

    async def generation(self, mark: str) -> int:
        """See `ShopperStore`."""
        return self._accounts.get(mark, (0, 0))[0]

    async def begin(self, mark: str, now_ms: int) -> int:
        """See `ShopperStore`."""
        generation, seen_at_ms = self._accounts.get(mark, (0, now_ms))
        if now_ms - seen_at_ms > SHOWN_MS:
            generation += 1
            self._kept.pop(mark, None)
        self._accounts[mark] = (generation, max(now_ms, seen_at_ms))
        return generation

    async def end(self, mark: str, *, forget: bool) -> None:
        """See `ShopperStore`."""
        if mark in self._accounts:
            generation, seen_at_ms = self._accounts[mark]
            self._accounts[mark] = (generation + 1, seen_at_ms)
        if forget:
            self._kept.pop(mark, None)

    async def addresses(self, mark: str) -> Sequence[SavedAddress]:
        """See `ShopperStore`."""
        return sorted(self._kept[mark].values(), key=lambda each: (each.label, each.id))

    async def put_address(self, mark: str, generation: int, address: SavedAddress) -> Put:
        """See `ShopperStore`."""
        if await self.generation(mark) != generation:
            return Put.ENDED
        book = self._kept[mark]
        if len(book.keys() - {address.id}) >= MOST_ADDRESSES:
            return Put.FULL
        book[address.id] = address
        return Put.KEPT

    async def drop_address(self, mark: str, address_id: str) -> bool:
        """See `ShopperStore`."""
        return self._kept[mark].pop(address_id, None) is not None

    async def forget_left(self, before_ms: int) -> int:
        """See `ShopperStore`."""
        left = [mark for mark, (_, seen_at_ms) in self._accounts.items() if seen_at_ms < before_ms]
        return sum(len(self._kept.pop(mark, ())) for mark in left)

    async def orders_before(
        self, mark: str, since_ms: int, before: tuple[int, str] | None, limit: int
    ) -> Sequence[tuple[str, Order]]:
        """See `ShopperStore`."""
        marked = await self._zones.orders_marked(mark, since_ms, EVERY)
        found = [(zone_id, order) for zone_id, order in marked if isinstance(order, Order)]
        older = [each for each in found if before is None or _placed(each[1]) < before]
        return sorted(older, key=lambda each: _placed(each[1]), reverse=True)[:limit]


def _placed(order: Order) -> tuple[int, str]:
    return order.created_at_ms, order.id
