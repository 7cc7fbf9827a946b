"""Two gateways of one zone: what the one knows of the other's sessions and watchers. In virtual time.

They share the events and the channel; each has positions of its own here, so that nothing is known from those.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dispatch.adapters.memory import MemoryEventFeed, MemoryPositionStore
from dispatch.adapters.memory_news import MemoryGatewayNews
from dispatch.application.attendance import Attendance
from dispatch.application.gateway_news import HOLDS_S, MOST_A_TELLING, Elsewhere, News, Watched
from dispatch.application.hub import STEER_EVERY_S, ZoneHub
from dispatch.application.ports import Position, StoreUnavailable
from dispatch.application.replica import ZoneReplica
from dispatch.application.tracking import TrackingPolicy
from dispatch.domain import commands as c
from simulator.virtual_time import run_virtual
from tests.support.hub import ZONE, Phone, Rig, Screen, inline, rig, shopper
from tests.support.planned_zone import LoopClock, LoopTicker
from tests.support.web import CITY_BOX, Beeline
from tests.support.zones import NOON_MS, plan, planned


class FickleNews(MemoryGatewayNews):
    """A channel that may be away; `told` is what went over it."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.told: list[News] = []

    async def tell(self, zone_id: str, news: Sequence[News]) -> None:
        self.told += news
        if self.away:
            raise StoreUnavailable("Redis does not answer.")
        await super().tell(zone_id, news)


@asynccontextmanager
async def other_gateway(made: Rig, news: MemoryGatewayNews) -> AsyncIterator[ZoneHub]:
    """A second hub of the rig's zone, as in another process."""
    replica = await ZoneReplica.open(ZONE, made.store, MemoryEventFeed(made.store), LoopClock())
    hub = ZoneHub(
        replica=replica,
        store=made.store,
        positions=MemoryPositionStore(),
        tracks=made.tracks,
        travel_times=Beeline(),
        clock=LoopClock(),
        ticker=LoopTicker(),
        tracking=TrackingPolicy(CITY_BOX),
        pulse=made.pulse,
        news=news,
        offload=inline,
    )
    running = [asyncio.create_task(replica.run()), asyncio.create_task(hub.run())]
    await asyncio.sleep(0.1)
    try:
        yield hub
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def both(test: Callable[[Rig, ZoneHub, FickleNews], Coroutine[Any, Any, None]]) -> None:
    """Run a test with two gateways."""

    async def doing() -> None:
        news = FickleNews()
        async with rig(news=news) as made, other_gateway(made, news) as other:
            await test(made, other, news)

    run_virtual(doing())


async def on_board(made: Rig) -> None:
    """Courier c1 has picked up o1, and is far from its door."""
    await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
    made.fix(1, lat=60.19)
    stop_id = made.state.route("c1").stops[0].id
    await made.do(c.ReportProgress("c1", stop_id, c.StopAction.COMPLETED, NOON_MS))


def test_a_newer_session_ends_the_older_one_wherever_it_is() -> None:
    """At hello, before the second phone has told any place; the newer one stays, and so does everybody else."""

    async def test(made: Rig, other: ZoneHub, _: FickleNews) -> None:
        first, bystander, second = Phone(1), Phone(1), Phone(2)
        made.hub.join("c1", first)
        made.hub.join("c2", bystander)
        await asyncio.sleep(0.1)
        other.join("c1", second)
        await asyncio.sleep(0.1)
        assert (first.superseded, second.superseded, bystander.superseded) == (True, False, False)

    both(test)


def test_a_session_that_was_told_nothing_ends_with_the_first_place() -> None:
    """While the channel is away everything else goes on; what was not told then is not told later."""

    async def test(made: Rig, other: ZoneHub, news: FickleNews) -> None:
        first = Phone(1)
        made.hub.join("c1", first)
        news.away = True
        other.join("c1", Phone(2))
        await asyncio.sleep(1)
        news.away = False
        await asyncio.sleep(3)
        assert not first.superseded and other.counters["position_store_unavailable"] >= 1
        elsewhere = MemoryPositionStore(beside=made.positions)
        await elsewhere.put(ZONE, [Position("c1", 2, 1, NOON_MS, NOON_MS, 60.17, 24.94)])
        await asyncio.sleep(0.1)
        assert first.superseded

    both(test)


def test_a_shopper_at_another_gateway_makes_the_phone_report_oftener() -> None:
    """And when they look no more, or their gateway is gone, it reports as before within seconds."""

    async def test(made: Rig, other: ZoneHub, _: FickleNews) -> None:
        phone = Phone(1)
        await on_board(made)
        made.hub.join("c1", phone)
        await asyncio.sleep(5)
        order = made.state.orders["o1"]
        lane = other.watchers.watch_order(order, Screen())
        await asyncio.sleep(5)
        assert [policy.reason for policy in phone.policies] == ["working", "watched"]
        await asyncio.sleep(30)
        other.watchers.unwatch_order("o1", lane)
        await asyncio.sleep(HOLDS_S + 5)
        assert [policy.reason for policy in phone.policies] == ["working", "watched", "working"]

    both(test)


def test_staff_at_another_gateway_count_as_staff() -> None:
    """A free courier's dot must not jump on their map either."""

    async def test(made: Rig, other: ZoneHub, news: FickleNews) -> None:
        phone = Phone(1)
        made.hub.join("c1", phone)
        other.watchers.watch_zone(Screen())
        await asyncio.sleep(6)
        assert len([told for told in news.told if isinstance(told, Watched)]) == 3, "once in two seconds"
        assert [policy.reason for policy in phone.policies] == ["waiting", "waiting_seen"]

    both(test)


def test_what_a_gateway_tells_itself_is_not_believed() -> None:
    """Its own shopper looks away: its phone hears that at the next look, not when the telling has run out."""

    async def test(made: Rig, _: ZoneHub, __: FickleNews) -> None:
        phone, screen = Phone(1), shopper(made)
        await on_board(made)
        made.hub.join("c1", phone)
        await asyncio.sleep(4.1)
        made.hub.watchers.unwatch_order("o1", screen.lane)
        await asyncio.sleep(STEER_EVERY_S + 0.2)
        assert [policy.reason for policy in phone.policies] == ["watched", "working"]

    both(test)


def elsewhere(news: MemoryGatewayNews, watched: set[str]) -> Elsewhere:
    ticker = LoopTicker()
    attendance = Attendance(ticker, HOLDS_S)
    return Elsewhere(
        ZONE,
        news,
        ticker,
        attendance=attendance,
        watched_here=lambda: (watched, False),
        began=lambda *_: None,
    )


def test_a_crowd_is_told_in_parts_and_forgotten() -> None:
    """A telling names at most a thousand couriers; what has run out takes no memory."""

    async def test() -> None:
        news, heard = MemoryGatewayNews(), list[News]()
        watched = {f"c{n}" for n in range(2 * MOST_A_TELLING + 1)}
        looking = elsewhere(news, watched)
        told = elsewhere(news, set())

        async def hear() -> None:
            async for each in news.follow(ZONE):
                heard.append(each)

        running = [asyncio.create_task(loop()) for loop in (hear, *told.loops, *looking.loops)]
        await asyncio.sleep(1)
        parts = [len(each.courier_ids) for each in heard if isinstance(each, Watched)]
        assert parts == [MOST_A_TELLING, MOST_A_TELLING, 1]
        assert all(map(told.shopper_watches, watched)) and not told.staff_watch
        watched.clear()
        await asyncio.sleep(HOLDS_S + 3)
        assert not told._watched_until_ms
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    run_virtual(test())
