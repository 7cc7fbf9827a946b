"""A shopper's account over HTTP: signed in by number and code, their orders and addresses, and the end of it."""

import asyncio
import logging
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest

from dispatch.application.ports import StoreUnavailable
from dispatch.application.shoppers import MOST_ADDRESSES, TOKEN_LIFE_S, sweep_for_ever
from dispatch.domain.commands import CancelOrder
from dispatch.domain.order import Order
from dispatch.web.auth import phone_mark, verify_token
from tests.support.web import HOME, SECRET, House, eventually

PHONE, OTHERS = "+8613800138000", "+8613900139000"
DAY_MS = 24 * 3_600_000
STREET = "Secret Street 9"
DOOR = {"label": "home", "address": STREET, "lat": HOME.lat, "lon": HOME.lon, "note": "the dog bites"}


async def place(h: House, phone: str = PHONE, **more: Any) -> dict[str, Any]:
    dropoff = {"lat": HOME.lat, "lon": HOME.lon, "address": STREET, "phone": phone}
    return await h.order(dropoff=dropoff, **more)


async def code_from(h: House, path: str, headers: dict[str, str] | None = None, **asked: str) -> str:
    h.services.lookup._tickets._taken_ms.clear()  # type: ignore[attr-defined]
    before = len(h.codes.sent)
    answer = await h.http.post(path, json=asked, headers=headers or {})
    assert answer.status_code == 202, answer.text
    await eventually(lambda: len(h.codes.sent) > before)
    return h.codes.sent[-1][1]


async def proven(h: House, **asked: str) -> dict[str, Any]:
    code = await code_from(h, "/v1/track/lookup", **asked)
    answer = await h.http.post("/v1/track/lookup/confirm", json={**asked, "code": code})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def corrected(h: House, order_id: str) -> None:
    """Its number was somebody else's by mistake, and is another one now; its mark is still the old one."""
    entities = h.store._zone("default").entities
    order = entities["Order", order_id]
    assert isinstance(order, Order)
    entities["Order", order_id] = replace(order, dropoff=replace(order.dropoff, phone=OTHERS))


async def signed_in(h: House, phone: str = PHONE) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await proven(h, phone=phone))['token']}"}


async def erase(h: House, me: dict[str, str], code: str, phone: str = PHONE) -> httpx.Response:
    answer = await h.http.post("/v1/my:erase", json={"phone": phone, "code": code}, headers=me)
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return answer


async def erasure_code(h: House, me: dict[str, str], phone: str = PHONE) -> str:
    return await code_from(h, "/v1/my/erasure-code", me, phone=phone)


async def test_a_number_with_an_order_opens_an_account(h: House) -> None:
    """A customer's token for a week that names the number by its mark only; by an order's number there is none."""
    await place(h, ref="R-1")
    found = await proven(h, phone="138 0013 8000")
    bearer = verify_token(SECRET, found["token"])
    assert (bearer.subject.role, bearer.subject.id) == ("customer", phone_mark(SECRET, PHONE))
    assert abs(found["expires_at_s"] - time.time() - TOKEN_LIFE_S) < 60
    assert "token" not in await proven(h, order="R-1")


async def test_a_number_without_an_order_has_none(h: House) -> None:
    """It is sent nothing; and whose last order ended more than 90 days ago is somebody else by now."""
    made = await place(h)
    await h.do(CancelOrder(made["id"], "no"))
    h.clock.pass_ms(89 * DAY_MS)
    found = await proven(h, phone=PHONE)
    assert found["orders"] == [] and found["token"]
    h.clock.pass_ms(2 * DAY_MS)
    sent = len(h.codes.sent)
    for phone in (PHONE, OTHERS):
        h.services.lookup._tickets._taken_ms.clear()  # type: ignore[attr-defined]
        assert (await h.http.post("/v1/track/lookup", json={"phone": phone})).status_code == 202
    await eventually(lambda: h.services.lookup.counters["lookup_unknown_phone"] == 2)
    assert len(h.codes.sent) == sent


