"""What customers change about their own order, over HTTP: the tracking link is the right to it, and to nothing else."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import msgspec

from dispatch.application.customer_wishes import AddressEffect, NewAddress, look_at_address, look_at_window, windows_of
from dispatch.application.hub import ZoneHub
from dispatch.application.overrides import MAX_LOOKS, Surroundings
from dispatch.application.ports import Reply, Request
from dispatch.domain.commands import Command
from dispatch.domain.errors import Conflict
from dispatch.domain.geo import Point
from dispatch.domain.order import Order
from dispatch.domain.windows import Window
from dispatch.domain.wish_commands import AcceptDelay, CancelAsCustomer, ChangeAddress, ChooseWindow, WriteInstructions
from dispatch.roads.address_book import FoundAddress
from dispatch.web.auth import link_hash
from dispatch.web.bodies_wishes import (
    AddressEffectShown,
    AddressesShown,
    AddressShown,
    WindowShown,
    WindowsShown,
    WishTaken,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ANSWER_WITHIN_S, idempotency_key, seen
from dispatch.web.tracking_links import find_tracked

MUCH_LATER_MS = 10 * 60_000
"""From here on the arrival is another one than the customer has agreed to."""
MOST_TYPED = 100


@dataclass(frozen=True, slots=True)
class Own:
    """The customer's own order, and `id`, by which this request is known to the zone."""

    hub: ZoneHub
    order: Order
    id: str = ""


async def write_instructions(call: Call) -> Answer:
    """`POST /v1/track/{token}/instructions`."""
    own, body = await _asked(call, "instructions"), call.body
    return await _wish(call, own, WriteInstructions(own.order.id, body.note, body.leave_at_door, body.seen_version))


async def cancel_as_customer(call: Call) -> Answer:
    """`POST /v1/track/{token}/cancel`. Canceling twice changes nothing."""
    own = await _asked(call, "cancel")
    return await _wish(call, own, CancelAsCustomer(own.order.id, call.body.seen_version))


async def accept_delay(call: Call) -> Answer:
    """`POST /v1/track/{token}/wait`."""
    own = await _asked(call, "wait")
    return await _wish(call, own, AcceptDelay(own.order.id))


# --- addresses --------------------------------------------------------------------------------------------------


async def find_addresses(call: Call) -> Answer:
    """`GET /v1/track/{token}/addresses`: by what somebody types, or (`lat`, `lon`) the one nearest to a place."""
    own, book, typed = await _looked(call), call.services.addresses, call.query("q")
    if len(typed) > MOST_TYPED:
        raise Problem(422, "bad_parameter", f"The parameter q has at most {MOST_TYPED} characters.")
    place = asked_place(call)
    if place is None:
        found = await asyncio.to_thread(book.find, typed, own.order.dropoff.place)
        return Answer(AddressesShown(addresses=[address_shown(each) for each in found]))
    nearest = await asyncio.to_thread(book.nearest, place)
    return Answer(AddressesShown(addresses=[address_shown(nearest)] if nearest else []))


async def preview_address(call: Call) -> Answer:
    """`POST /v1/track/{token}/address:preview`: what the same body would do as a change. Nothing is changed."""
    _, effect = await _look_at_address(call, await _looked(call))
    body = call.body
    return Answer(
        AddressEffectShown(
            address=body.address,
            lat=body.lat,
            lon=body.lon,
            expected_at_ms=effect.expected_at_ms,
            late_at_ms=effect.late_at_ms,
            before_at_ms=effect.before_at_ms,
            before_late_at_ms=effect.before_late_at_ms,
            promise_at_ms=effect.promise_at_ms,
            courier=effect.keeping.value,
        )
    )


async def change_address(call: Call) -> Answer:
    """`POST /v1/track/{token}/address`. Where the plan moves on meanwhile, it is looked at again, a few times."""
    own = await _asked(call, "address")
    # Each look is a request of its own, so that the refusal of one is not the answer to the next.
    attempts = [*(f"{own.id}-{n}" for n in range(1, MAX_LOOKS)), own.id]
    if reply := await _replayed(call, own.hub, attempts):
        return await _heard(call, own, reply)
    for attempt in attempts[:-1]:
        try:
            reply = await _change_address(call, own, attempt)
        except Conflict as conflict:
            if conflict.code != "stale_plan":
                raise
        else:
            if reply is None or reply.code != "stale_plan":
                return await _heard(call, own, reply)
        await call.services.ticker.sleep(0.05)
    return await _heard(call, own, await _change_address(call, own, attempts[-1]))


async def _change_address(call: Call, own: Own, attempt: str) -> Reply | None:
    command, effect = await _look_at_address(call, own)
    shown_ms = call.body.expected_at_ms
    if shown_ms and effect.expected_at_ms > shown_ms + MUCH_LATER_MS:
        raise Problem(409, "effect_changed", "The arrival has become much later meanwhile; look at the new one.")
    return await _ask(call, own, attempt, command)


async def _look_at_address(call: Call, own: Own) -> tuple[ChangeAddress, AddressEffect]:
    body = call.body
    await _known(call, own)
    wanted = NewAddress(Point(body.lat, body.lon), body.address, body.seen_version)
    try:
        return await look_at_address(own.order.id, wanted, around(call, own.hub), call.services.intake)
    except Conflict as conflict:
        if conflict.code == "stale_order":
            raise _stale(own, conflict.detail) from None
        raise


