"""An account's orders over HTTP, the newest first: looked for by words, and the other drops of one delivery."""

import re
from typing import Final

from dispatch.application.access import Reach, reach
from dispatch.application.order_ports import Placed
from dispatch.application.order_search import OrderSearch
from dispatch.application.views import order_view, shown_status
from dispatch.application.visible import seen_by
from dispatch.domain.order import Order, OrderStatus
from dispatch.web.bodies import DropsShown, LineShown, OrdersFound
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem
from dispatch.web.routes_orders import MAX_PAGE, own_order

DAY_MS: Final = 24 * 3_600_000
MOST_TEXT: Final = 100
MOST_LOOKED_AT: Final = 2_000
"""Orders, in one call: who looks for something rare goes on from `next`."""
AT_ONCE: Final = 100
DROPS_WITHIN_MS: Final = DAY_MS
"""The drops of a delivery are placed together, or on the same day."""
MOST_DROPS: Final = 500
MAX_PLACED: Final = 2_000
"""Orders of the account around it that are looked at for drops."""
SHOWN: Final = frozenset({*OrderStatus, "at_point", "collected"})
_CURSOR: Final = re.compile(r"(\d{1,16})\.(.{1,64})")


async def search_orders(call: Call) -> Answer:
    """`GET /v1/orders:search`: of the caller's account, or of the one that staff name."""
    zone_id = call.query("zone", "default")
    account = call.subject.owner if reach(call.subject, call.action) is Reach.OWN else call.query("account")
    call.zone(zone_id, owner_id=account)
    if not account:
        raise Problem(422, "account_missing", "Say whose orders: the parameter account.")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    found, last = await _found(call, (zone_id, account), limit)
    shown = [seen_by(call.subject, order_view(order)) for order in found]
    goes_on = f"{last[0]}.{last[1]}" if last else ""
    return Answer(OrdersFound(now_ms=call.services.clock.now_ms(), orders=shown, next=goes_on))


async def _found(call: Call, whose: tuple[str, str], limit: int) -> tuple[list[Order], Placed | None]:
    """(what was found, after which order to go on; None: that was all)."""
    wanted, last, found = _search(call), _before(call), list[Order]()
    for _ in range(MOST_LOOKED_AT // AT_ONCE):
        page = await call.services.store.orders_placed(*whose, 0, last, AT_ONCE)
        for order in (each for each in page if isinstance(each, Order)):
            last = order.created_at_ms, order.id
            if call.subject.sees_depot(order.depot_id) and wanted.finds(order, shown_status(order)):
                found.append(order)
            if len(found) == limit:
                return found, last
        if len(page) < AT_ONCE:
            return found, None
    return found, last


async def read_drops(call: Call) -> Answer:
    """`GET /v1/orders/{id}/drops`: all drops of the delivery that the order is one of, by their windows."""
    zone_id, order = await own_order(call)
    orders = [order]
    if order.drop_of:
        since_ms, before = order.created_at_ms - DROPS_WITHIN_MS, (order.created_at_ms + DROPS_WITHIN_MS, "")
        placed = await call.services.store.orders_placed(zone_id, order.placed_by, since_ms, before, MAX_PLACED)
        together = (each for each in placed if isinstance(each, Order) and each.drop_of == order.drop_of)
        orders = [each for each in together if call.subject.sees_depot(each.depot_id)][:MOST_DROPS]
    orders.sort(key=lambda each: (each.promise_at_ms, each.ref, each.id))
    shown = [seen_by(call.subject, order_view(each)) for each in orders]
    lines = [LineShown(name=line.name, quantity=line.quantity, sku=line.sku) for line in order.lines]
    now_ms = call.services.clock.now_ms()
    return Answer(DropsShown(now_ms=now_ms, drop_of=order.drop_of, orders=shown, lines=lines))


def _search(call: Call) -> OrderSearch:
    text = call.query("q")
    if len(text) > MOST_TEXT:
        raise Problem(422, "bad_parameter", f"The parameter q has at most {MOST_TEXT} characters.")
    statuses = frozenset(filter(None, call.query("status").split(",")))
    if not statuses <= SHOWN:
        raise Problem(422, "bad_parameter", f"The parameter status has some of {', '.join(sorted(SHOWN))}.")
    return OrderSearch(text, statuses)


def _before(call: Call) -> Placed | None:
    given = call.query("before")
    if not given:
        return None
    cursor = _CURSOR.fullmatch(given)
    if cursor is None:
        raise Problem(422, "bad_parameter", "The parameter before is the `next` of the page before.")
    return int(cursor[1]), cursor[2]