async def test_all_orders_of_the_number_a_page_at_a_time(h: House) -> None:
    """The newest first, past ones of 90 days too, with links while they open; others' and corrected ones not."""
    old = await place(h, ref="old")
    await h.do(CancelOrder(old["id"], "no"))
    h.clock.pass_ms(30 * DAY_MS)
    for n in range(21):
        h.clock.pass_ms(1)
        await place(h, ref=f"R-{n}")
    await place(h, OTHERS, ref="theirs")
    await corrected(h, (await place(h, ref="corrected"))["id"])
    me = await signed_in(h)
    first = (await h.http.get("/v1/my/orders", headers=me)).json()
    second = (await h.http.get(f"/v1/my/orders?before={first['next']}", headers=me)).json()
    refs = [each["ref"] for each in first["orders"] + second["orders"]]
    assert refs == [*(f"R-{n}" for n in reversed(range(21))), "old"] and len(first["orders"]) == 19
    assert "next" not in second and "link" not in second["orders"][-1]
    assert (await h.http.get(f"/v1/track/{first['orders'][0]['link'].removeprefix('/t/')}")).status_code == 200
    assert STREET not in str(first) + str(second)
    assert (await h.http.get("/v1/my/orders?before=x", headers=me)).json()["code"] == "bad_parameter"


async def test_a_token_is_renewed_while_it_is_good(h: House) -> None:
    """One that is over is not, and neither is a courier's."""
    await place(h)
    me = await signed_in(h)
    fresh = (await h.http.post("/v1/my/token", headers=me)).json()
    assert (await h.http.get("/v1/my/orders", headers={"Authorization": f"Bearer {fresh['token']}"})).status_code == 200
    late = {"Authorization": f"Bearer {h.token('customer', phone_mark(SECRET, PHONE), hours=-1)}"}
    assert (await h.http.post("/v1/my/token", headers=late)).json()["code"] == "token_expired"
    assert (await h.http.post("/v1/my/token", headers=h.headers("courier", "c1"))).json()["code"] == "role_not_allowed"


async def test_an_address_book(h: House) -> None:
    """Put, read, changed, listed and dropped; on a new phone it is there, and nobody else sees it."""
    for phone in (PHONE, OTHERS):
        await place(h, phone)
    me, eve = await signed_in(h), await signed_in(h, OTHERS)
    put = await h.http.put("/v1/my/addresses/home", json=DOOR, headers=me)
    assert put.status_code == 200 and put.json() == {"id": "home", **DOOR}
    await h.http.put("/v1/my/addresses/work", json=DOOR | {"label": " work ", "note": ""}, headers=me)
    again = await signed_in(h)
    listed = (await h.http.get("/v1/my/addresses", headers=again)).json()["addresses"]
    assert [(each["id"], each["label"]) for each in listed] == [("home", "home"), ("work", "work")]
    assert (await h.http.get("/v1/my/addresses/home", headers=me)).json() == put.json()
    for path in ("/v1/my/addresses/home", "/v1/my/addresses/x"):
        assert (await h.http.delete(path, headers=eve)).json()["code"] == "no_such_address"
    assert (await h.http.delete("/v1/my/addresses/home", headers=me)).json() == {"id": "home"}
    assert (await h.http.get("/v1/my/addresses/home", headers=me)).status_code == 404


@pytest.mark.parametrize(
    ("path", "more", "code"),
    [
        ("home", {"label": "x" * 41}, "bad_field"),
        ("home", {"address": "x" * 501}, "bad_field"),
        ("home", {"note": "x" * 201}, "bad_field"),
        ("home", {"lat": 91}, "bad_field"),
        ("home", {"label": "  "}, "empty_address"),
        ("x" * 41, {}, "bad_id"),
    ],
)
async def test_what_is_no_address_is_refused(h: House, path: str, more: dict[str, Any], code: str) -> None:
    """With a sentence, and nothing is kept."""
    me = h.headers("customer", "mine")
    answer = await h.http.put(f"/v1/my/addresses/{path}", json=DOOR | more, headers=me)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await h.http.get("/v1/my/addresses", headers=me)).json() == {"addresses": []}


async def test_an_address_book_has_an_end(h: House) -> None:
    """The one too many is a conflict that says what to do."""
    me = h.headers("customer", "mine")
    for n in range(MOST_ADDRESSES):
        h.services.lookup._tickets._taken_ms.clear()  # type: ignore[attr-defined]
        h.services.link_limits._tickets._taken_ms.clear()  # type: ignore[attr-defined]
        assert (await h.http.put(f"/v1/my/addresses/a{n}", json=DOOR, headers=me)).status_code == 200
    h.services.link_limits._tickets._taken_ms.clear()  # type: ignore[attr-defined]
    full = await h.http.put("/v1/my/addresses/more", json=DOOR, headers=me)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_addresses")


