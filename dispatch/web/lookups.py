"""From what a shopper knows, a phone number or the number of an order, to their orders.

They are looked up in SQL; those that an older version wrote there without marks are found while they are in memory. A
mark says where to look, but the number that stands in the order decides: it may have been corrected since.
"""

from collections.abc import Callable, Iterable
from typing import Final

from dispatch.application.sign_in import same_phone
from dispatch.domain.claims import why_no_claim
from dispatch.domain.errors import InvalidInput
from dispatch.domain.order import Order
from dispatch.domain.phone import normalised_phone
from dispatch.web.auth import phone_mark
from dispatch.web.services import Services
from dispatch.web.tracking_links import link_left_ms, page_of

SHOWN_AFTER_END_MS: Final = 7 * 24 * 3_600_000
MOST_SHOWN: Final = 50
MOST_OF_A_REF: Final = 50
"""Shops number their orders as they like: of several that are called the same, the newest is meant."""
Found = tuple[str, Order]
"""(zone id, order)."""


async def phone_behind(services: Services, number: str) -> str:
    """The normalised phone of the order that its shopper calls so, by our id or its shop's; empty when there is none.

    Both are looked for in any case, so that the time taken tells nothing. Raises `StoreUnavailable`.
    """
    by_id = await services.store.find_order(number)
    by_ref = await services.store.orders_by_ref(number, MOST_OF_A_REF)
    known = _in_memory(services, lambda order: order.ref == number)
    newest = max((*_orders((by_id, *by_ref)), *known), key=lambda found: found[1].created_at_ms, default=None)
    return _normalised(newest[1].dropoff.phone) if newest else ""


async def orders_of_phone(services: Services, phone: str, shown_ms: int = SHOWN_AFTER_END_MS) -> list[Found]:
    """The orders of a normalised phone: those under way, then those that ended within `shown_ms`; the newest first.

    Raises `StoreUnavailable`.
    """
    since_ms = services.clock.now_ms() - shown_ms
    marked = await services.store.orders_marked(phone_mark(services.secret, phone), since_ms, MOST_SHOWN)
    unmarked = _in_memory(services, lambda order: not order.phone_mark)
    found = {each[1].id: each for each in (*unmarked, *_orders(marked)) if same_phone(each[1].dropoff.phone, phone)}
    return sorted(found.values(), key=lambda each: (each[1].is_over, -_moment_ms(each[1])))[:MOST_SHOWN]


def link_of(services: Services, order: Order) -> str:
    """The path of the order's page, while there is one; else empty. Of what was delivered it is for claims later on."""
    opens = link_left_ms(order, services.clock.now_ms()) >= 0 or why_no_claim(order) is None
    return page_of(services.secret, "", order) if opens else ""


def _moment_ms(order: Order) -> int:
    return order.over_at_ms or order.created_at_ms


def _orders(found: Iterable[object]) -> list[Found]:
    pairs = (each for each in found if isinstance(each, tuple))
    return [(zone_id, order) for zone_id, order in pairs if isinstance(order, Order)]


def _in_memory(services: Services, fits: Callable[[Order], bool]) -> list[Found]:
    hubs = services.hubs.values()
    return [(hub.zone_id, order) for hub in hubs for order in hub.replica.state.orders.values() if fits(order)]


def _normalised(typed: str) -> str:
    try:
        return normalised_phone(typed)
    except InvalidInput:
        return ""
