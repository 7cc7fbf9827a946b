"""An example: a small shop that sells over the dispatch server's public API, and nothing else.

    DISPATCH_TOKEN=... python docs/examples/storefront/storefront.py

It shows what is in stock, asks for a quote, places the order held for its payment, pretends that it is paid, and leads
to the tracking page. What becomes of the order comes by signed webhooks. It keeps everything in memory: a real shop
keeps its orders and the webhook's secret in a database, and shows an order to its customer only.
"""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

GOODS = {"tea": ("Green tea", "绿茶", 1800), "mug": ("Mug", "马克杯", 3500), "milk": ("Milk 1 l", "鲜牛奶 1L", 1200)}
"""What the shop sells: its names, and what a piece costs in cents."""
FRESH_S = 300
"""A webhook that is older was repeated by somebody who should not have it."""
SETTLED_TRIES = 10

TEXTS = {
    "en": {
        "title": "Corner shop", "left": "left", "order": "Your order", "good": "Good", "pieces": "Pieces",
        "name": "Name", "phone": "Phone", "address": "Address", "ask": "What does the delivery cost?",
        "fee": "Delivery", "minutes": "Comes in about {n} minutes", "short": "Not enough of it is there.",
        "place": "Order", "pay": "Pay (not really)", "track": "Follow the delivery",
        "news": "What the delivery service told us",
        "back": "Back to the shop", "unknown": "We do not know this order.", "waits": "The order is {status} {reason}",
        "where": "We do not find this address; write it otherwise.", "mode": "How",
        "delivery": "Bring it to me", "self_pickup": "I fetch it at the shop", "fetch": "Fetch it at {depot}",
    },
    "zh": {
        "title": "街角小店", "left": "件有货", "order": "您的订单", "good": "商品", "pieces": "数量", "name": "姓名",
        "phone": "电话", "address": "地址", "ask": "查询配送费", "fee": "配送费", "minutes": "约 {n} 分钟送达",
        "short": "库存不足。", "place": "下单", "pay": "付款（模拟）", "track": "查看配送进度",
        "news": "配送服务发来的消息", "back": "返回商店", "unknown": "没有这个订单。",
        "waits": "订单状态：{status} {reason}", "where": "找不到该地址，请换一种写法。", "mode": "配送方式",
        "delivery": "送货上门", "self_pickup": "到店自提", "fetch": "自提地点：{depot}",
    },
}  # fmt: skip


@dataclass
class Shop:
    """The shop's side: its client of the dispatch server, its orders, and the secret of its webhook."""

    api: httpx.AsyncClient
    own_url: str
    secret: str = ""
    address: str = ""
    depots: dict[str, str] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    news: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What webhooks told, by `webhook-id`: one that comes again is known."""

    async def call(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """(status, answer) of a call; refusals are problems with a `code`, a `detail` and the fields in `errors`."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self.api.request(method, path, json=body, headers=headers)
        return answer.status_code, answer.json()

    async def settled(self, method: str, path: str, body: Any, key: str) -> tuple[int, Any]:
        """The same for what must happen once: under its key it is asked again until the server has decided."""
        for attempt in range(SETTLED_TRIES):
            if attempt:
                await asyncio.sleep(0.5)
            status, answer = await self.call(method, path, body, key)
            if status not in (202, 409, 503) or answer.get("code") not in (None, "request_in_progress", "overloaded"):
                return status, answer
        return status, answer


async def set_up(shop: Shop) -> None:
    """Register the goods, bring some to each depot (once: the key says so), and ask for webhooks."""
    _, found = await shop.call("GET", "/v1/depots")
    for sku, (name, _, _) in GOODS.items():
        await shop.call("PUT", f"/v1/skus/{sku}", {"name": name, "unit": {"weight_g": 300}})
    for depot in found["depots"]:
        shop.address = shop.address or depot["address"]
        shop.depots[depot["id"]] = ", ".join(filter(None, (depot["name"], depot["address"])))
        lines = [{"sku": sku, "quantity": 20} for sku in GOODS]
        body = {"depot_id": depot["id"], "lines": lines, "note": "storefront example"}
        await shop.call("POST", "/v1/stock:receive", body, f"storefront-example-{depot['id']}")
    steps = ("assigned", "on_way", "at_door", "delivered", "ready_to_collect", "collected", "held", "canceled")
    events = [f"order.{step}" for step in steps]
    _, known = await shop.call("GET", "/v1/webhooks")
    for old in known.get("webhooks", []):
        if old["url"] == f"{shop.own_url}/hooks":  # of an earlier start, whose secret is lost
            await shop.api.delete(f"/v1/webhooks/{old['id']}")
    status, hook = await shop.call("POST", "/v1/webhooks", {"url": f"{shop.own_url}/hooks", "events": events})
    if status < 300:
        shop.secret = hook["secret"]
    else:
        print(f"No webhooks ({hook['detail']}); start the server with DISPATCH_WEBHOOK_TARGETS=any.")  # noqa: T201


