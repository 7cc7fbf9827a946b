"""The log of messages, and whom to send them to: the same promises in memory, SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text

from dispatch.adapters.memory_messages import MemoryDirectoryStore, MemoryMessageStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.message_directory import SqlDirectoryStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.application.messaging.ports import (
    LANE_ROOM,
    WEBHOOK_ROOM,
    Contact,
    DirectoryStore,
    Endpoint,
    MessageQuery,
    MessageStore,
    OutgoingMessage,
    Settled,
    State,
    Why,
    account_key,
    order_key,
)
from dispatch.application.messaging.table import Audience, Channel
from dispatch.application.push_notices import NoticeKind
from tests.support.zones import NOON_MS

ZONE, SENT = "z", Settled(State.SENT, tries=1, done_at_ms=NOON_MS + 5)


class HandTicker:
    """Technical time that a test sets."""

    def __init__(self) -> None:
        self.at_ms = 0

    def mono_ms(self) -> int:
        return self.at_ms

    async def sleep(self, seconds: float) -> None:
        self.at_ms += int(seconds * 1000)


@dataclass
class Stores:
    """The stores of one kind, and how to let every claim expire."""

    messages: MessageStore
    directory: DirectoryStore
    ticker: HandTicker
    database: Database | None = None

    async def pass_claims(self) -> None:
        self.ticker.at_ms += 61_000
        if self.database:
            async with self.database.write() as connection:
                await connection.execute(text("UPDATE outgoing_messages SET claimed_until = 1 WHERE holder <> ''"))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stores]:
    """Every kind in turn."""
    ticker = HandTicker()
    if not any_url:
        yield Stores(MemoryMessageStore(ticker), MemoryDirectoryStore(), ticker)
        return
    await upgrade(any_url)
    database = Database(any_url)
    yield Stores(SqlMessageStore(database), SqlDirectoryStore(database), ticker, database)
    await database.close()


def message(number: int, channel: Channel = Channel.SMS, **more: Any) -> OutgoingMessage:
    made = OutgoingMessage(
        id=f"m{number:02d}",
        zone_id=ZONE,
        epoch=1,
        seq=number,
        order_id="o1",
        kind=NoticeKind.AT_DOOR,
        audience=Audience.SHOPPER,
        recipient="shopper",
        channel=channel,
        lane=channel.value,
        lang="en",
        event_at_ms=NOON_MS + number,
        due_at_ms=NOON_MS + number,
    )
    return replace(made, **more)


async def put(stores: Stores, *messages: OutgoingMessage, overtaken: Sequence[str] = ()) -> int:
    return await stores.messages.enqueue(ZONE, messages, overtaken, (1, max(m.seq for m in messages)))


async def claimed(stores: Stores, holder: str = "a", now_ms: int = NOON_MS + 1_000, **room: int) -> list[str]:
    return [m.id for m in await stores.messages.claim(ZONE, now_ms, holder, room)]


async def test_a_message_is_there_once(stores: Stores) -> None:
    """Whoever puts it again finds it as it is; progress is kept with it, each zone's own."""
    store, whole = stores.messages, message(1, eta_at_ms=7, began=2, lang="zh-CN", body='{"a":1}', reason=Why.QUIET)
    assert await store.progress(ZONE) is None
    assert await put(stores, whole, message(2, order_id="o2")) == 2
    assert await store.find("m01") == whole and await store.find("m99") is None
    assert await claimed(stores) == ["m01", "m02"]
    assert await put(stores, whole, message(3)) == 1
    assert (await store.find("m01") or whole).state is State.CLAIMED
    assert [m.id for m in await store.of_orders(ZONE, ["o1"])] == ["m01", "m03"]
    assert await store.of_orders("else", ["o1"]) == [] and await store.of_orders(ZONE, []) == []
    assert (await store.progress(ZONE), await store.progress("else")) == ((1, 3), None)


async def test_the_same_event_is_one_message_even_by_another_id(database_url: str) -> None:
    """The database holds it to (zone, history, event, order, audience, recipient, channel)."""
    await upgrade(database_url)
    database = Database(database_url)
    store = SqlMessageStore(database)
    assert await store.enqueue(ZONE, [message(1)], (), (1, 1)) == 1
    assert await store.enqueue(ZONE, [message(1, id="other")], (), (1, 1)) == 0
    assert await store.enqueue(ZONE, [message(1, id="other", epoch=2)], (), (2, 1)) == 1
    await database.close()


async def test_only_what_is_due_is_claimed_and_only_once(stores: Stores) -> None:
    """By due time, within the room of each lane; who comes second finds nothing."""
    await put(stores, message(1), message(2), message(3, Channel.EMAIL), message(4, due_at_ms=NOON_MS + 5_000))
    assert await claimed(stores, sms=1) == ["m01", "m03"]
    assert await claimed(stores, sms=0) == []
    assert await claimed(stores, "b") == ["m02"]
    assert await claimed(stores, now_ms=NOON_MS + 5_000) == ["m04"]
    assert list(await stores.messages.claim("else", NOON_MS * 2, "a", {})) == []
    found = await stores.messages.find("m01")
    assert found and (found.state, found.handed, found.tries) == (State.CLAIMED, False, 0)


