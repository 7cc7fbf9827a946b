"""Short ways to goods that were delivered and are claimed, on a running server."""

from typing import Any

from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from tests.support.web import House, eventually

LINES = [{"name": "Charger", "quantity": 2, "sku": "charger"}, {"name": "A card"}]
DONE = (c.StopAction.ARRIVED, c.StopAction.COMPLETED)


async def stocked(h: House, pieces: int = 5) -> None:
    """The depot d1 has so many chargers; the courier c1 is on duty."""
    await h.do(c.SetDuty("c1", Duty.AVAILABLE))
    sku = {"name": "Charger", "category": "electronics", "unit": {"weight_g": 80}}
    assert (await h.http.put("/v1/skus/charger", json=sku, headers=h.headers())).status_code == 200
    line = {"sku": "charger", "quantity": pieces, "lot": "A"}
    body = {"depot_id": "d1", "lines": [line]}
    assert (await h.http.post("/v1/stock:receive", json=body, headers=h.headers())).status_code == 200


async def ride(h: House, order_id: str, courier_id: str = "c1", stops: int = 2) -> None:
    """The courier brings an order from where it is to where it goes; with `stops` 1 they only fetch it."""
    await h.plan(courier_id, order_id)
    for _ in range(stops):
        for action in DONE:
            await h.progress(courier_id, action)


async def bought(h: House, owner: str = "shop", **more: Any) -> dict[str, Any]:
    """A delivered order of a shop, as it was placed."""
    body = {"dropoff": {"lat": 60.17, "lon": 24.94, "address": "Street 1", "name": "Grace", "phone": "+358401234567"}}
    answer = await h.http.post("/v1/orders", json={**body, **more}, headers=h.headers("integrator", owner))
    assert answer.status_code == 201, answer.text
    placed: dict[str, Any] = answer.json()
    await eventually(lambda: h.hub.replica.head == h.store_head)
    await ride(h, placed["id"])
    return placed


def wish(**more: Any) -> dict[str, Any]:
    """A body that asks for the return of one piece of the first line."""
    return {"kind": "return", "reason": "quality", "lines": [{"line": 0, "quantity": 1}], **more}


async def claimed(h: House, placed: dict[str, Any], **more: Any) -> str:
    """The id of a claim about an order, asked for by its link."""
    url = f"/v1/track/{placed['track_token']}/after-sales"
    known = {each["id"] for each in (await h.http.get(url)).json()["claims"]}
    answer = await h.http.post(url, json=wish(**more))
    assert answer.status_code == 201, answer.text
    await eventually(lambda: h.hub.replica.head == h.store_head)
    (claim_id,) = {each["id"] for each in answer.json()["claims"]} - known
    return str(claim_id)