def is_signed(secret: str, headers: Any, body: bytes, now_s: float) -> bool:
    """Whether a webhook is from the dispatch server, and of now. Look at it before anything is believed."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret or not stamp.isdecimal() or abs(now_s - int(stamp)) > FRESH_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    ours = "v1," + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(ours, theirs) for theirs in headers.get("webhook-signature", "").split())


async def hear(request: Request) -> Response:
    """`POST /hooks`: what became of an order. It may come twice, and late: its id and its `seq` say so."""
    shop, body = shop_of(request), await request.body()
    if not is_signed(shop.secret, request.headers, body, time.time()):
        return Response("This is not signed by our dispatch server.", 401)
    shop.news.setdefault(request.headers["webhook-id"], json.loads(body))
    return Response(status_code=204)


async def shop_window(request: Request) -> Response:
    """`GET /`: the goods, and how many can be ordered now."""
    shop, lang = shop_of(request), lang_of(request)
    _, found = await shop.call("GET", "/v1/availability?sku=" + ",".join(GOODS))
    free = {each["sku"]: each["free"] for each in found["skus"]}
    rows = "".join(
        f"<li data-sku={sku}>{goods_name(sku, lang)} · {money(cents)} · <b>{free.get(sku, 0)}</b> {TEXTS[lang]['left']}"
        for sku, (_, _, cents) in GOODS.items()
    )
    return page(request, f"<ul>{rows}</ul>" + form(request, {"address": shop.address, "pieces": "1"}))


async def show_quote(request: Request) -> Response:
    """`POST /quote`: what the delivery would cost and when it would come; nothing is kept of it."""
    shop, wanted, texts = shop_of(request), await fields(request), TEXTS[lang_of(request)]
    status, quote = await shop.call("POST", "/v1/orders:quote", order_body(wanted))
    if status != 200:
        return page(request, problem(quote) + form(request, wanted), status)
    if not quote.get("fee"):
        return page(request, f"<p role=alert>{texts['where']}</p>" + form(request, wanted))
    if not quote["in_stock"]:
        return page(request, f"<p role=alert>{texts['short']}</p>" + form(request, wanted))
    goods_cents = GOODS[wanted["good"]][2] * int(wanted["pieces"])
    where = texts["fetch"].format(depot=html.escape(shop.depots.get(quote["depot_id"], "")))
    minutes = max(1, round((quote.get("eta_at_ms", 0) - quote["ready_at_ms"]) / 60_000))
    how = where if wanted.get("mode") == "self_pickup" else texts["minutes"].format(n=minutes)
    number = f"S-{uuid.uuid4().hex[:10]}"
    told = (
        f"<p>{goods_name(wanted['good'], lang_of(request))} × {wanted['pieces']}: {money(goods_cents)}"
        f"<p data-fee>{texts['fee']}: {money(quote['fee']['total_minor'], quote['fee']['currency'])}"
        f"<p data-how>{how}"
    )
    kept = "".join(hidden(name, value) for name, value in {**wanted, "number": number}.items())
    return page(request, f"{told}<form method=post action=/orders>{kept}<button>{texts['place']}</button></form>")


async def place_order(request: Request) -> Response:
    """`POST /orders`: held until it is paid. The shop's number is the key: pressed twice, it is one order."""
    shop, wanted = shop_of(request), await fields(request)
    number = wanted["number"]
    status, placed = await shop.settled("POST", "/v1/orders", order_body(wanted, number), number)
    if status != 201:
        return page(request, problem(placed) + form(request, wanted), status)
    shop.orders[number] = placed
    return RedirectResponse(f"/orders/{number}", 303)


async def show_order(request: Request) -> Response:
    """`GET /orders/{number}`: how it stands, and what webhooks told of it, the newest last."""
    shop, number, texts = shop_of(request), request.path_params["number"], TEXTS[lang_of(request)]
    if number not in shop.orders:
        return page(request, f"<p role=alert>{texts['unknown']}</p>", 404)
    order = shop.orders[number]
    _, now = await shop.call("GET", f"/v1/orders/{order['id']}")
    stands = texts["waits"].format(status=now["status"], reason=now.get("reason", ""))
    pay = f"<form method=post action=/orders/{number}/pay><button>{texts['pay']}</button></form>"
    link = f"<p><a data-track href='{html.escape(order['track_url'])}'>{texts['track']}</a>"
    mine = [each for each in shop.news.values() if each["data"].get("ref") == number]
    news = "".join(f"<li>{html.escape(e['type'])}" for e in sorted(mine, key=lambda each: each["data"]["seq"]))
    is_open = now.get("reason") == "payment"
    return page(
        request,
        f"<p data-status>{html.escape(stands)}{pay if is_open else link}<h2>{texts['news']}</h2><ul>{news}</ul>",
    )


