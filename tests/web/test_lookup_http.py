"""Finding one's orders over HTTP: a code to the phone of the order, and nothing for anybody else."""

from typing import Any

import httpx
import pytest

from dispatch.domain.commands import CancelOrder, RegisterCourier
from dispatch.domain.courier import Account, Courier
from dispatch.domain.vehicle import Load, Profile
from tests.support.web import HOME, House, eventually

PHONE, OTHERS = "+8613800138000", "+8613900139000"
DAY_MS = 24 * 3_600_000


async def place(h: House, phone: str = PHONE, **more: Any) -> dict[str, Any]:
    dropoff = {"lat": HOME.lat, "lon": HOME.lon, "address": "Street 1", "phone": phone}
    return await h.order(dropoff=dropoff, **more)


async def look_up(h: House, **asked: str) -> httpx.Response:
    return await h.http.post("/v1/track/lookup", json=asked)


async def confirm(h: House, code: str, **asked: str) -> httpx.Response:
    return await h.http.post("/v1/track/lookup/confirm", json={**asked, "code": code})


async def code_for(h: House, **asked: str) -> str:
    before = len(h.codes.sent)
    answer = await look_up(h, **asked)
    assert answer.status_code == 202, answer.text
    await eventually(lambda: len(h.codes.sent) > before)
    return h.codes.sent[-1][1]


async def test_a_phone_opens_its_orders_with_their_links(h: House) -> None:
    """However it is typed; what is under way first, others' not at all, and the links open the pages."""
    done, mine = await place(h, ref="R-1"), await place(h, "138 0013 8000", ref="R-2")
    await place(h, OTHERS)
    await h.do(CancelOrder(done["id"], "no"))
    code = await code_for(h, phone="0086 138-0013-8000", lang="en")
    assert h.codes.sent == [(PHONE, code, "en")]
    answer = await confirm(h, f" {code} ", phone="13800138000")
    found = answer.json()["orders"]
    assert answer.status_code == 200, answer.text
    assert [(order["id"], order["ref"], order["status"]) for order in found] == [
        (mine["id"], "R-2", "dispatchable"),
        (done["id"], "R-1", "canceled"),
    ]
    assert found[0]["link"] == f"/t/{mine['track_token']}" and found[0]["shop"] == "Depot d1"
    assert (await h.http.get(f"/v1/track/{found[0]['link'].removeprefix('/t/')}")).status_code == 200
    assert (await confirm(h, code, phone=PHONE)).json()["code"] == "wrong_code"


async def test_an_order_number_leads_to_the_phone_of_the_order(h: House) -> None:
    """Ours or the shop's; the newest of several that are called the same. The answer does not tell the number."""
    await place(h, OTHERS, ref="7")
    h.clock.pass_ms(1_000)
    newest = await place(h, ref="7")
    code = await code_for(h, order=" 7 ")
    assert h.codes.sent[-1][0] == PHONE
    assert [order["id"] for order in (await confirm(h, code, order="7")).json()["orders"]] == [newest["id"]]
    h.services.lookup._tickets._taken_ms.clear()  # type: ignore[attr-defined]
    code = await code_for(h, order=newest["id"])
    assert (await confirm(h, code, order=newest["id"])).status_code == 200


async def test_whoever_asks_learns_nothing(h: House) -> None:
    """Known or not, phone or number: the same answer, and the same limit; nothing is sent to strangers."""
    await place(h, ref="R-1")
    known, unknown = await look_up(h, phone=PHONE), await look_up(h, phone=OTHERS)
    by_number, by_none = await look_up(h, order="R-1"), await look_up(h, order="R-2")
    for answer in (known, unknown, by_number, by_none):
        assert answer.status_code == 202 and answer.headers == known.headers
        assert answer.json() == {"expires_in_s": 300, "again_after_s": 30}
    for asked in ({"phone": PHONE}, {"phone": OTHERS}, {"order": "R-1"}, {"order": "R-2"}):
        again = await look_up(h, **asked)
        assert (again.status_code, again.json()["code"]) == (429, "too_many_codes")
    await eventually(lambda: h.services.lookup.counters["lookup_unknown_phone"] == 3)
    assert [phone for phone, _, _ in h.codes.sent] == [PHONE]


