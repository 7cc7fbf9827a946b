"""A shopper's own account over HTTP: the orders of their phone, their address book, and the end of both.

Whose account it is says the token, by the mark of a number; there is no way to name another one.
"""

import asyncio
import re
from typing import Final

import msgspec

from dispatch.application.shoppers import MOST_ADDRESSES, PAGE_OF_ORDERS, SHOWN_MS, Put, SavedAddress
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.web.auth import BadToken, phone_mark
from dispatch.web.bodies import ID_PATTERN
from dispatch.web.bodies_my import MyAddress, MyAddresses, MyAddressGone, MyOrders, MyToken, SignedOut
from dispatch.web.bodies_wishes import AddressesShown
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, too_many
from dispatch.web.routes_lookup import account_token, shown_order
from dispatch.web.routes_wishes import MOST_TYPED, address_shown, asked_place

_CURSOR: Final = re.compile(r"(\d{1,16})\.(.{1,64})")


async def renew_token(call: Call) -> Answer:
    """`POST /v1/my/token`: a fresh token for one that is still good."""
    services, mark, generation = call.services, call.subject.id, _generation(call)
    if await services.shoppers.begin(mark, services.clock.now_ms()) != generation:
        raise _over()
    token, expires_at_s = account_token(call, mark, generation)
    return Answer(MyToken(token=token, expires_at_s=expires_at_s))


async def list_orders(call: Call) -> Answer:
    """`GET /v1/my/orders`. A mark says where to look; the number in the order decides: it may be another one now."""
    await _look(call)
    services, mark = call.services, call.subject.id
    now_ms = services.clock.now_ms()
    found = await services.shoppers.orders_before(mark, now_ms - SHOWN_MS, _before(call), PAGE_OF_ORDERS)
    mine = [each for each in found if phone_mark(services.secret, each[1].dropoff.phone) == mark]
    last = found[-1][1] if len(found) == PAGE_OF_ORDERS else None
    goes_on = f"{last.created_at_ms}.{last.id}" if last else ""
    return Answer(MyOrders(now_ms=now_ms, orders=[shown_order(call, *each) for each in mine], next=goes_on))


def _before(call: Call) -> tuple[int, str] | None:
    given = call.query("before")
    if not given:
        return None
    cursor = _CURSOR.fullmatch(given)
    if cursor is None:
        raise Problem(422, "bad_parameter", "The parameter before is the `next` of the page before.")
    return int(cursor[1]), cursor[2]


# --- addresses --------------------------------------------------------------------------------------------------


async def list_addresses(call: Call) -> Answer:
    """`GET /v1/my/addresses`."""
    await _look(call)
    kept = await call.services.shoppers.addresses(call.subject.id)
    return Answer(MyAddresses(addresses=[_shown(each) for each in kept]))


async def read_address(call: Call) -> Answer:
    """`GET /v1/my/addresses/{id}`."""
    await _look(call)
    kept = await call.services.shoppers.addresses(call.subject.id)
    found = next((each for each in kept if each.id == call.path("id")), None)
    if found is None:
        raise _unknown(call)
    return Answer(_shown(found))


async def put_address(call: Call) -> Answer:
    """`PUT /v1/my/addresses/{id}`: the id is the caller's to choose."""
    await _change(call)
    address_id, body = call.path("id"), call.body
    if not ID_PATTERN.fullmatch(address_id):
        raise InvalidInput("bad_id", "The id of an address has 1-40 letters, digits and . _ -")
    label, text = body.label.strip(), body.address.strip()
    if not label or not text:
        raise InvalidInput("empty_address", "An address has a label and a text.")
    address = SavedAddress(address_id, label, text, body.lat, body.lon, body.note.strip())
    put = await call.services.shoppers.put_address(call.subject.id, _generation(call), address)
    if put is Put.FULL:
        raise Conflict("too_many_addresses", f"An address book has at most {MOST_ADDRESSES} addresses; remove one.")
    if put is Put.ENDED:
        raise _over()
    return Answer(_shown(address))


async def drop_address(call: Call) -> Answer:
    """`DELETE /v1/my/addresses/{id}`."""
    await _change(call)
    if not await call.services.shoppers.drop_address(call.subject.id, call.path("id")):
        raise _unknown(call)
    return Answer(MyAddressGone(id=call.path("id")))


async def find_places(call: Call) -> Answer:
    """`GET /v1/my/places`: addresses of the city by what somebody types, or (`lat`, `lon`) the nearest to a place."""
    await _look(call)
    book, box, typed = call.services.addresses, call.services.city.box, call.query("q")
    if len(typed) > MOST_TYPED:
        raise Problem(422, "bad_parameter", f"The parameter q has at most {MOST_TYPED} characters.")
    place = asked_place(call)
    if place is None:
        middle = Point((box.south + box.north) / 2, (box.west + box.east) / 2)
        found = await asyncio.to_thread(book.find, typed, middle)
        shown = [msgspec.structs.replace(address_shown(each), away_m=0) for each in found]
        return Answer(AddressesShown(addresses=shown))
    nearest = await asyncio.to_thread(book.nearest, place)
    return Answer(AddressesShown(addresses=[address_shown(nearest)] if nearest else []))


# --- parts ------------------------------------------------------------------------------------------------------


async def sign_out_everywhere(call: Call) -> Answer:
    """`POST /v1/my:sign-out`: for who has lost a phone. The address book stays."""
    await call.services.shoppers.end(call.subject.id, forget=False)
    return Answer(SignedOut())


def _over() -> BadToken:
    return BadToken("session_ended", "This sign-in has ended; sign in again.")


def _generation(call: Call) -> int:
    return call.bearer_or_none.generation if call.bearer_or_none else 0


def _shown(kept: SavedAddress) -> MyAddress:
    return MyAddress(id=kept.id, label=kept.label, address=kept.address, lat=kept.lat, lon=kept.lon, note=kept.note)


def _unknown(call: Call) -> NotFound:
    return NotFound("no_such_address", f"There is no address {call.path('id')} in this book.")


async def _look(call: Call) -> None:
    if wait_s := await call.services.link_limits.look(call.subject.id):
        raise too_many(wait_s)


async def _change(call: Call) -> None:
    if wait_s := await call.services.link_limits.change(call.subject.id):
        raise too_many(wait_s)
