"""A process that sends a zone's messages: `python -m tests.support.message_process DATABASE_URL WEBHOOK|MAIL_SERVER`.

For tests that kill it. It sends until then; what it has to send lies in the database.
"""

import asyncio
import os
import sys
from zoneinfo import ZoneInfo

from dispatch.adapters.clocks import SystemTicker, wall_ms
from dispatch.adapters.mail import MailChannel, MailServer
from dispatch.adapters.memory_stream import MemoryStream
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.message_directory import SqlDirectoryStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.staff import SqlStaffStore
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.adapters.webhooks import WebhookChannel
from dispatch.application.event_feed import CopiedFeed
from dispatch.application.messaging.contacts import Members
from dispatch.application.messaging.outgoing import Outgoing
from dispatch.application.messaging.planning import MessageRules
from dispatch.application.messaging.ports import MessageChannel
from dispatch.application.messaging.sending import MessageSending
from dispatch.application.messaging.table import Channel
from dispatch.application.replica import ZoneReplica
from tests.support.clocks import HandClock
from tests.support.zones import NOON_MS

ZONE = "z"


async def send_for_ever(url: str, where: str) -> None:
    """Send what the log has, by webhook or by mail."""
    database = Database(url)
    zones, clock = SqlZoneStore(database), HandClock(NOON_MS)
    channels: dict[Channel, MessageChannel] = {}
    if where.startswith("smtp"):
        channels[Channel.EMAIL] = MailChannel(MailServer.read(where), "dispatch@d.example")
    else:
        channels[Channel.WEBHOOK] = WebhookChannel(wall_ms, any_target=True)
    replica = await ZoneReplica.open(ZONE, zones, CopiedFeed(MemoryStream(), zones), clock)
    sending = MessageSending(
        replica=replica,
        events=zones,
        zones=zones,
        store=SqlMessageStore(database),
        directory=SqlDirectoryStore(database),
        staff=Members(SqlStaffStore(database), SqlDirectoryStore(database)),
        channels=channels,
        outgoing=Outgoing(MessageRules(frozenset(channels)), ZoneInfo("Asia/Shanghai"), lambda order: ""),
        clock=clock,
        wall_ms=wall_ms,
        ticker=SystemTicker(),
        holder=f"process-{os.getpid()}",
    )
    await sending.run()


if __name__ == "__main__":
    asyncio.run(send_for_ever(*sys.argv[1:]))
