"""Webhooks, contacts and the log of messages over HTTP; and the whole way from an order's step to a signed POST."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from dispatch.adapters.clocks import SystemTicker, wall_ms
from dispatch.adapters.memory import MemoryEventFeed
from dispatch.adapters.memory_staff import MemoryStaffStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.message_directory import SqlDirectoryStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.webhooks import WebhookChannel
from dispatch.application.messaging.contacts import Contacts, Members, MessageDesk
from dispatch.application.messaging.outgoing import Outgoing
from dispatch.application.messaging.planning import MessageRules
from dispatch.application.messaging.ports import State
from dispatch.application.messaging.sending import MessageSending
from dispatch.application.messaging.table import TABLE, Audience, Channel, event_type
from dispatch.application.messaging.webhooks import MOST_WEBHOOKS, Webhooks
from dispatch.application.replica import ZoneReplica
from dispatch.bootstrap_messages import channels_set_up
from dispatch.domain import commands as c
from dispatch.settings import Settings
from dispatch.web.bodies_outgoing import EventName
from tests.adapters.test_message_channels import Listener, listening, verified
from tests.adapters.test_message_store import message
from tests.support.web import ZONE, House, eventually, house

HOOK = {"url": "https://shop.example.com/hook"}
A = c.StopAction
PACE_S = 0.02
"""Between two steps of a courier: some twenty messages a second, which is what thousands of orders an hour make."""


@pytest.fixture
async def h() -> AsyncIterator[House]:
    async with house() as running:
        await running.depot()
        await running.courier()
        yield running


async def made(h: House, **more: Any) -> dict[str, Any]:
    answer = await h.http.post("/v1/webhooks", json=HOOK | more, headers=h.headers("integrator", "shop"))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_every_event_of_the_table_can_be_named() -> None:
    """A webhook may ask for each of what it would be told."""
    told = {event_type(kind) for kind, row in TABLE.items() if Channel.WEBHOOK in row.get(Audience.ACCOUNT, ())}
    assert told == set(get_args(EventName))


async def test_a_webhook_from_its_making_to_its_end(h: House) -> None:
    """Its secret is told when it is made and when it is replaced, and never again; it is its account's alone."""
    mine, theirs = h.headers("integrator", "shop"), h.headers("integrator", "else")
    first = await made(h, events=["order.delivered", "order.delivered"])
    hook, secret = first["webhook"], first["secret"]
    assert secret.startswith("whsec_") and len(base64.b64decode(secret[6:])) == 32
    assert (hook["events"], hook["account"], hook["off"]) == (["order.delivered"], "shop", "")
    listed = await h.http.get("/v1/webhooks", headers=mine)
    assert listed.json() == {"webhooks": [hook]} and secret not in listed.text
    assert (await h.http.get("/v1/webhooks", headers=theirs)).json() == {"webhooks": []}
    assert (await h.http.get("/v1/webhooks", headers=h.headers())).json() == {"webhooks": [hook]}
    path = f"/v1/webhooks/{hook['id']}"
    paused = await h.http.put(path, json=HOOK | {"on": False}, headers=mine)
    assert (paused.json()["off"], paused.json()["events"]) == ("paused", [])
    rotated = await h.http.post(f"{path}/secret:rotate", json={}, headers=mine)
    assert rotated.json()["secret"] != secret
    assert (await h.http.delete(path, headers=theirs)).json()["code"] == "unknown_webhook"
    assert (await h.http.delete(path, headers=mine)).json() == {"id": hook["id"]}
    assert (await h.http.delete(path, headers=mine)).json()["code"] == "unknown_webhook"


async def test_what_is_no_webhook(h: House) -> None:
    """Only public https; and no more than anybody needs."""
    mine = h.headers("integrator", "shop")
    for url in ("http://shop.example.com/", "https://127.0.0.1/", "https://localhost/", "https://a.example:8443/", "x"):
        refused = await h.http.post("/v1/webhooks", json={"url": url}, headers=mine)
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_webhook_url"), url
    for _ in range(MOST_WEBHOOKS):
        await made(h)
    many = await h.http.post("/v1/webhooks", json=HOOK, headers=mine)
    assert (many.status_code, many.json()["code"]) == (409, "too_many_webhooks")
    assert (await h.http.post("/v1/webhooks", json=HOOK, headers=h.headers("integrator", "else"))).status_code == 201