async def pay_order(request: Request) -> Response:
    """`POST /orders/{number}/pay`: a real shop does this when its payment provider says so, by that one's webhook."""
    shop, number = shop_of(request), request.path_params["number"]
    if number not in shop.orders:
        return page(request, f"<p role=alert>{TEXTS[lang_of(request)]['unknown']}</p>", 404)
    order = shop.orders[number]
    status, answer = await shop.settled("POST", f"/v1/orders/{order['id']}:paid", None, f"{number}-paid")
    if status != 200:
        return page(request, problem(answer), status)
    return RedirectResponse(order["track_url"], 303)


def order_body(wanted: dict[str, str], number: str = "") -> dict[str, Any]:
    """The body of a quote and of an order. Without coordinates the server finds the address in the city's book; what
    the customer fetches is kept at the depot nearest to it that has the goods.
    """
    good, pieces = wanted.get("good", ""), wanted.get("pieces", "")
    door = {name: wanted.get(name, "") for name in ("address", "name", "phone")}
    line = {
        "name": GOODS[good][0] if good in GOODS else good,
        "sku": good,
        "quantity": int(pieces) if pieces.isdecimal() else 0,
    }
    return {
        "dropoff": door,
        "mode": wanted.get("mode") or "delivery",
        "lines": [line],
        "ref": number,
        "payment": {"state": "unpaid"},
        "if_short": "refuse" if number else "hold",
    }


# --- the page ------------------------------------------------------------------------------------------------------


def shop_of(request: Request) -> Shop:
    """The shop of this application."""
    shop: Shop = request.app.state.shop
    return shop


def lang_of(request: Request) -> str:
    """The language that the browser asks for."""
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def goods_name(sku: str, lang: str) -> str:
    """What a good is called."""
    english, chinese, _ = GOODS[sku]
    return chinese if lang == "zh" else english


def money(minor: int, currency: str = "CNY") -> str:
    """As in 12.50 CNY."""
    return f"{minor / 100:.2f} {html.escape(currency)}"


def problem(told: dict[str, Any]) -> str:
    """A refusal, in the server's sentence."""
    return f"<p role=alert data-code={html.escape(told.get('code', ''))}>{html.escape(told.get('detail', ''))}</p>"


def hidden(name: str, value: str) -> str:
    """A field that the customer does not see."""
    return f"<input type=hidden name={html.escape(name)} value='{html.escape(value)}'>"


def form(request: Request, known: dict[str, str]) -> str:
    """What the customer fills in."""
    texts, lang = TEXTS[lang_of(request)], lang_of(request)
    chosen = known.get("good", "")
    goods = "".join(f"<option value={sku}{' selected' * (sku == chosen)}>{goods_name(sku, lang)}" for sku in GOODS)
    boxes = "".join(
        f"<p><label>{texts[name]} <input name={name} value='{html.escape(known.get(name, ''))}' size=40></label>"
        for name in ("pieces", "address", "name", "phone")
    )
    modes = "".join(
        f"<option value={mode}{' selected' * (mode == known.get('mode'))}>{texts[mode]}"
        for mode in ("delivery", "self_pickup")
    )
    boxes += f"<p><label>{texts['mode']} <select name=mode>{modes}</select></label>"
    choice = f"<p><label>{texts['good']} <select name=good>{goods}</select></label>"
    ask = f"<p><button>{texts['ask']}</button>"
    return f"<h2>{texts['order']}</h2><form method=post action=/quote>{choice}{boxes}{ask}</form>"


async def fields(request: Request) -> dict[str, str]:
    """What the customer filled in."""
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


def page(request: Request, content: str, status: int = 200) -> Response:
    """A page around its content."""
    lang, texts = lang_of(request), TEXTS[lang_of(request)]
    head = f"<!doctype html><html lang={lang}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    style = "<style>body{font:16px/1.5 system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem}</style>"
    body = f"<title>{texts['title']}</title>{style}<h1>{texts['title']}</h1>{content}<p><a href=/>{texts['back']}</a>"
    return HTMLResponse(head + body, status)


def storefront(server_url: str, token: str, own_url: str) -> Starlette:
    """The shop as an application; it sets itself up when it starts."""
    headers = {"Authorization": f"Bearer {token}"}
    shop = Shop(httpx.AsyncClient(base_url=server_url, headers=headers, timeout=10, trust_env=False), own_url)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        async with shop.api:
            await set_up(shop)
            yield

    routes = [
        Route("/", shop_window),
        Route("/quote", show_quote, methods=["POST"]),
        Route("/orders", place_order, methods=["POST"]),
        Route("/orders/{number}", show_order),
        Route("/orders/{number}/pay", pay_order, methods=["POST"]),
        Route("/hooks", hear, methods=["POST"]),
    ]
    app = Starlette(routes=routes, lifespan=life)
    app.state.shop = shop
    return app


if __name__ == "__main__":
    port = int(os.environ.get("STOREFRONT_PORT", "8100"))
    url = os.environ.get("DISPATCH_URL", "http://127.0.0.1:8000")
    print(f"The shop is at http://127.0.0.1:{port}/")  # noqa: T201
    uvicorn.run(
        storefront(url, os.environ["DISPATCH_TOKEN"], f"http://127.0.0.1:{port}"), port=port, log_level="warning"
    )
