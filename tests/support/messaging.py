"""A zone whose events are committed by hand, and senders of messages that come and go; in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.adapters.memory import MemoryEventFeed, MemoryZoneStore
from dispatch.adapters.memory_messages import MemoryDirectoryStore, MemoryMessageStore
from dispatch.application.messaging.outgoing import Outgoing
from dispatch.application.messaging.planning import MessageRules
from dispatch.application.messaging.ports import (
    TAKEN,
    Content,
    DirectoryStore,
    Member,
    MessageChannel,
    MessageStore,
    OutgoingMessage,
    Sent,
    Target,
)
from dispatch.application.messaging.sending import MessageSending
from dispatch.application.messaging.table import Channel
from dispatch.application.ports import Claim, Outcome, Reply
from dispatch.application.replica import ZoneReplica
from dispatch.domain import commands as c
from dispatch.domain.apply import apply
from dispatch.domain.zone import evolve
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.zones import planned, zone

ZONE = "test"
DESK = "https://d.example/console"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FETCH = (c.StopAction.DEPARTED, c.StopAction.ARRIVED, c.StopAction.COMPLETED)


@dataclass
class Service:
    """A channel that answers as it is told, and takes everything after that; it may be slow, or know repeats by id."""

    repeats_safely: bool = True
    answers: list[Sent] = field(default_factory=list)
    got: list[tuple[Target, Content]] = field(default_factory=list)
    takes_s: float = 0.0
    answers_after_s: float = 0.0
    on_got: Callable[[], None] = lambda: None

    async def send(self, to: Target, content: Content) -> Sent:
        await asyncio.sleep(self.takes_s)
        self.got.append((to, content))
        self.on_got()
        await asyncio.sleep(self.answers_after_s)
        return self.answers.pop(0) if self.answers else TAKEN

    @property
    def told(self) -> list[str]:
        return [content.template.partition(".")[2] for _, content in self.got]

    @property
    def people(self) -> list[str]:
        """What whoever knows repeats by their id has been told."""
        seen = {content.id: content.template.partition(".")[2] for _, content in self.got}
        return list(seen.values())


@dataclass
class Roll:
    """The staff of the zone, as the desk knows them."""

    people: list[Member] = field(default_factory=list)

    async def members(self, zone_id: str) -> list[Member]:
        assert zone_id == ZONE
        return self.people


@dataclass
class Town:
    """The zone, its stores, its channels, and whoever sends."""

    zones: MemoryZoneStore
    messages: MessageStore
    directory: DirectoryStore
    clock: LoopClock
    claim: Claim
    state: Any
    channels: Mapping[Channel, Service]
    rules: MessageRules
    staff: Roll = field(default_factory=Roll)
    senders: list[tuple[MessageSending, list["asyncio.Task[None]"]]] = field(default_factory=list)

    @property
    def counters(self) -> dict[str, int]:
        return dict(self.senders[-1][0].counters)

    async def sender(self) -> MessageSending:
        """A process that follows the zone and sends."""
        replica = await ZoneReplica.open(ZONE, self.zones, MemoryEventFeed(self.zones), self.clock)
        channels: dict[Channel, MessageChannel] = dict(self.channels.items())
        made = MessageSending(
            replica=replica,
            events=self.zones,
            zones=self.zones,
            store=self.messages,
            directory=self.directory,
            staff=self.staff,
            channels=channels,
            outgoing=Outgoing(self.rules, SHANGHAI, lambda order: f"https://d.example/t/{order.id}", DESK),
            clock=self.clock,
            wall_ms=self.clock.now_ms,
            ticker=LoopTicker(),
            holder=f"sender-{len(self.senders)}",
        )
        self.senders.append((made, [asyncio.create_task(replica.run()), asyncio.create_task(made.run())]))
        await asyncio.sleep(0.01)
        return made

    def kill(self) -> None:
        """The process is gone, whatever it was doing: nothing that it would have done next happens."""
        sending, tasks = self.senders[-1]
        for task in (*tasks, *sending._tasks):
            task.cancel()

    async def do(self, command: c.Command) -> None:
        events = apply(self.state, command, self.clock.now_ms())
        for event in events:
            evolve(self.state, event)
        outcome = Outcome(None, self.clock.now_ms(), tuple(events), Reply(True))
        await self.zones.commit(self.claim, [outcome], self.state.take_dirty(), self.state.plan_version)

    async def give(self, *order_ids: str) -> None:
        route = planned(self.state, "c1", order_ids or ("o1",))
        await self.do(c.AdoptPlan(self.state.plan_version, (route,), 0, ("test",), "test"))
        await asyncio.sleep(0.01)

    async def go(self, *actions: c.StopAction) -> None:
        """The courier does these at the stop ahead, one after the other."""
        for action in actions:
            stop = self.state.route("c1").stops[0]
            await self.do(c.ReportProgress("c1", stop.id, action, self.clock.now_ms()))
            await asyncio.sleep(0.01)

    async def settle(self, seconds: float = 1.0) -> None:
        """Let what has been begun come to its end."""
        await asyncio.sleep(seconds)

    async def log(self, order_id: str = "o1") -> list[OutgoingMessage]:
        return list(await self.messages.of_orders(ZONE, [order_id]))

    async def shown(self, order_id: str = "o1") -> list[tuple[str, str, str]]:
        """(kind, state, reason) of every message about an order."""
        return [(m.kind.value, m.state.value, str(m.reason)) for m in await self.log(order_id)]


def in_town(
    story: Callable[[Town], Awaitable[None]],
    *,
    channels: Mapping[Channel, Service] | None = None,
    orders: int = 1,
    **rules: Any,
) -> None:
    """Play a story with a zone of one courier, and one sender running."""

    async def run() -> None:
        ticker = LoopTicker()
        zones = MemoryZoneStore(ticker)
        await zones.ensure_zone(ZONE)
        claim = await zones.claim(ZONE, "test", 1e9)
        assert claim
        state = zone(couriers=1, orders=orders)
        await zones.commit(claim, [], state.take_dirty(), state.plan_version)
        services = channels if channels is not None else {Channel.SMS: Service()}
        people = frozenset(services) - {Channel.WEBHOOK}
        wanted = MessageRules(**{"channels": people, "lang": "en", **rules})
        messages, directory = MemoryMessageStore(ticker), MemoryDirectoryStore()
        town = Town(zones, messages, directory, LoopClock(), claim, state, services, wanted)
        await town.sender()
        try:
            await story(town)
        finally:
            town.kill()
            await asyncio.gather(*town.senders[-1][1], return_exceptions=True)

    run_virtual(run())