async def test_a_full_lane_holds_up_nobody_else(stores: Stores) -> None:
    """However much waits there; a lane that nobody named has its usual room."""
    hooks = [message(n, Channel.WEBHOOK, recipient="wh1", lane="wh1") for n in range(1, 10)]
    await put(stores, *hooks, *(message(n, Channel.EMAIL, order_id=f"e{n}") for n in range(10, 60)))
    first = await claimed(stores)
    assert first[:WEBHOOK_ROOM] == [f"m{n:02d}" for n in range(1, 9)] and len(first) == WEBHOOK_ROOM + LANE_ROOM
    assert await claimed(stores, wh1=0, email=1) == ["m42"]


async def test_racing_senders_share_nothing(stores: Stores) -> None:
    """Eight that claim at the same moment: each message is had by one of them."""
    await put(stores, *(message(n, order_id=f"o{n}") for n in range(1, 31)))
    found = await asyncio.gather(*(claimed(stores, f"h{n}") for n in range(8)))
    taken = [each for some in found for each in some]
    assert sorted(taken) == [f"m{n:02d}" for n in range(1, 31)]


async def test_a_claim_is_its_holders_until_it_expires(stores: Stores) -> None:
    """Then somebody else's; who held it before neither begins nor settles it any more."""
    store = stores.messages
    await put(stores, message(1))
    assert await claimed(stores) == ["m01"]
    assert not await store.begin("m01", "b") and await store.begin("m01", "a")
    begun = await store.find("m01")
    assert begun and begun.handed
    assert await claimed(stores, "b") == []
    await stores.pass_claims()
    assert not await store.begin("m01", "a")
    assert await claimed(stores, "b") == ["m01"]
    taken = await store.find("m01")
    assert taken and taken.handed  # so that the new holder knows
    assert await store.settle("a", {"m01": SENT}) == 0 and await store.settle("b", {"m01": SENT, "m99": SENT}) == 1
    assert await store.settle("b", {"m01": Settled(State.FAILED)}) == 0
    done = await store.find("m01")
    assert done and (done.state, done.done_at_ms, done.tries) == (State.SENT, NOON_MS + 5, 1)


async def test_a_failed_try_comes_again(stores: Stores) -> None:
    """When it is due again, as one that nobody has begun; how often it was tried is kept."""
    store = stores.messages
    await put(stores, message(1))
    for tries in (1, 2):
        assert await claimed(stores, now_ms=NOON_MS + 10_000 * tries) == ["m01"]
        assert await store.begin("m01", "a")
        later = Settled(State.QUEUED, "http_503", tries, NOON_MS + 10_000 * (tries + 1))
        assert await store.settle("a", {"m01": later}) == 1
        found = await store.find("m01")
        assert found and (found.reason, found.tries, found.handed) == ("http_503", tries, False)
        assert await claimed(stores, now_ms=NOON_MS + 10_000 * tries + 1) == []


async def test_who_takes_a_zone_over_frees_what_was_not_begun(stores: Stores) -> None:
    """What was begun waits until its claim has expired: it may be on its way."""
    await put(stores, message(1), message(2))
    assert await claimed(stores) == ["m01", "m02"]
    assert await stores.messages.begin("m01", "a")
    assert await stores.messages.release("else") == 0 and await stores.messages.release(ZONE) == 1
    assert await claimed(stores, "b") == ["m02"]
    assert not await stores.messages.begin("m02", "a") and await stores.messages.begin("m02", "b")


async def test_what_is_overtaken_ends_unless_it_is_on_its_way(stores: Stores) -> None:
    """With the message that overtakes it, in one commit."""
    await put(stores, message(1), message(2, order_id="o2"))
    assert await stores.messages.claim(ZONE, NOON_MS + 1, "a", {})
    await put(stores, message(3), overtaken=["m01", "m02"])
    states = {each: await stores.messages.find(each) for each in ("m01", "m02", "m03")}
    shown = {name: (m.state, str(m.reason), m.done_at_ms) for name, m in states.items() if m}
    assert shown["m01"] == (State.CLAIMED, "", 0)
    assert shown["m02"] == (State.SKIPPED, "overtaken", NOON_MS + 3)
    assert shown["m03"] == (State.QUEUED, "", 0)