async def test_deliveries_are_looked_at_and_replayed(h: House) -> None:
    """The newest first; one that has ended is queued again under its own id, one that goes on is not."""
    mine = h.headers("integrator", "shop")
    hook = (await made(h))["webhook"]["id"]
    lane = {"zone_id": ZONE, "channel": Channel.WEBHOOK, "recipient": hook, "lane": hook}
    told = [replace(message(n, **lane), state=State.FAILED, reason="http_500") for n in (1, 2)]  # type: ignore[arg-type]
    await h.services.messaging.log.enqueue(ZONE, told, (), (1, 2))
    path = f"/v1/webhooks/{hook}/deliveries"
    listed = (await h.http.get(path, headers=mine)).json()["messages"]
    assert [(each["id"], each["state"], each["reason"]) for each in listed] == [
        ("m02", "failed", "http_500"),
        ("m01", "failed", "http_500"),
    ]
    assert len((await h.http.get(f"{path}?limit=1", headers=mine)).json()["messages"]) == 1
    again = await h.http.post("/v1/webhook-deliveries/m01:replay", headers=mine)
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (202, "m01", "queued")
    twice = await h.http.post("/v1/webhook-deliveries/m01:replay", headers=mine)
    assert (twice.status_code, twice.json()["code"]) == (409, "delivery_goes_on")
    for headers, name in ((mine, "m99"), (h.headers("integrator", "else"), "m02")):
        unknown = await h.http.post(f"/v1/webhook-deliveries/{name}:replay", headers=headers)
        assert unknown.json()["code"] == "unknown_delivery"


async def test_an_admin_makes_a_webhook_for_an_account(h: House) -> None:
    """It is that account's from then on; nobody else names another account."""
    body = HOOK | {"account": "shop"}
    made_for = await h.http.post("/v1/webhooks", json=body, headers=h.headers("admin"))
    assert (made_for.status_code, made_for.json()["webhook"]["account"]) == (201, "shop")
    listed = await h.http.get("/v1/webhooks", headers=h.headers("integrator", "shop"))
    assert listed.json()["webhooks"] == [made_for.json()["webhook"]]
    other = await h.http.post("/v1/webhooks", json=body, headers=h.headers("integrator", "else"))
    assert (other.status_code, other.json()["code"]) == (403, "not_yours")


async def test_the_log_of_messages_is_looked_through(h: House) -> None:
    """The newest first, by state and channel, a page at a time; neither address nor words."""
    told = [message(1, zone_id=ZONE), message(2, Channel.EMAIL, zone_id=ZONE, state=State.FAILED, reason="smtp_550")]
    await h.services.messaging.log.enqueue(ZONE, [*told, message(3, zone_id=ZONE)], (), (1, 3))
    support = h.headers("support")

    async def page(query: str) -> tuple[list[str], str]:
        answer = (await h.http.get(f"/v1/messages-sent{query}", headers=support)).json()
        return [each["id"] for each in answer["messages"]], answer.get("next_cursor", "")

    first, cursor = await page("?limit=2")
    assert (first, await page(f"?limit=2&cursor={cursor}")) == (["m03", "m02"], (["m01"], ""))
    assert await page("?state=failed") == (["m02"], "")
    assert await page("?state=waiting&channel=sms") == (["m03", "m01"], "")
    shown = (await h.http.get("/v1/messages-sent?state=failed", headers=support)).json()["messages"][0]
    assert (shown["channel"], shown["reason"]) == ("email", "smtp_550") and "body" not in shown
    for wrong in ("state=lost", "channel=pigeon", "cursor=x", "limit=101"):
        assert (await h.http.get(f"/v1/messages-sent?{wrong}", headers=support)).status_code == 422, wrong


async def test_only_what_has_failed_is_sent_once_more(h: House) -> None:
    """By support, with the same id; what was sent is told to nobody twice."""
    told = [message(1, zone_id=ZONE, state=State.SENT), message(2, zone_id=ZONE, state=State.FAILED)]
    await h.services.messaging.log.enqueue(ZONE, told, (), (1, 2))

    async def retried(name: str) -> tuple[int, str]:
        answer = await h.http.post(f"/v1/messages-sent/{name}:retry", headers=h.headers("support"))
        return answer.status_code, answer.json().get("code", "") or answer.json()["state"]

    assert await retried("m02") == (202, "queued")
    assert await retried("m02") == await retried("m01") == (409, "message_not_failed")
    assert await retried("m99") == (404, "unknown_message")


async def test_which_channels_are_set_up_is_told_without_what_they_hold(h: House, tmp_path: Path) -> None:
    """On, recorded or off; the URL of a gateway may hold a key, so nothing of it is shown."""
    settings = Settings(
        data_dir=tmp_path,
        sms_sender="https://gateway.example/send?key=s3cret",
        smtp_url="record",
        webhook_targets="off",
    )
    h.services.messaging = replace(h.services.messaging, set_up=channels_set_up(settings))
    answer = await h.http.get("/v1/message-channels", headers=h.headers("dispatcher"))
    assert "s3cret" not in answer.text and "gateway" not in answer.text
    assert {each["channel"]: each["how"] for each in answer.json()["channels"]} == {
        "webhook": "off",
        "web_push": "on",
        "email": "record",
        "sms": "on",
        "wechat": "off",
        "call": "off",
    }