async def test_one_phone_gets_few_codes_whatever_is_asked_with(h: House) -> None:
    """Its many order numbers are no way to flood it, nor to guess: a code that was not sent opens nothing."""
    orders = [await place(h, ref=f"R-{n}") for n in range(4)]
    for order in orders:
        assert (await look_up(h, order=order["id"])).status_code == 202
    await eventually(lambda: h.services.lookup.counters["lookup_unknown_phone"] == 3)
    code = h.codes.sent[0][1]
    assert len(h.codes.sent) == 1
    for order in orders[1:]:
        assert (await confirm(h, code, order=order["id"])).json()["code"] == "wrong_code"
    assert (await confirm(h, code, order=orders[0]["id"])).status_code == 200


async def test_a_code_is_for_what_was_asked_and_for_nothing_else(h: House) -> None:
    """A look-up code signs no courier in, nor the other way round; five wrong ones end it."""
    await h.do(RegisterCourier(Courier("c9", "Eve", Profile.BIKE, Load(1, 1, 1), Account.ACTIVE, phone=PHONE)))
    await place(h)
    code = await code_for(h, phone=PHONE)
    assert (await h.http.post("/v1/sign-in", json={"phone": PHONE, "code": code})).status_code == 401
    await h.http.post("/v1/sign-in/codes", json={"phone": PHONE})
    await eventually(lambda: len(h.codes.sent) == 2)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for tried in (h.codes.sent[1][1], *[wrong] * 4):
        assert (await confirm(h, tried, phone=PHONE)).status_code == 401
    late = await confirm(h, code, phone=PHONE)
    assert (late.status_code, late.json()["code"]) == (429, "too_many_tries")


async def test_old_orders_lose_their_links_and_then_their_place(h: House) -> None:
    """A day after the end the page is gone, a week after it the order; who proves its phone then finds nothing."""
    old = await place(h)
    await h.do(CancelOrder(old["id"], "no"))
    h.clock.pass_ms(2 * DAY_MS)
    found = (await confirm(h, await code_for(h, phone=PHONE), phone=PHONE)).json()["orders"]
    assert [(order["id"], "link" in order, order["ended_at_ms"] > 0) for order in found] == [(old["id"], False, True)]
    assert "Street" not in str(found)
    h.clock.pass_ms(6 * DAY_MS)
    h.services.lookup._tickets._taken_ms.clear()  # type: ignore[attr-defined]
    assert (await confirm(h, await code_for(h, order=old["id"]), order=old["id"])).json()["orders"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "bad_lookup"),
        ({"phone": PHONE, "order": "7"}, "bad_lookup"),
        ({"phone": "hello"}, "bad_phone"),
        ({"order": "a\u0000b"}, "bad_lookup"),
        ({"order": "x" * 101}, "bad_field"),
    ],
)
async def test_what_is_no_question_is_refused(h: House, asked: dict[str, str], code: str) -> None:
    """With a sentence, for both steps."""
    for answer in (await look_up(h, **asked), await confirm(h, "123456", **asked)):
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_orders_of_an_older_version_are_found_while_they_are_in_memory(h: House) -> None:
    """They have no mark; and one whose number was corrected since is not the old number's any more."""
    from dataclasses import replace

    placed, moved = await place(h, ref="R-1"), await place(h)
    orders = h.hub.replica.state.orders
    h.store._zone("default").entities["Order", placed["id"]] = replace(orders[placed["id"]], phone_mark="", ref="")
    orders[placed["id"]] = replace(orders[placed["id"]], phone_mark="")
    dropoff = replace(orders[moved["id"]].dropoff, phone=OTHERS)
    h.store._zone("default").entities["Order", moved["id"]] = replace(orders[moved["id"]], dropoff=dropoff)
    found = (await confirm(h, await code_for(h, phone=PHONE), phone=PHONE)).json()["orders"]
    assert [order["id"] for order in found] == [placed["id"]]
    h.services.lookup._tickets._taken_ms.clear()  # type: ignore[attr-defined]
    assert await code_for(h, order="R-1")
