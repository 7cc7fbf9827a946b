"""A sender of messages is killed by the kernel, at the worst moments, and another process takes over."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import text

from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.message_directory import SqlDirectoryStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.messaging.ports import Contact, Endpoint, OutgoingMessage, State, order_key
from dispatch.application.messaging.table import Channel
from dispatch.application.push_notices import NoticeKind
from dispatch.failpoints import VARIABLE
from tests.adapters.test_message_channels import Inbox, listening, port_of
from tests.adapters.test_message_store import message
from tests.support.message_process import ZONE
from tests.support.sources import ROOT
from tests.support.zones import NOON_MS, order

WEBHOOK, EMAIL = Channel.WEBHOOK, Channel.EMAIL


class Zone:
    """A zone's database with one message to send, and what is left of it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite+aiosqlite:///{folder}/dispatch.sqlite"
        self.database = Database(self.url)
        self.log = SqlMessageStore(self.database)

    async def fill(self, told: OutgoingMessage, hook_url: str = "") -> None:
        zones, book = SqlZoneStore(self.database), SqlDirectoryStore(self.database)
        await zones.ensure_zone(ZONE)
        claim = await zones.claim(ZONE, "test", 1)
        assert claim
        await zones.commit(claim, [], [order("o1")], 0)
        await book.put_contact(ZONE, order_key("o1"), Contact("en", "ada@example.com"))
        await book.put_endpoint(Endpoint("wh1", ZONE, "", hook_url, "whsec_AAAA", NOON_MS))
        await self.log.enqueue(ZONE, [told], (), (0, 0))

    async def pass_claims(self) -> None:
        async with self.database.write() as connection:
            await connection.execute(text("UPDATE outgoing_messages SET claimed_until = 1"))

    async def state(self) -> tuple[State, str, bool]:
        found = await self.log.find("m01")
        assert found
        return found.state, found.reason, found.handed


@pytest.fixture
async def zone(tmp_path: Path) -> AsyncIterator[Zone]:
    made = Zone(tmp_path)
    await upgrade(made.url)
    yield made
    await made.database.close()


@asynccontextmanager
async def process(zone: Zone, where: str, failpoint: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """A sender of its own process, killed at the end at the latest."""
    command = (sys.executable, "-m", "tests.support.message_process", zone.url, where)
    running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=os.environ | {VARIABLE: failpoint})
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def until_state(zone: Zone, wanted: State) -> None:
    async with asyncio.timeout(20):
        while (await zone.state())[0] is not wanted:
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("place", "posts"), [("message.claimed", 1), ("message.sent", 2)])
async def test_a_webhook_over_a_killed_sender(zone: Zone, place: str, posts: int) -> None:
    """Before it was sent: nobody was told, and then once. After it: told again under the same id, which is one."""
    told = replace(message(1, WEBHOOK), zone_id=ZONE, recipient="wh1", lane="wh1", body="{}", due_at_ms=NOON_MS)
    async with listening() as listener:
        await zone.fill(told, listener.url)
        async with process(zone, "webhooks", f"{place}=kill") as first:
            assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
        assert (await zone.state())[0] is State.CLAIMED and len(listener.got) == posts - 1
        async with process(zone, "webhooks"):
            await until_state(zone, State.SENT)
        assert [headers["webhook-id"] for headers, _ in listener.got] == ["m01"] * posts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "mails", "state", "reason"),
    [("message.claimed", 1, State.SENT, ""), ("message.sent", 1, State.FAILED, "unknown_outcome")],
)
async def test_a_mail_over_a_killed_sender(zone: Zone, place: str, mails: int, state: State, reason: str) -> None:
    """One mail either way; and where nobody can know whether it was sent, the log says so."""
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    told = replace(message(1, EMAIL), zone_id=ZONE, kind=NoticeKind.CANCELED, due_at_ms=NOON_MS)
    async with await loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0) as server:
        await zone.fill(told)
        where = f"smtp://127.0.0.1:{port_of(server)}"
        async with process(zone, where, f"{place}=kill") as first:
            assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
        assert (await zone.state())[:2] == (State.CLAIMED, "")
        if place == "message.sent":
            await zone.pass_claims()
        async with process(zone, where):
            await until_state(zone, state)
        assert (await zone.state())[1] == reason and len(inbox.mails) == mails