async def test_a_shopper_says_by_the_link_how_to_be_told(h: House) -> None:
    """In which language, at which address, and by what not; nobody with the link reads the address."""
    placed = await h.order(dropoff={"lat": 60.17, "lon": 24.94, "address": "S 1", "phone": "+86 138 0013 8000"})
    path = f"/v1/track/{placed['track_token']}/contact"
    assert (await h.http.get(path)).json() == {"lang": "", "email": "", "off": []}
    wish = {"lang": "en", "email": "ada@example.com", "off": ["sms"]}
    told = {"lang": "en", "email": "a***@example.com", "off": ["sms"]}
    assert (await h.http.put(path, json=wish)).json() == told
    assert (await h.http.get(path)).json() == told
    bad = await h.http.put(path, json={"email": "ada@example.com\r\nBcc: eve@example.com"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_email")
    other = await h.order(dropoff={"lat": 60.17, "lon": 24.94, "address": "S 1", "phone": "+8613800138000"})
    theirs = f"/v1/track/{other['track_token']}/contact"
    assert (await h.http.get(theirs)).json() == {"lang": "", "email": "", "off": ["sms"]}  # the same number
    assert (await h.http.put(theirs, json={"lang": "en"})).json()["off"] == []
    await h.http.put(path, json={"email": ""})
    assert (await h.http.get(path)).json() == {"lang": "zh-CN", "email": "", "off": []}
    assert (await h.http.get("/v1/track/nothing/contact")).status_code == 404


async def test_an_account_says_how_to_be_told(h: House) -> None:
    """A group leader by e-mail and phone; what is left out stays."""
    leader = h.headers("group_leader", "village-7")
    wish = {"lang": "en", "email": "li@example.com", "phone": "+86 138 0013 8000", "off": ["wechat"]}
    told = {"zone": ZONE, "lang": "en", "email": "li@example.com", "phone": "+8613800138000", "off": ["wechat"]}
    assert (await h.http.put("/v1/message-contact", json=wish, headers=leader)).json() == told
    changed = await h.http.put("/v1/message-contact", json={"lang": "zh-CN", "phone": ""}, headers=leader)
    assert changed.json() == told | {"lang": "zh-CN", "phone": "", "off": []}
    assert (await h.http.get("/v1/message-contact", headers=leader)).json() == changed.json()
    nobody = await h.http.get("/v1/message-contact", headers=h.headers("group_leader", "else"))
    assert nobody.json()["email"] == ""


async def test_staff_say_where_they_are_told(h: House) -> None:
    """Each for themselves, in one zone, whoever is limited to a depot, too; an account that is called as they are is
    somebody else.
    """
    wish, path = {"lang": "en", "email": "ann@example.com"}, "/v1/staff/news"
    ann = {"Authorization": f"Bearer {h.token('support', 'ann', depots=('d1',))}"}
    assert (await h.http.put(path, json=wish, headers=ann)).json() == {"zone": ZONE, **wish}
    assert (await h.http.get(path, headers=ann)).json()["email"] == "ann@example.com"
    assert (await h.http.get(path, headers=h.headers("support", "bo"))).json()["email"] == ""
    same_name = await h.http.get("/v1/message-contact", headers=h.headers("distributor", "ann"))
    assert same_name.json()["email"] == ""
    wrong = await h.http.put(path, json=wish | {"email": "at home"}, headers=ann)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_email")
    assert (await h.http.put(path, json=wish | {"email": ""}, headers=ann)).json()["email"] == ""


# --- the whole way ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def sending(h: House, folder: Path) -> AsyncIterator[MessageSending]:
    """A sender of the house's zone, with its log in SQLite on disk and webhooks that are really called."""
    url = f"sqlite+aiosqlite:///{folder}/messages.sqlite"
    await upgrade(url)
    database, channel = Database(url), WebhookChannel(wall_ms, any_target=True)
    store, directory = SqlMessageStore(database), SqlDirectoryStore(database)
    webhooks = Webhooks(directory, store, h.clock, wall_ms, any_target=True)
    h.services.messaging = MessageDesk(webhooks, Contacts(directory), store)
    replica = await ZoneReplica.open(ZONE, h.store, MemoryEventFeed(h.store), h.clock)
    sender = MessageSending(
        replica=replica,
        events=h.store,
        zones=h.store,
        store=store,
        directory=directory,
        staff=Members(MemoryStaffStore(wall_ms), directory),
        channels={Channel.WEBHOOK: channel},
        outgoing=Outgoing(MessageRules(), ZoneInfo("Asia/Shanghai"), lambda order: ""),
        clock=h.clock,
        wall_ms=wall_ms,
        ticker=SystemTicker(),
        holder="test",
    )
    tasks = [asyncio.create_task(replica.run()), asyncio.create_task(sender.run())]
    try:
        await asyncio.sleep(0.05)
        yield sender
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *sender._tasks, return_exceptions=True)
        await channel.close()
        await database.close()


async def test_from_an_orders_step_to_a_signed_post(h: House, tmp_path: Path) -> None:
    """The shop's server can verify each; the staff sees what became of them, and the shop has one sent again."""
    async with listening() as listener, sending(h, tmp_path) as sender:
        hook = await made(h, url=listener.url)
        body = {"dropoff": {"lat": 60.17, "lon": 24.94, "address": "S 1", "name": "Grace"}, "ref": "R-1"}
        placed = await h.http.post("/v1/orders", json=body, headers=h.headers("integrator", "shop"))
        order_id = placed.json()["id"]
        await eventually(lambda: h.hub.replica.head == h.store_head)
        await h.plan("c1", order_id)
        for action in (A.DEPARTED, A.ARRIVED, A.COMPLETED) * 2:
            await h.progress("c1", action)
        await eventually(lambda: len(listener.got) >= 4)
        assert [kind(body) for _, body in listener.got] == ["assigned", "on_way", "at_door", "delivered"]
        assert all(verified(hook["secret"], headers, body) for headers, body in listener.got)
        assert b"Grace" not in b"".join(body for _, body in listener.got)
        await eventually(lambda: sender.counters["messages_noted"] == 4)
        sent = await h.http.get(f"/v1/orders/{order_id}/messages-sent", headers=h.headers("support"))
        log = sent.json()["messages"]
        assert [(each["event"], each["state"], each["tries"]) for each in log] == [
            (f"order.{name}", "sent", 1) for name in ("assigned", "on_way", "at_door", "delivered")
        ]
        again = f"/v1/webhook-deliveries/{log[-1]['id']}:replay"
        assert (await h.http.post(again, headers=h.headers("integrator", "shop"))).status_code == 202
        await eventually(lambda: len(listener.got) == 5)
        assert listener.got[4][0]["webhook-id"] == listener.got[3][0]["webhook-id"]
        assert listener.got[4][1] == listener.got[3][1]


def kind(body: bytes) -> str:
    """The event that a body tells of."""
    told: str = json.loads(body)["type"].removeprefix("order.")
    return told


async def test_a_message_is_sent_within_a_second_of_its_event(h: House, tmp_path: Path) -> None:
    """In real time, through SQLite and HTTP on loopback: a hundred steps of orders, one after the other; p95."""
    arrived: dict[tuple[str, str], float] = {}
    happened: dict[tuple[str, str], float] = {}

    class Dated(Listener):
        async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await super().take(reader, writer)
            _, body = self.got[-1]
            arrived.setdefault((json.loads(body)["data"]["order_id"], kind(body)), time.monotonic())

    listener = Dated()
    async with await asyncio.start_server(listener.take, "127.0.0.1", 0) as server, sending(h, tmp_path):
        port = server.sockets[0].getsockname()[1]
        await h.http.post("/v1/webhooks", json={"url": f"http://127.0.0.1:{port}/"}, headers=h.headers("admin"))
        for _ in range(25):
            order_id = (await h.order())["id"]
            await h.plan("c1", order_id)
            happened[order_id, "assigned"] = time.monotonic()
            for step, action in enumerate((A.DEPARTED, A.ARRIVED, A.COMPLETED) * 2):
                await h.progress("c1", action)
                if step in (2, 4, 5):
                    happened[order_id, ("", "", "on_way", "", "at_door", "delivered")[step]] = time.monotonic()
                await asyncio.sleep(PACE_S)
        await eventually(lambda: len(arrived) == len(happened))
    late_s = sorted(arrived[key] - happened[key] for key in happened)
    p95_s = late_s[int(len(late_s) * 0.95)]
    print(f"{len(late_s)} messages: p50 {late_s[len(late_s) // 2] * 1000:.0f} ms, p95 {p95_s * 1000:.0f} ms")  # noqa: T201
    assert len(late_s) == 100 and p95_s <= 1.0
    assert len(listener.got) == 100  # each once


def test_the_signature_is_of_the_standards_parts() -> None:
    """What `verified` computes, by hand."""
    secret, body = "whsec_" + base64.b64encode(b"k" * 32).decode(), b"{}"
    signed = hmac.new(b"k" * 32, b"id.7.{}", hashlib.sha256).digest()
    headers = {"webhook-id": "id", "webhook-timestamp": "7"}
    assert verified(secret, headers | {"webhook-signature": f"v1,{base64.b64encode(signed).decode()}"}, body)
    assert not verified(secret, headers | {"webhook-signature": "v1,AAAA"}, body)
