"""Orders that are not paid yet, over HTTP: held, confirmed by the shop, and paid at the door."""

from typing import Any

import httpx

from dispatch.domain.commands import CancelOrder
from tests.support.web import House, eventually, order_body


async def placed(h: House, **payment: Any) -> dict[str, Any]:
    answer = await h.http.post("/v1/orders", json=order_body(payment=payment), headers=h.headers("integrator", "shop"))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def pay(h: House, order_id: str, *, key: str = "", shop: str = "shop") -> httpx.Response:
    headers = h.headers("integrator", shop) | ({"Idempotency-Key": key} if key else {})
    return await h.http.post(f"/v1/orders/{order_id}:paid", headers=headers)


async def test_a_shop_confirms_a_payment(h: House) -> None:
    """The order goes on; confirming it again, with the same key or another, changes nothing."""
    order = await placed(h, state="unpaid")
    assert (order["status"], order["reason"]) == ("held", "payment")
    for key in ("p1", "p1", "p2"):
        answer = await pay(h, order["id"], key=key)
        assert answer.status_code == 200
        assert answer.json() == {"id": order["id"], "status": "dispatchable", "reason": ""}
    await eventually(lambda: h.hub.replica.head == h.store_head)
    shown = (await h.http.get(f"/v1/track/{order['track_token']}")).json()["order"]
    assert [step["step"] for step in shown["preparation"]] == ["paid"]


async def test_somebody_else_s_order_is_not_theirs_to_confirm(h: House) -> None:
    """As unknown as one that does not exist."""
    order = await placed(h, state="unpaid")
    assert (await pay(h, order["id"], shop="other")).json()["code"] == "unknown_order"


async def test_a_canceled_order_is_not_paid_for(h: House) -> None:
    """409, with where the money goes."""
    order = await placed(h, state="unpaid")
    await h.do(CancelOrder(order["id"], "no"))
    answer = await pay(h, order["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "order_ended")
    assert "goes back to the customer" in answer.json()["detail"]


async def test_a_zone_that_does_not_answer(h: House) -> None:
    """202: it is confirmed in a moment."""
    order = await placed(h, state="unpaid")
    h.bus.deaf = True
    assert (await pay(h, order["id"])).status_code == 202


async def test_what_is_paid_or_due_at_the_door_is_shown(h: House) -> None:
    """To staff and to the shop; the currency is the server's where none is named."""
    cash = await placed(h, state="cash", due_minor=1_250)
    paid = await placed(h, state="paid")
    shown = [
        (await h.http.get(f"/v1/orders/{order['id']}", headers=h.headers("integrator", "shop"))).json()
        for order in (cash, paid)
    ]
    assert [(each["status"], each["payment"]) for each in shown] == [("dispatchable", "cash"), ("dispatchable", "paid")]
    assert (shown[0]["cash_minor"], shown[0]["currency"]) == (1_250, "CNY") and "cash_minor" not in shown[1]
    assert [step["step"] for step in shown[1]["preparation"]] == ["paid"]
