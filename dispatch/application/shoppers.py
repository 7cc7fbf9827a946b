"""A shopper's account: the orders of their phone, and an address book; known by the mark of the number, never by it.

The theory. Nothing is registered: whoever proves a number that has an order is its shopper, on any device, so the same
code that signs in recovers. A token says of which generation of the account it is; raising that ends every token
before. Numbers change hands: whoever gets one must not find the life of whoever had it. So orders are shown for 90
days after their end, and an account that nobody signed in to for as long begins anew, with an empty address book.
Networks leave a number that was given back unused for about that time.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from dispatch.application.channel_ports import Rate
from dispatch.application.ports import Clock, StoreUnavailable, Ticker
from dispatch.application.sign_in import SignInPolicy
from dispatch.domain.order import Order

log = logging.getLogger(__name__)

DAY_MS: Final = 24 * 3_600_000
SHOWN_MS: Final = 90 * DAY_MS
"""After its end an order is shown to the number so long; one that nobody looked at for so long is somebody else's."""
TOKEN_LIFE_S: Final = 7 * 24 * 3_600
MOST_ADDRESSES: Final = 20
PAGE_OF_ORDERS: Final = 20
SWEPT_EVERY_S: Final = 3_600.0

ERASURE_POLICY: Final = SignInPolicy(codes_per_address=(Rate(20, 3600),), tries_per_address=(Rate(60, 3600),))
"""As for looking up; but whoever asks has signed in and hears when to wait."""


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """An entry of an address book: what its shopper calls it, the address as they write it, the door, and a note."""

    id: str
    label: str
    address: str
    lat: float
    lon: float
    note: str = ""


class Put(Enum):
    """What became of an address that was to be kept."""

    KEPT = "kept"
    FULL = "full"
    ENDED = "ended"
    """The account was erased or signed out everywhere meanwhile."""


class ShopperStore(Protocol):
    """Accounts by the mark of their number. Every method may raise `StoreUnavailable`."""

    async def generation(self, mark: str) -> int:
        """Tokens of a lower one are over; 0 for an account that nobody has signed in to."""
        ...

    async def begin(self, mark: str, now_ms: int) -> int:
        """Somebody proved the number: note it, and say of which generation their token is.

        After `SHOWN_MS` of business time without that, the account begins anew: addresses are gone, tokens are over.
        """
        ...

    async def end(self, mark: str, *, forget: bool) -> None:
        """End every token; with `forget` the address book is gone as well. What stays is the mark's generation."""
        ...

    async def addresses(self, mark: str) -> Sequence[SavedAddress]:
        """The address book, by label."""
        ...

    async def put_address(self, mark: str, generation: int, address: SavedAddress) -> Put:
        """Keep an address, or change the one of this id, for a token of this generation."""
        ...

    async def drop_address(self, mark: str, address_id: str) -> bool:
        """Forget an address; whether there was one."""
        ...

    async def forget_left(self, before_ms: int) -> int:
        """Empty the address books that nobody has signed in to since; how many addresses that were."""
        ...

    async def orders_before(
        self, mark: str, since_ms: int, before: tuple[int, str] | None, limit: int
    ) -> Sequence[tuple[str, Order]]:
        """(zone id, order), the newest first: those placed before (ms, id), none that ended before `since_ms`."""
        ...


async def sweep_for_ever(store: ShopperStore, clock: Clock, ticker: Ticker) -> None:
    """Keep no address longer than its account is somebody's. Each gateway does; it may be done twice."""
    while True:
        await ticker.sleep(SWEPT_EVERY_S)
        try:
            gone = await store.forget_left(clock.now_ms() - SHOWN_MS)
        except StoreUnavailable:
            continue  # in an hour again
        if gone:
            log.info("address books of left accounts were emptied", extra={"fields": {"addresses": gone}})
