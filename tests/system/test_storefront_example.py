"""The example of a storefront, run against a real server: bought, paid, tracked, and told by webhooks."""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib import util
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.roads.library import ensure_city
from simulator.server_process import ServerProcess, free_port, issue_tokens

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/storefront/storefront.py"
CITY = "generate:2km:7"
CHINESE = {"Accept-Language": "zh-CN"}


def a_port(first: int) -> int:
    """A port that nobody listens on."""
    return next(port for port in range(first, first + 100) if free_port(port))


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient, str]]:
    """(the shop's customer, an admin, an address of the city): the server with a depot, and the example beside it."""
    city = ensure_city(folder, CITY)
    place = city.addresses[0]
    async with ServerProcess(folder, a_port(18_500), ("--city", city.id, "--log-level", "warning")) as server:
        await server.ready()
        admin_token = (await issue_tokens(folder, "admin", ["boss"]))["boss"]
        headers = {"Authorization": f"Bearer {admin_token}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as admin:
            depot = {"name": "Depot", "lat": place.place.lat, "lon": place.place.lon, "address": place.text}
            assert (await admin.put("/v1/depots/d1", json=depot)).status_code == 200
            token = (await issue_tokens(folder, "integrator", ["storefront"]))["storefront"]
            port = a_port(18_600)
            more = {"DISPATCH_URL": server.url, "DISPATCH_TOKEN": token, "STOREFRONT_PORT": str(port)}
            shop = await asyncio.create_subprocess_exec(sys.executable, str(EXAMPLE), env=os.environ | more)
            try:
                base_url = f"http://127.0.0.1:{port}"
                async with httpx.AsyncClient(base_url=base_url, timeout=10, trust_env=False) as customer:
                    await until(lambda: answers(customer))
                    yield customer, admin, city.addresses[1].text
            finally:
                with suppress(ProcessLookupError):
                    shop.terminate()
                await shop.wait()


async def answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/")).status_code == 200
    except httpx.TransportError:
        return False


async def until(holds: Callable[[], Any], within_s: float = 30.0) -> None:
    """Wait for what other processes are about to do."""
    give_up_s = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < give_up_s, "it did not come true"
        await asyncio.sleep(0.1)


def hidden(page: str) -> dict[str, str]:
    """The fields of a form that the customer does not see."""
    return dict(re.findall(r"<input type=hidden name=(\w+) value='([^']*)'>", page))


@pytest.mark.slow
async def test_a_customer_fetches_it_at_the_shop(tmp_path: Path) -> None:
    """No fee, and where; paid, it waits there with a code."""
    async with served(tmp_path) as (customer, admin, address):
        wanted = {"good": "tea", "pieces": "1", "address": address, "name": "Ada", "mode": "self_pickup"}
        quote = (await customer.post("/quote", data=wanted)).text
        assert "<p data-fee>Delivery: 0.00 CNY" in quote and "<p data-how>Fetch it at Depot, " in quote
        page = (await customer.post("/orders", data=hidden(quote))).headers["location"]
        paid = await customer.post(f"{page}/pay")
        tracked = (await admin.get(paid.headers["location"].replace("/t/", "/v1/track/"))).json()
        assert tracked["order"]["status"] == "at_depot" and tracked["pin"]


@pytest.mark.slow
async def test_the_example_sells_and_hears_what_became_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quote, order, payment, tracking page; pressed twice it is one order, and the webhooks that come are believed."""
    monkeypatch.setenv("DISPATCH_WEBHOOK_TARGETS", "any")
    async with served(tmp_path) as (customer, admin, address):
        assert "绿茶" in (await customer.get("/", headers=CHINESE)).text
        window = (await customer.get("/")).text
        assert "<li data-sku=tea>Green tea · 18.00 CNY · <b>20</b> left" in window
        wanted = {"good": "tea", "pieces": "2", "address": address, "name": "Ada", "phone": "13800138000"}
        many = await customer.post("/quote", data={**wanted, "pieces": "200"})
        assert "Not enough of it is there." in many.text
        wrong = await customer.post("/quote", data={**wanted, "pieces": "none"})
        assert wrong.status_code == 422 and "data-code=bad_field" in wrong.text

        quote = (await customer.post("/quote", data=wanted)).text
        assert re.search(r"<p data-fee>Delivery: \d+\.\d\d CNY", quote) and "Comes in about" in quote
        for _ in range(2):
            placed = await customer.post("/orders", data=hidden(quote))
            assert placed.status_code == 303
        page = placed.headers["location"]
        assert "held payment" in (await customer.get(page)).text
        assert "<b>18</b>" in (await customer.get("/")).text, "it is promised, and once"
        (order,) = (await admin.get("/v1/orders")).json()["orders"]
        assert (order["ref"], order["status"]) == (page.rpartition("/")[2], "held")

        async def told(what: str) -> bool:
            return f"<li>{what}" in (await customer.get(page)).text

        paid = await customer.post(f"{page}/pay")
        assert paid.status_code == 303 and "/t/" in paid.headers["location"]
        tracked = await admin.get(paid.headers["location"].replace("/t/", "/v1/track/"))
        assert tracked.json()["order"]["preparation"][0]["step"] == "paid"
        assert "dispatchable" in (await customer.get(page)).text

        await admin.post(f"/v1/orders/{order['id']}/cancel", json={"reason": "a test"})
        await until(lambda: told("order.canceled"))
        forged = await customer.post("/hooks", json={"type": "order.delivered"}, headers={"webhook-id": "x"})
        assert forged.status_code == 401


def test_a_webhook_is_believed_by_its_signature_and_its_age() -> None:
    """Another secret, body, id or time is somebody else's; while a secret is replaced, either of two signatures is."""
    spec = util.spec_from_file_location("storefront_example", EXAMPLE)
    assert spec and spec.loader
    example = util.module_from_spec(spec)
    sys.modules[spec.name] = example
    spec.loader.exec_module(example)
    key, body = b"k" * 32, b'{"type": "order.held"}'
    secret = "whsec_" + base64.b64encode(key).decode()
    digest = base64.b64encode(hmac.new(key, b"m1.1000." + body, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": "m1", "webhook-timestamp": "1000", "webhook-signature": f"v1,other v1,{digest}"}
    assert example.is_signed(secret, headers, body, 1100.0)
    assert not example.is_signed(secret, headers, body, 1301.0)
    assert not example.is_signed(secret, headers, body + b" ", 1100.0)
    assert not example.is_signed(secret, headers | {"webhook-id": "m2"}, body, 1100.0)
    assert not example.is_signed("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body, 1100.0)
    assert not example.is_signed("", headers, body, 1100.0)