async def test_whoever_asks_too_often_waits(h: House) -> None:
    """As with a tracking link; others do not."""
    me = h.headers("customer", "mine")
    answers = [await h.http.put("/v1/my/addresses/home", json=DOOR, headers=me) for _ in range(21)]
    assert [each.status_code for each in answers] == [200] * 20 + [429] and "Retry-After" in answers[-1].headers
    looks = [(await h.http.get("/v1/my/orders", headers=me)).status_code for _ in range(61)]
    assert looks == [200] * 60 + [429]
    assert (await h.http.get("/v1/my/orders", headers=h.headers("customer", "theirs"))).status_code == 200


async def test_places_to_keep_are_found(h: House) -> None:
    """By what is typed, and by a place; a long text is refused."""
    me = h.headers("customer", "mine")
    typed = (await h.http.get("/v1/my/places?q=7 maple", headers=me)).json()["addresses"]
    assert typed[0]["address"] == "7 Maple Street"
    near = f"/v1/my/places?lat={typed[0]['lat']}&lon={typed[0]['lon']}"
    assert (await h.http.get(near, headers=me)).json()["addresses"][0]["address"] == "7 Maple Street"
    assert (await h.http.get(f"/v1/my/places?q={'x' * 101}", headers=me)).json()["code"] == "bad_parameter"


async def test_signing_out_everywhere_ends_every_token(h: House) -> None:
    """For who has lost a phone; whoever has the number signs in again and finds the address book."""
    await place(h)
    lost, me = await signed_in(h), await signed_in(h)
    await h.http.put("/v1/my/addresses/home", json=DOOR, headers=me)
    assert (await h.http.post("/v1/my:sign-out", headers=me)).json() == {"everywhere": True}
    for token in (lost, me):
        for method, path in (("GET", "orders"), ("GET", "addresses"), ("POST", "token")):
            answer = await h.http.request(method, f"/v1/my/{path}", headers=token)
            assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    back = await signed_in(h)
    assert len((await h.http.get("/v1/my/addresses", headers=back)).json()["addresses"]) == 1


async def test_a_shopper_erases_themselves(h: House, caplog: pytest.LogCaptureFixture) -> None:
    """With a code that is asked for again: orders, addresses and tokens go, others' stay; nobody can sign in then. No
    log names anybody."""
    caplog.set_level(logging.DEBUG)
    done, theirs, wrong = await place(h), await place(h, OTHERS), await place(h)
    for each in (done, wrong):
        await h.do(CancelOrder(each["id"], "no"))
    await corrected(h, wrong["id"])
    me = await signed_in(h)
    await h.http.put("/v1/my/addresses/grace", json=DOOR, headers=me)
    answer = await erase(h, me, await erasure_code(h, me, "138 0013-8000"))
    assert (answer.status_code, answer.json()) == (200, {"orders": 1})
    assert (await h.http.get("/v1/my/orders", headers=me)).json()["code"] == "session_ended"
    assert await h.services.shoppers.addresses(phone_mark(SECRET, PHONE)) == []
    kept = repr(await h.store.find_order(done["id"])) + repr(h.hub.replica.state.orders.get(done["id"]))
    assert PHONE not in kept and STREET not in kept
    for each in (theirs, wrong):
        assert OTHERS in repr(await h.store.find_order(each["id"]))
    acts = [each for each in await h.store.events("default", 0, 1000) if getattr(each.event, "action", "") == "erase"]
    assert [each.actor for each in acts] == ["customer"]
    logged = repr([vars(each) for each in caplog.records if each.name.startswith("dispatch")])
    secrets = (PHONE[3:], STREET, phone_mark(SECRET, PHONE), "grace")
    assert "/v1/my/addresses/*" in logged and not [secret for secret in secrets if secret in logged]
    assert (await h.http.post("/v1/track/lookup", json={"phone": PHONE})).status_code == 202
    await eventually(lambda: h.services.lookup.counters["lookup_unknown_phone"] == 1)


async def test_nothing_is_erased_while_an_order_is_under_way(h: House) -> None:
    """It is named, and the code is still good when it has ended."""
    made, over = await place(h, ref="R-7"), await place(h, ref="R-8")
    await h.do(CancelOrder(over["id"], "no"))
    me = await signed_in(h)
    code = await erasure_code(h, me)
    answer = await erase(h, me, code)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "orders_under_way")
    assert "R-7" in problem["detail"] and problem["errors"] == [{"detail": "Order R-7 has not ended."}]
    assert len((await h.http.get("/v1/my/orders", headers=me)).json()["orders"]) == 2
    await h.do(CancelOrder(made["id"], "no"))
    assert (await erase(h, me, code)).json() == {"orders": 2}


