"""Things that the routes of the matrix are about: whose they are, and what lies at depot d1."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dispatch.application.access import Role
from tests.support.claims import bought, claimed
from tests.support.web import House, eventually, order_body

MINE: Final = "mine"


@dataclass(frozen=True)
class Thing:
    """What a path or a body names, as it belongs to `owner`; `about` sets up whatever has to be there."""

    path: str
    owner: str
    body: Any = None
    headers: Mapping[str, str] = ()  # type: ignore[assignment]


Make = Callable[[House, Role], Awaitable[Thing]]


def order(path: str, body: Any = None) -> Make:
    async def make(h: House, role: Role) -> Thing:
        placed = await h.http.post("/v1/orders", json=order_body(), headers=h.headers("integrator", MINE))
        await eventually(lambda: h.hub.replica.head == h.store_head)
        return Thing(path.replace("{id}", placed.json()["id"]), MINE, body)

    return make


def claim(path: str, body: Any = None) -> Make:
    async def make(h: House, role: Role) -> Thing:
        placed = await bought(h, MINE)
        return Thing(path.replace("{id}", await claimed(h, placed)), MINE, body)

    return make


def named_order(path: str, body: Callable[[str], Any]) -> Make:
    """An order of depot d1 that the body names."""

    async def make(h: House, role: Role) -> Thing:
        placed = await order("{id}")(h, role)
        return Thing(path, MINE, body(placed.path))

    return make


def case_of(path: str, body: Any) -> Make:
    """A case about an order of depot d1."""

    async def make(h: House, role: Role) -> Thing:
        placed = await order("{id}")(h, role)
        told = {"order_id": placed.path, "kind": "question", "text": "x"}
        opened = await h.http.post("/v1/cases", json=told, headers=h.headers("support"))
        await eventually(lambda: h.hub.replica.head == h.store_head)
        return Thing(path.replace("{id}", opened.json()["id"]), MINE, body)

    return make


async def overridden(h: House, role: Role) -> Thing:
    placed = await order("{id}")(h, role)
    body = {"action": "expedite", "order_id": placed.path, "reason": "x"}
    made = await h.http.post("/v1/overrides", json=body, headers=h.headers("dispatcher"))
    assert made.status_code == 200, made.text
    return Thing(f"/v1/overrides/{made.json()['id']}:undo", MINE, {"reason": "x"})


def shelf(path: str, body: Any = None) -> Make:
    """Milk that lies at depot d1."""

    async def make(h: House, role: Role) -> Thing:
        await h.http.put("/v1/skus/milk", json={"name": "Milk", "unit": {"weight_g": 1}}, headers=h.headers())
        received = {"depot_id": "d1", "lines": [{"sku": "milk", "quantity": 9}]}
        await h.http.post("/v1/stock:receive", json=received, headers=h.headers())
        return Thing(path, MINE, body)

    return make


MILK: Final = {"lines": [{"sku": "milk", "quantity": 1}]}
AT_DEPOT: Final[Mapping[str, Make]] = {
    "override": named_order("/v1/overrides", lambda id_: {"action": "expedite", "order_id": id_, "reason": "x"}),
    "previewOverride": named_order(
        "/v1/overrides:preview", lambda id_: {"action": "expedite", "order_ids": [id_], "reason": "x"}
    ),
    "undoOverride": overridden,
    "handOver": named_order("/v1/handovers", lambda id_: {"order_ids": [id_], "to_courier_id": "c1", "reason": "x"}),
    "endHandover": order("/v1/orders/{id}/handover", {"done": True, "reason": "x"}),
    "resolveAttempt": order("/v1/orders/{id}/attempt", {"resolution": "retry", "reason": "x"}),
    "readMessages": order("/v1/orders/{id}/messages"),
    "writeMessage": order("/v1/orders/{id}/messages", {"to": "courier", "text": "x"}),
    "openCase": named_order("/v1/cases", lambda id_: {"order_id": id_, "kind": "question", "text": "x"}),
    "solveCase": case_of("/v1/cases/{id}:solve", {"solution": "x"}),
    "assignCase": case_of("/v1/cases/{id}:assign", {}),
    "followUpCase": case_of("/v1/cases/{id}:follow-up", {"at_ms": 0}),
    "resolveCase": case_of("/v1/cases/{id}/resolve", {"resolution": "x"}),
    "approveClaim": claim("/v1/after-sales/{id}:approve", {}),
    "refuseClaim": claim("/v1/after-sales/{id}:refuse", {"answer": "x"}),
    "receiveClaim": claim("/v1/after-sales/{id}:receive", {"lines": []}),
    "sendRepaired": claim("/v1/after-sales/{id}:repaired", {}),
    "resendForClaim": claim("/v1/after-sales/{id}:resend", {}),
    "readLedger": shelf("/v1/stock/d1/milk/ledger"),
    "setLowAt": shelf("/v1/stock/d1/milk/low-at", {"low_at": 3}),
    "receiveStock": shelf("/v1/stock:receive", {"depot_id": "d1", **MILK}),
    "countStock": shelf("/v1/stock:count", {"depot_id": "d1", **MILK}),
    "writeOffStock": shelf("/v1/stock:write-off", {"depot_id": "d1", "note": "x", **MILK}),
    "transferStock": shelf("/v1/stock:transfer", {"from_depot_id": "d1", "to_depot_id": "d1", **MILK}),
}
"""What is anybody's within a zone, but for who is limited to another depot than d1."""
