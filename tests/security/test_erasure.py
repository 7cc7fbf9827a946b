"""A customer is erased: by their number or by orders, everywhere, for good; and nobody's order on its way is harmed."""

from typing import Any

import httpx

from dispatch.domain.commands import PostMessage, StopAction
from dispatch.domain.order import Proof, ProofKind
from dispatch.domain.order_message import Party
from tests.support.web import HOME, House, eventually
from tests.support.zones import NOON_MS

PHONE, STREET, NOTE, TEXT = "+8613800138000", "Secret Street 9", "the dog bites", "I am Grace Hopper"
SECRETS = (PHONE, "13800138000", STREET, NOTE, TEXT, "Grace", str(HOME.lat + 0.0012))
REASON = {"reason": "the account was deleted"}


async def placed(h: House, phone: str = PHONE) -> dict[str, Any]:
    door = {"lat": HOME.lat + 0.0012, "lon": HOME.lon, "address": STREET, "name": "Grace", "phone": phone, "note": NOTE}
    answer = await h.http.post("/v1/orders", json={"dropoff": door, "ref": "R-7"}, headers=h.headers("integrator"))
    assert answer.status_code == 201, answer.text
    await eventually(lambda: h.hub.replica.head == h.store_head)
    made: dict[str, Any] = answer.json()
    return made


async def delivered(h: House) -> dict[str, Any]:
    """An order with a message, brought by c1."""
    made = await placed(h)
    await h.plan("c1", made["id"])
    await h.do(PostMessage("m1", made["id"], Party.CUSTOMER, Party.COURIER, TEXT, "c1", NOON_MS))
    await h.progress("c1", StopAction.COMPLETED)
    await h.progress("c1", StopAction.COMPLETED)
    return made


async def erase(h: House, **body: Any) -> httpx.Response:
    answer = await h.http.post("/v1/erasures", json=REASON | body, headers=h.headers("admin", "root"))
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return answer


async def test_by_the_number_however_it_is_typed(h: House) -> None:
    """State, events and pages forget; what the house answers for stays; the link is dead, and the audit has it."""
    made = await delivered(h)
    answer = await erase(h, phone="138 0013-8000")
    assert answer.status_code == 200 and answer.json()["orders"] == 1 and answer.json()["events"] > 5
    kept = f"{await h.store.events('default', 0, 1000)} {h.hub.replica.state} {await h.store.find_order(made['id'])}"
    assert [secret for secret in SECRETS if secret in kept] == []
    shown = (await h.http.get(f"/v1/orders/{made['id']}", headers=h.headers("support"))).json()
    assert (shown["status"], shown["ref"], shown["courier_id"], shown["address"]) == ("delivered", "R-7", "c1", "")
    assert (await h.http.get(f"/v1/track/{made['track_token']}")).status_code == 404
    acts = [each.event for each in await h.store.events("default", 0, 1000) if hasattr(each.event, "action")]
    assert [(act.action, act.order_id, act.reason) for act in acts] == [("erase", made["id"], REASON["reason"])]
    assert h.services.erasure.counters["erased_orders"] == 1
    assert (await erase(h, phone=PHONE)).json() == {
        "orders": 0,
        "couriers": 0,
        "events": 0,
        "requests": 0,
        "pictures": 0,
    }


async def test_who_was_cut_off_asks_again(h: House) -> None:
    """The zone has forgotten and the past has not: the same number finds the rest."""
    made = await delivered(h)

    class Away(Exception):
        pass

    async def away(*_: object) -> None:
        raise Away

    whole, h.services.erasure._eraser.erase = h.services.erasure._eraser.erase, away  # type: ignore[method-assign]
    assert (await erase(h, phone=PHONE)).status_code == 500
    h.services.erasure._eraser.erase = whole  # type: ignore[method-assign]
    assert PHONE in repr(await h.store.events("default", 0, 1000))
    assert (await erase(h, phone=PHONE)).json()["orders"] == 1
    assert PHONE not in repr(await h.store.events("default", 0, 1000)) and made["id"]


async def test_an_order_on_its_way_is_not_erased(h: House) -> None:
    """409, and then nothing of the others either."""
    await delivered(h)
    going = await placed(h)
    before = h.store_head
    refused = await erase(h, phone=PHONE)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_in_progress")
    assert h.store_head == before and PHONE in repr(await h.store.events("default", 0, 1000))
    assert (await erase(h, order_ids=[going["id"]])).status_code == 409


async def test_what_names_nobody(h: House) -> None:
    """422 and 404; a token of another zone opens nothing; and no name is in the logs of any of it."""
    made = await delivered(h)
    assert (await erase(h)).json()["code"] == "nothing_named"
    assert (await erase(h, phone="none")).json()["code"] == "bad_phone"
    assert (await erase(h, order_ids=["o-none"])).json()["code"] == "unknown_order"
    elsewhere = {"Authorization": f"Bearer {h.token('admin', zones=('mars',))}"}
    refused = await h.http.post("/v1/erasures", json=REASON | {"order_ids": [made["id"]]}, headers=elsewhere)
    assert (refused.status_code, refused.json()["code"]) == (403, "zone_not_allowed")


async def test_pictures_are_gone(h: House) -> None:
    """With everything that names them."""
    from tests.web.test_after_http import delivered as brought
    from tests.web.test_after_http import upload

    made = await brought(h, (ProofKind.PHOTO, "photo-0001"))
    await upload(h, "photo-0001", made["id"])
    assert (await erase(h, order_ids=[made["id"]])).json()["pictures"] == 1
    assert (await h.http.get("/v1/uploads/photo-0001", headers=h.headers())).status_code == 404
    assert Proof(ProofKind.PHOTO, made["id"], "", "", NOON_MS) in h.hub.replica.state.orders[made["id"]].proofs


async def test_a_courier_who_has_left(h: House) -> None:
    """Suspended first (409), then an id and nothing else; their GPS apps report no more."""
    body = {"name": "Ada Byron", "profile": "ebike", "phone": "+8613900139000"}
    await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())
    await h.http.post("/v1/couriers/c1/devices", json={"name": "Ada's phone"}, headers=h.headers())
    refused = await erase(h, courier_ids=["c1"])
    assert (refused.status_code, refused.json()["code"]) == (409, "courier_at_work")
    await h.http.put("/v1/couriers/c1", json=body | {"account": "suspended"}, headers=h.headers())
    assert (await erase(h, courier_ids=["c1"])).json()["couriers"] == 1
    kept = f"{await h.store.events('default', 0, 1000)} {h.hub.replica.state}"
    assert "Ada" not in kept and "13900139000" not in kept
    assert (await h.http.delete("/v1/couriers/c1/devices", headers=h.headers())).json()["revoked"] == 0
    assert (await erase(h, courier_ids=["ghost"])).status_code == 404
