"""Telling shoppers: once, the newest, over failures and crashes; in virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch.adapters.memory import MemoryEventFeed, MemoryZoneStore
from dispatch.adapters.memory_push import MemoryPushStore
from dispatch.application import push_sending as module
from dispatch.application.ports import Claim, Outcome, Reply, StoreUnavailable
from dispatch.application.push_notices import Told
from dispatch.application.push_ports import PushMessage, PushSubscription, Receipt
from dispatch.application.push_sending import PushNotices
from dispatch.application.replica import ZoneReplica
from dispatch.domain import commands as c
from dispatch.domain.apply import apply
from dispatch.domain.zone import evolve
from simulator.virtual_time import run_virtual
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.zones import planned, zone

ZONE = "test"
TAKEN = (Receipt.TAKEN, 0.0)


@dataclass
class Service:
    """A push service that answers as it is told, and takes everything after that."""

    answers: list[tuple[Receipt, float]] = field(default_factory=list)
    got: list[tuple[str, str, PushMessage]] = field(default_factory=list)
    takes_s: float = 0.0

    async def send(self, to: PushSubscription, message: PushMessage) -> tuple[Receipt, float]:
        await asyncio.sleep(self.takes_s)
        self.got.append((to.mark, json.loads(message.body)["notification"]["data"]["kind"], message))
        return self.answers.pop(0) if self.answers else TAKEN

    @property
    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.got]


@dataclass
class Town:
    """A zone whose events are committed by hand, and what tells of them."""

    store: MemoryZoneStore
    push: MemoryPushStore
    service: Service
    clock: LoopClock
    ticker: LoopTicker
    claim: Claim
    state: Any
    tellers: list[tuple[PushNotices, list["asyncio.Task[None]"]]] = field(default_factory=list)

    @property
    def counters(self) -> dict[str, int]:
        return dict(self.tellers[-1][0].counters)

    async def teller(self) -> PushNotices:
        """A process that follows the zone and tells."""
        replica = await ZoneReplica.open(ZONE, self.store, MemoryEventFeed(self.store), self.clock)
        told = PushNotices(
            replica=replica,
            events=self.store,
            store=self.push,
            sender=self.service,
            clock=self.clock,
            ticker=self.ticker,
            link_of=lambda order: f"/t/{order.id}",
        )
        tasks = [asyncio.create_task(replica.run()), asyncio.create_task(told.run())]
        self.tellers.append((told, tasks))
        await asyncio.sleep(0.01)
        return told

    async def crash(self) -> None:
        """The process is gone, whatever it was doing."""
        _, tasks = self.tellers[-1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def do(self, command: c.Command) -> None:
        events = apply(self.state, command, self.clock.now_ms())
        for event in events:
            evolve(self.state, event)
        outcome = Outcome(None, self.clock.now_ms(), tuple(events), Reply(True))
        await self.store.commit(self.claim, [outcome], self.state.take_dirty(), self.state.plan_version)

    async def give(self) -> None:
        route = planned(self.state, "c1", ("o1",))
        await self.do(c.AdoptPlan(self.state.plan_version, (route,), 0, ("test",), "test"))
        await asyncio.sleep(0.01)

    async def go(self, *actions: c.StopAction) -> None:
        """The courier does these at the stop ahead, one after the other."""
        for action in actions:
            stop = self.state.route("c1").stops[0]
            await self.do(c.ReportProgress("c1", stop.id, action, self.clock.now_ms()))
            await asyncio.sleep(0.01)

    async def subscribe(self, mark: str = "a" * 64, **more: Any) -> None:
        seq = (await self.store.stream_head(ZONE))[1]
        subscription = PushSubscription(ZONE, "o1", mark, f"https://push.example/{mark}", "key", "auth", "en")
        await self.push.put(replace(subscription, told=Told(seq), **more))

    async def told(self, mark: str = "a" * 64) -> Told:
        found = await self.push.find(ZONE, "o1", mark)
        assert found is not None
        return found.told


def in_town(story: Callable[[Town], Awaitable[None]]) -> None:
    async def run() -> None:
        ticker = LoopTicker()
        clock, store = LoopClock(), MemoryZoneStore(ticker)
        await store.ensure_zone(ZONE)
        claim = await store.claim(ZONE, "test", 1e9)
        assert claim
        state = zone(couriers=1, orders=1)
        entities = state.take_dirty()
        await store.commit(claim, [], entities, state.plan_version)
        town = Town(store, MemoryPushStore(store), Service(), clock, ticker, claim, state)
        await town.teller()
        try:
            await story(town)
        finally:
            await town.crash()

    run_virtual(run())


FETCH = (c.StopAction.DEPARTED, c.StopAction.ARRIVED, c.StopAction.COMPLETED)


def test_a_browser_hears_each_step_once() -> None:
    """With one topic, so that what waits for the browser is the newest; urgent at the door. The note is kept."""

    async def story(town: Town) -> None:
        await town.subscribe()
        await town.give()
        await town.go(*FETCH)
        await town.go(*FETCH)
        assert town.service.kinds == ["assigned", "on_way", "at_door", "delivered"]
        messages = [message for _, _, message in town.service.got]
        assert len({message.topic for message in messages}) == 1 and len(messages[0].topic) == 32
        assert [message.urgent for message in messages] == [False, False, True, False]
        shown = json.loads(messages[1].body)["notification"]
        assert shown["title"] == "Your order is on its way" and shown["body"].startswith("Arrives ")
        assert (shown["navigate"], shown["lang"]) == ("/t/o1", "en")
        assert (await town.told()).kinds == ("assigned", "on_way", "at_door", "delivered")
        assert town.counters["push_sent"] == 4

    in_town(story)


def test_nobody_subscribed_nothing_sent() -> None:
    """And a browser that signs up in the middle hears of the rest."""

    async def story(town: Town) -> None:
        await town.give()
        await town.go(*FETCH)
        await town.subscribe()
        await town.go(*FETCH)
        assert town.service.kinds == ["at_door", "delivered"]

    in_town(story)


def test_a_gone_browser_is_forgotten() -> None:
    """410 ends its subscription; the other one of the order goes on."""

    async def story(town: Town) -> None:
        await town.subscribe("a" * 64)
        await town.subscribe("b" * 64)
        town.service.answers = [(Receipt.GONE, 0.0), TAKEN]
        await town.give()
        await town.go(*FETCH)
        assert [(mark[0], kind) for mark, kind, _ in town.service.got] == [
            ("a", "assigned"),
            ("b", "assigned"),
            ("b", "on_way"),
        ]
        assert await town.push.find(ZONE, "o1", "a" * 64) is None and town.counters["push_gone"] == 1

    in_town(story)


def test_a_service_that_fails_is_asked_again() -> None:
    """Later each time, or when it said; after the last try the notice is given up and counted."""

    async def story(town: Town) -> None:
        await town.subscribe()
        town.service.answers = [(Receipt.LATER, 0.0), (Receipt.LATER, 9.0), TAKEN]
        await town.give()
        await asyncio.sleep(2)
        assert len(town.service.got) == 2
        await asyncio.sleep(10)
        assert town.service.kinds == ["assigned"] * 3 and (await town.told()).kinds == ("assigned",)
        town.service.answers = [(Receipt.LATER, 0.0)] * 4
        await town.go(*FETCH)
        await asyncio.sleep(60)
        assert town.service.kinds[3:] == ["on_way"] * 4
        assert (town.counters["push_retried"], town.counters["push_failed"]) == (5, 1)

    in_town(story)


def test_newer_news_overtakes_a_retry() -> None:
    """Nobody is told that it is on its way after it has arrived."""

    async def story(town: Town) -> None:
        await town.subscribe()
        town.service.answers = [(Receipt.LATER, 0.0)]
        await town.give()
        await town.go(*FETCH)
        await asyncio.sleep(60)
        assert town.service.kinds == ["assigned", "on_way"]

    in_town(story)


def test_a_refusal_and_a_long_wait_are_no_reason_to_insist() -> None:
    """A service that wants an hour gets it; a 403 is counted for whoever runs the server."""

    async def story(town: Town) -> None:
        await town.subscribe()
        town.service.answers = [(Receipt.REFUSED, 0.0), (Receipt.LATER, 3_600.0)]
        await town.give()
        await town.go(*FETCH)
        await asyncio.sleep(60)
        assert town.service.kinds == ["assigned", "on_way"]
        assert (town.counters["push_refused"], town.counters["push_failed"]) == (1, 1)

    in_town(story)


def test_after_a_crash_nothing_is_lost_and_nothing_told_twice() -> None:
    """What happened while nobody told is told by the next process; what was told is noted with the subscription."""

    async def story(town: Town) -> None:
        await town.subscribe()
        await town.give()
        await asyncio.sleep(module.NOTE_EVERY_S + 1)
        await town.go(c.StopAction.DEPARTED, c.StopAction.ARRIVED)
        town.service.takes_s = 5
        await town.crash()
        await town.go(c.StopAction.COMPLETED)
        town.service.takes_s = 0
        await town.teller()
        assert town.service.kinds == ["assigned", "on_way"]
        await town.crash()
        await town.teller()
        await asyncio.sleep(30)
        assert town.service.kinds == ["assigned", "on_way"]

    in_town(story)


def test_old_news_is_no_news() -> None:
    """Who follows hours later does not tell that a courier was found then."""

    async def story(town: Town) -> None:
        await town.subscribe()
        await asyncio.sleep(module.NOTE_EVERY_S + 1)
        await town.crash()
        await town.give()
        await asyncio.sleep(3_700)
        await town.teller()
        assert town.service.kinds == []

    in_town(story)


def test_a_store_that_is_away_loses_nothing() -> None:
    """The notice waits with it."""

    async def story(town: Town) -> None:
        await town.subscribe()
        found = town.push.of_orders

        async def away(*_: Any) -> Any:
            raise StoreUnavailable("gone")

        town.push.of_orders = away  # type: ignore[method-assign]
        await town.give()
        await asyncio.sleep(2)
        assert town.service.kinds == [] and town.counters["push_rounds_lost"] > 1
        town.push.of_orders = found  # type: ignore[method-assign]
        await asyncio.sleep(2)
        assert town.service.kinds == ["assigned"]

    in_town(story)


def test_subscriptions_end_a_day_after_their_order() -> None:
    """Not before: a mistaken delivery may be taken back."""

    async def story(town: Town) -> None:
        await town.subscribe()
        await town.give()
        await town.go(*FETCH, *FETCH)
        await asyncio.sleep(23 * 3_600)
        assert await town.push.find(ZONE, "o1", "a" * 64)
        await asyncio.sleep(3_600 + module.TIDY_EVERY_S)
        assert await town.push.find(ZONE, "o1", "a" * 64) is None

    in_town(story)


def test_what_is_sent_at_once_is_bounded(monkeypatch: Any) -> None:
    """Beyond the bound notices are dropped and counted."""
    monkeypatch.setattr(module, "MOST_SENDING", 1)

    async def story(town: Town) -> None:
        await town.subscribe("a" * 64)
        await town.subscribe("b" * 64)
        town.service.takes_s = 1
        await town.give()
        await asyncio.sleep(5)
        assert len(town.service.got) == 1 and town.counters["push_dropped"] == 1

    in_town(story)