def address_shown(found: FoundAddress) -> AddressShown:
    """An address as it is listed."""
    return AddressShown(address=found.text, lat=found.place.lat, lon=found.place.lon, away_m=found.away_m)


def asked_place(call: Call) -> Point | None:
    """The place that is asked about, if one is. Raises `Problem` 422."""
    lat, lon = call.query("lat"), call.query("lon")
    if not lat and not lon:
        return None
    try:
        degrees = (float(lat), float(lon))
    except ValueError:
        degrees = (math.nan, math.nan)
    if not (-90 <= degrees[0] <= 90 and -180 <= degrees[1] <= 180):
        raise Problem(422, "bad_parameter", "The parameters lat and lon are a place in degrees.")
    return Point(*degrees)


# --- windows ----------------------------------------------------------------------------------------------------


async def list_windows(call: Call) -> Answer:
    """`GET /v1/track/{token}/windows`."""
    own = await _looked(call)
    await _known(call, own)
    soon, later = await windows_of(own.order.id, around(call, own.hub), call.services.intake)
    return Answer(WindowsShown(soon=window_shown(soon), windows=[window_shown(each) for each in later]))


async def choose_window(call: Call) -> Answer:
    """`POST /v1/track/{token}/window`."""

    async def look(own: Own) -> Command:
        body = call.body
        wanted = ChooseWindow(own.order.id, body.earliest_at_ms, body.promise_at_ms, seen_version=body.seen_version)
        return await look_at_window(wanted, around(call, own.hub), call.services.intake)

    return await looked_ahead(call, "window", look)


def window_shown(window: Window) -> WindowShown:
    """A window as it is listed."""
    return WindowShown(earliest_at_ms=window.earliest_at_ms, promise_at_ms=window.promise_at_ms)


# --- parts ------------------------------------------------------------------------------------------------------


async def _looked(call: Call) -> Own:
    """The order of the link, for a look. Raises `Problem` 429 when the link is used too often."""
    link = call.path("token")
    hub, order = await find_tracked(call.services, link)
    check_wait(await call.services.link_limits.look(link_hash(link)))
    return Own(hub, order)


async def _asked(call: Call, what: str) -> Own:
    """The order of the link, and the id of this request to change something. Raises as `_looked`."""
    link = call.path("token")
    hub, order = await find_tracked(call.services, link)
    check_wait(await call.services.link_limits.change(link_hash(link)))
    key = "\0".join((link_hash(link), what, idempotency_key(call), msgspec.json.encode(call.body).decode()))
    return Own(hub, order, f"t-{sha256(key.encode()).hexdigest()[:48]}")


def check_wait(wait_s: float) -> None:
    """Raises `Problem` 429 for a link that has to wait."""
    if wait_s:
        sentence = "Too much was asked for by this link; wait a moment, then try again."
        raise Problem(429, "too_many_requests", sentence, headers={"Retry-After": str(math.ceil(wait_s))})


async def _known(call: Call, own: Own) -> None:
    """An order that was placed a moment ago is known here as soon as its event has come around."""
    await seen(call, partial(own.hub.replica.state.orders.get, own.order.id))


def around(call: Call, hub: ZoneHub) -> Surroundings:
    """What it takes to look ahead."""
    services = call.services
    return Surroundings(hub.replica, services.positions, services.travel_times, services.clock)


async def _replayed(call: Call, hub: ZoneHub, attempts: Sequence[str]) -> Reply | None:
    """The stored reply of a repeated request: by now the same look ahead may be refused."""
    known = await call.services.store.replies(hub.zone_id, attempts)
    return next((known[each] for each in attempts if each in known and known[each].code != "stale_plan"), None)


async def _ask(call: Call, own: Own, attempt: str, wish: Command) -> Reply | None:
    request = Request(attempt, f"customer:{own.order.id}", wish)
    return await call.services.bus.ask(own.hub.zone_id, request, ANSWER_WITHIN_S)


async def looked_ahead(call: Call, what: str, look: Callable[[Own], Awaitable[Command]]) -> Answer:
    """The answer to a wish whose command is made by a look ahead. A repeated request gets the reply of the first one:
    by now the same look may be refused.
    """
    own = await _asked(call, what)
    if reply := await _replayed(call, own.hub, [own.id]):
        return await _heard(call, own, reply)
    await _known(call, own)
    return await _wish(call, own, await look(own))


async def _wish(call: Call, own: Own, wish: Command) -> Answer:
    return await _heard(call, own, await _ask(call, own, own.id, wish))


async def _heard(call: Call, own: Own, reply: Reply | None) -> Answer:
    """The answer, once this process shows the order as it now is."""
    if reply is None:
        return Answer(WishTaken(id=own.order.id), 202)
    if not reply.ok:
        if reply.code == "stale_order":
            raise _stale(own, reply.detail)
        raise Problem(refusal(reply).status, reply.code, reply.detail)
    state = own.hub.replica.state
    await seen(call, lambda: state.plan_version >= reply.result.get("plan_version", 0))
    order = state.orders.get(own.order.id, own.order)
    return Answer(WishTaken(id=order.id, status=order.status.value, wish_version=order.wish_version), 201)


def _stale(own: Own, detail: str) -> Problem:
    """Another window was first: whoever asked can go on with the order as it is now."""
    order = own.hub.replica.state.orders.get(own.order.id, own.order)
    return Problem(409, "stale_order", detail, current_version=order.wish_version)
