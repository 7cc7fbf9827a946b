"""From a tracking link to the one order that it opens."""

from typing import Final

from dispatch.application.hub import ZoneHub
from dispatch.domain.cases import is_awaited
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.web.auth import LINK_LENGTH, link_hash, tracking_link
from dispatch.web.call import Call
from dispatch.web.services import Services, hub_of

GOOD_AFTER_END_MS: Final = 24 * 3_600_000
"""A link shows where somebody lives: a day after the order ended it opens nothing any more, unless a case is open."""
ASKED_ANEW_MS: Final = 3_600_000
"""A session that an open case keeps alive is asked so often whether it still does."""


class LinkExpired(NotFound):
    """The link was good once (410)."""


def page_of(secret: bytes, public_url: str, order: Order) -> str:
    """Where the order's shopper sees it, from `public_url` on; empty when its link cannot be known here."""
    link = tracking_link(secret, order.id, order.link_number)
    return f"{public_url.rstrip('/')}/t/{link}" if link_hash(link) == order.track_hash else ""


async def find_tracked(services: Services, link: str) -> tuple[ZoneHub, Order]:
    """The hub and the order of a link. Raises `NotFound`, `LinkExpired` or `StoreUnavailable`."""
    hub, order = await find_linked(services, link)
    now_ms = services.clock.now_ms()
    if link_left_ms(order, now_ms) < 0 and not has_open_case(hub, order, now_ms):
        raise LinkExpired("link_expired", "This tracking link has expired: the order ended more than a day ago.")
    return hub, order


async def find_linked(services: Services, link: str) -> tuple[ZoneHub, Order]:
    """The hub and the order of a link, however long ago it ended. Raises `NotFound` or `StoreUnavailable`."""
    found = await services.store.order_by_track(link_hash(link)) if len(link) == LINK_LENGTH else None
    if found is None:
        raise NotFound("unknown_link", "This tracking link is not known; ask the shop for the right one.")
    zone_id, order_id = found
    hub = hub_of(services, zone_id)
    return hub, hub.replica.state.orders.get(order_id) or await _stored(services, order_id)


def has_open_case(hub: ZoneHub, order: Order, now_ms: int) -> bool:
    """Whether its customer waits for an answer, or got one of late: so long the link stays good."""
    state = hub.replica.state
    cases = (state.cases[case_id] for case_id in state.open_cases)
    return any(case.order_id == order.id and is_awaited(case, now_ms) for case in cases)


def link_left_ms(order: Order, now_ms: int) -> int:
    """How long the order's link is good at least, in business ms: while it is under way, a day from now."""
    return (order.over_at_ms or now_ms) + GOOD_AFTER_END_MS - now_ms


async def _stored(services: Services, order_id: str) -> Order:
    found = await services.store.find_order(order_id)
    if found is None or not isinstance(found[1], Order):
        raise NotFound("unknown_link", "This tracking link is not known; ask the shop for the right one.")
    return found[1]


def shown_link(call: Call, order: Order) -> tuple[str, str]:
    """(the link, its address) that opens the order now; empty when its link was revoked."""
    if not order.track_hash:
        return "", ""
    link = tracking_link(call.services.secret, order.id, order.link_number)
    base = call.services.public_url or str(call.request.base_url).rstrip("/")
    return link, f"{base}/t/{link}"