async def test_an_ended_message_is_replayed_as_itself(stores: Stores) -> None:
    """With its id; one that goes on is left alone."""
    store = stores.messages
    await put(stores, message(1, Channel.WEBHOOK, recipient="wh1", lane="wh1"), message(2))
    assert not await store.replay("m01", NOON_MS) and not await store.replay("m99", NOON_MS)
    assert await claimed(stores) == ["m01", "m02"] and await store.begin("m01", "a")
    await store.settle("a", {"m01": Settled(State.FAILED, "http_500", 3, done_at_ms=NOON_MS + 9)})
    assert await store.replay("m01", NOON_MS + 50)
    again = await store.find("m01")
    assert again and (again.state, again.reason, again.tries, again.handed) == (State.QUEUED, "", 0, False)
    assert await claimed(stores, now_ms=NOON_MS + 50) == ["m01"]
    assert [m.id for m in await store.of_recipient(ZONE, "wh1", 5)] == ["m01"]
    assert [m.id for m in await store.of_recipient(ZONE, "shopper", 5)] == ["m02"]


async def test_a_message_is_replayed_only_as_it_ended(stores: Stores) -> None:
    """Where only what has failed shall be sent once more, what was sent is left alone."""
    await put(stores, message(1, state=State.SENT), message(2, state=State.FAILED, reason="refused"))
    assert not await stores.messages.replay("m01", NOON_MS, (State.FAILED,))
    assert await stores.messages.replay("m02", NOON_MS, (State.FAILED,))
    assert await claimed(stores) == ["m02"]


async def test_the_newest_messages_by_state_and_channel(stores: Stores) -> None:
    """A page after the other, events of the same moment included; nothing of another zone."""
    told = [
        message(1, Channel.SMS, state=State.FAILED),
        message(2, Channel.EMAIL, state=State.SENT),
        message(3, Channel.SMS, event_at_ms=NOON_MS + 2),
        message(4, Channel.EMAIL, state=State.FAILED),
    ]
    await put(stores, *told)
    await stores.messages.enqueue("elsewhere", [message(5, zone_id="elsewhere")], (), (1, 5))

    async def found(**query: Any) -> list[str]:
        return [each.id for each in await stores.messages.newest(ZONE, MessageQuery(**query))]

    assert await found() == ["m04", "m03", "m02", "m01"]
    assert await found(limit=2) == ["m04", "m03"]
    assert await found(before=(NOON_MS + 2, "m03")) == ["m02", "m01"]
    assert await found(states=(State.FAILED,)) == ["m04", "m01"]
    assert await found(states=(State.QUEUED, State.CLAIMED)) == ["m03"]
    assert await found(states=(State.FAILED,), channel=Channel.SMS) == ["m01"]
    assert await found(channel=Channel.WECHAT) == []


async def test_old_ends_are_forgotten(stores: Stores) -> None:
    """Not what goes on, nor what ended later, nor another zone's."""
    store = stores.messages
    await put(stores, message(1), message(2), message(3))
    assert await claimed(stores, sms=2) == ["m01", "m02"]
    ends = (("m01", NOON_MS), ("m02", NOON_MS + 100))
    await store.settle("a", {message_id: Settled(State.SENT, done_at_ms=at_ms) for message_id, at_ms in ends})
    assert await store.forget_ended("else", NOON_MS * 2) == 0
    assert await store.forget_ended(ZONE, NOON_MS + 50) == 1
    assert [m.id for m in await store.of_orders(ZONE, ["o1"])] == ["m02", "m03"]


async def test_whom_to_tell(stores: Stores) -> None:
    """Contacts by key, webhooks by account, opt-outs by the number's mark; each zone's own."""
    book = stores.directory
    mine = Contact("en", "ada@example.com", "", (Channel.EMAIL,))
    hook = Endpoint("wh1", ZONE, "shop", "https://shop.example", "whsec_x", NOON_MS, (NoticeKind.DELIVERED,))
    await book.put_contact(ZONE, order_key("o1"), replace(mine, lang="zh"))
    await book.put_contact(ZONE, order_key("o1"), mine)
    await book.put_endpoint(hook)
    await book.put_endpoint(replace(hook, id="wh0", made_at_ms=NOON_MS + 1, account="else"))
    await book.opt("m1", [Channel.SMS, Channel.WECHAT], [])
    await book.opt("m1", [Channel.SMS], [Channel.WECHAT])
    keys = [order_key("o1"), order_key("o2"), account_key("shop")]
    found = await book.directory(ZONE, keys, ["m1", "m2"])
    assert (dict(found.contacts), found.endpoints) == ({order_key("o1"): mine}, (hook,))
    assert found.opted_out == {("m1", Channel.SMS)}
    other = await book.directory("else", keys, [])
    assert (dict(other.contacts), other.endpoints, other.opted_out) == ({}, (), frozenset())
    assert [each.id for each in await book.endpoints(ZONE, "")] == ["wh1", "wh0"]
    assert [each.id for each in await book.endpoints(ZONE, "shop")] == ["wh1"]
    await book.put_endpoint(replace(hook, off="gone"))
    changed = await book.endpoint("wh1")
    assert changed == replace(hook, off="gone")
    assert await book.drop_endpoint("wh1") and not await book.drop_endpoint("wh1")
    assert await book.endpoint("wh1") is None