async def test_erasing_takes_its_own_code_and_ones_own_number(h: House) -> None:
    """Neither a sign-in's code nor another number will do; five wrong tries end a code."""
    await place(h, OTHERS)
    await h.do(CancelOrder((await place(h))["id"], "no"))
    me = await signed_in(h)
    sign_in = await code_from(h, "/v1/track/lookup", phone=PHONE)
    assert (await erase(h, me, sign_in)).json()["code"] == "wrong_code"
    other = await h.http.post("/v1/my/erasure-code", json={"phone": OTHERS}, headers=me)
    assert (other.status_code, other.json()["code"]) == (422, "other_phone")
    code = await erasure_code(h, me)
    assert (await erase(h, me, code, OTHERS)).json()["code"] == "other_phone"
    again = await h.http.post("/v1/my/erasure-code", json={"phone": PHONE}, headers=me)
    assert (again.status_code, again.json()["code"]) == (429, "too_many_codes")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert {(await erase(h, me, wrong)).status_code for _ in range(5)} == {403}
    assert (await erase(h, me, code)).json()["code"] == "too_many_tries"
    assert len((await h.http.get("/v1/my/orders", headers=me)).json()["orders"]) == 1


async def test_an_erasure_that_was_cut_off_is_asked_for_again(h: House) -> None:
    """The zone has forgotten and the past has not: the token is still good, and a new code erases the rest."""
    await h.do(CancelOrder((await place(h))["id"], "no"))
    me = await signed_in(h)

    class Away(Exception):
        pass

    async def away(*_: object) -> None:
        raise Away

    whole, h.services.erasure._eraser.erase = h.services.erasure._eraser.erase, away  # type: ignore[method-assign]
    assert (await erase(h, me, await erasure_code(h, me))).status_code == 500
    h.services.erasure._eraser.erase = whole  # type: ignore[method-assign]
    assert PHONE in repr(await h.store.events("default", 0, 1000))
    assert (await erase(h, me, await erasure_code(h, me))).json() == {"orders": 1}
    assert PHONE not in repr(await h.store.events("default", 0, 1000))


async def test_an_erasure_by_staff_ends_the_account_too(h: House) -> None:
    """Whoever asked the shop to be erased is not left with an address book."""
    await h.do(CancelOrder((await place(h))["id"], "no"))
    me = await signed_in(h)
    await h.http.put("/v1/my/addresses/home", json=DOOR, headers=me)
    body = {"phone": PHONE, "reason": "asked by phone"}
    assert (await h.http.post("/v1/erasures", json=body, headers=h.headers())).status_code == 200
    assert (await h.http.get("/v1/my/addresses", headers=me)).json()["code"] == "session_ended"
    assert await h.services.shoppers.addresses(phone_mark(SECRET, PHONE)) == []


async def test_a_number_that_changes_hands_has_an_empty_address_book(h: House) -> None:
    """After 90 days without a sign-in the next one begins anew, with the orders of its own time only."""
    await h.do(CancelOrder((await place(h, ref="before"))["id"], "no"))
    me = await signed_in(h)
    await h.http.put("/v1/my/addresses/home", json=DOOR, headers=me)
    h.clock.pass_ms(91 * DAY_MS)
    await place(h, ref="after")
    other = await signed_in(h)
    assert (await h.http.get("/v1/my/addresses", headers=other)).json() == {"addresses": []}
    assert [each["ref"] for each in (await h.http.get("/v1/my/orders", headers=other)).json()["orders"]] == ["after"]
    assert (await h.http.get("/v1/my/orders", headers=me)).json()["code"] == "session_ended"


async def test_address_books_are_swept(h: House) -> None:
    """Hour by hour, and also when the store was away in between."""
    await place(h)
    await h.http.put("/v1/my/addresses/home", json=DOOR, headers=await signed_in(h))
    mark, swept = phone_mark(SECRET, PHONE), list[float]()
    assert len(await h.services.shoppers.addresses(mark)) == 1
    whole = h.services.shoppers.forget_left

    async def away(before_ms: int) -> int:
        raise StoreUnavailable("away")

    class Hours:
        async def sleep(self, seconds: float) -> None:
            swept.append(seconds)
            if len(swept) == 1:
                h.services.shoppers.forget_left = away  # type: ignore[method-assign]
            elif len(swept) == 2:
                h.services.shoppers.forget_left = whole  # type: ignore[method-assign]
                h.clock.pass_ms(91 * DAY_MS)
            else:
                raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await sweep_for_ever(h.services.shoppers, h.clock, Hours())  # type: ignore[arg-type]
    assert await h.services.shoppers.addresses(mark) == []
