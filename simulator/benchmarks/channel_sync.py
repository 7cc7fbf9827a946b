"""A courier comes back after two hours without a link: how soon everything is with the server, and whether all of it.

The phone is the real client and the server a real one. While the link is down the courier answers an offer, works
through the stops ahead, goes on breaks and comes back, 20 actions in all, and the phone keeps 1,440 fixes, one for
every 5 s of the two hours. The clock runs from the moment at which the phone may connect again until the last reply
and the last ack; then the zone's record is read to see what became of each action. The planner goes on meanwhile: a
departure to a stop that it has renamed is refused, and says so; what was completed there counts all the same.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

from courier_protocol.client import CourierClient
from courier_protocol.messages import Duty, Fix, Offered, Push, Reply, Resync, RouteChanged, StopAction, StopView
from simulator.benchmarks.town import Town, town
from simulator.demand import Customers

COURIER = "bench-1"
FIXES = 1_440
ACTIONS = 20
FIX_EVERY_MS = 5_000
ORDERS = 4
OFFERS_WITHIN_S = 60.0
AWAY_S = 3.0
SYNC_WITHIN_S = 60.0
STEP_DEG = 2e-5
LAST_DUTIES = 4
STEPS: tuple[StopAction, ...] = ("departed", "arrived", "completed")
DUTIES: tuple[Duty, ...] = ("on_break", "available")
Action = Coroutine[Any, Any, Reply]


class Shift:
    """One courier's phone, and the route and the offers that it shows."""

    def __init__(self, place: Town) -> None:
        self._town = place
        token = place.server.courier_tokens[COURIER]
        self.phone = CourierClient(f"{place.server.sockets_url}/v1/courier", token, f"{COURIER}-phone")
        self._route = RouteChanged(version=0, stops=())
        self._offers: dict[str, Offered] = {}
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Follow what the server tells, for ever."""
        async for event in self.phone.events():
            facts = event.facts if isinstance(event, Push) else ()
            for fact in (event.route, *event.offers) if isinstance(event, Resync) else facts:
                if isinstance(fact, RouteChanged):
                    self._route = fact
                elif isinstance(fact, Offered):
                    self._offers.setdefault(fact.offer_id, fact)
            self._news.set()

    async def begin(self) -> str:
        """Go on duty, take every order that is offered but the last; returns that offer's id."""
        middle = self._town.city.box.centre
        self.phone.position(Fix(self.phone.business_now_ms(), middle.lat, middle.lon))
        await self.phone.duty("available")
        await self.until_in_sync()
        customers = Customers(self._town.city, [middle], 7)
        for number in range(1, ORDERS):
            await self.phone.accept(await self._offer(customers, number))
        return await self._offer(customers, ORDERS)

    async def _offer(self, customers: Customers, number: int) -> str:
        """Place an order and wait until it is offered."""
        known = set(self._offers)
        await self._town.api.create_order(customers.order(number, self.phone.business_now_ms()), f"bench-{number}")
        async with asyncio.timeout(OFFERS_WITHIN_S):
            while not (new := set(self._offers) - known):
                self._news.clear()
                await self._news.wait()
        return new.pop()

    def work(self, offer_id: str) -> list[Action]:
        """The courier's 20 actions, in order: the offer, the stops as far as they go, breaks."""
        steps = [(stop, step) for stop in self._route.stops for step in STEPS]
        done = [self.phone.accept(offer_id)]
        done += [self._report(stop, step) for stop, step in steps[: ACTIONS - LAST_DUTIES - 1]]
        return done + [self.phone.duty(DUTIES[turn % 2]) for turn in range(ACTIONS - len(done))]

    def _report(self, stop: StopView, step: StopAction) -> Action:
        """Orders and kind named, so that it counts although the planner has changed the route meanwhile."""
        return self.phone.progress(stop.stop_id, step, order_ids=stop.order_ids, kind=stop.kind)

    def keep_fixes(self) -> None:
        """The way of the last two hours."""
        now_ms, middle = self.phone.business_now_ms(), self._town.city.box.centre
        for number in range(FIXES):
            at_ms = now_ms - (FIXES - number) * FIX_EVERY_MS
            self.phone.position(Fix(at_ms, middle.lat, middle.lon + (number % 200) * STEP_DEG))

    async def until_in_sync(self) -> None:
        """Return when nothing waits on the phone any more."""
        async with asyncio.timeout(SYNC_WITHIN_S):
            while self.phone.waiting_actions or self.phone.waiting_fixes:  # noqa: ASYNC110 - nobody tells of an ack
                await asyncio.sleep(0.005)


async def measure() -> dict[str, float]:
    """The figures of one return, by name."""
    async with town([COURIER]) as place:
        shift = Shift(place)
        async with shift.phone:
            await shift.phone.wait_live()
            listening = asyncio.create_task(shift.listen())
            offer_id = await shift.begin()
            known = (await place.api.stats())["counters"]["positions_in"]
            back_at_s = time.monotonic() + AWAY_S
            await shift.phone.drop_link(AWAY_S)
            shift.keep_fixes()
            replies = [asyncio.create_task(action) for action in shift.work(offer_id)]
            await asyncio.sleep(0)
            await shift.until_in_sync()
            took_s = time.monotonic() - back_at_s
            listening.cancel()
            answered = await asyncio.gather(*replies)
        taken = (await place.api.stats())["counters"]["positions_in"] - known
        lost, doubled = await _audit(place.api.events(place.server.zone), answered)
    return {
        "sync_2h_s": round(took_s, 3),
        "sync_lost": lost + max(0, FIXES - taken),
        "sync_doubled": doubled + max(0, taken - FIXES),
        "sync_refused": sum(not reply.ok for reply in answered),
    }


async def _audit(events: AsyncIterator[Mapping[str, Any]], replies: list[Reply]) -> tuple[int, int]:
    """(actions that were confirmed and are not in the record, effects beyond the first of each)."""
    groups = Counter[str]()
    before = ""
    async for event in events:
        groups[event["request_id"]] += event["request_id"] != before
        before = event["request_id"]
    effects = [groups[f"{COURIER}:{reply.id}"] for reply in replies if reply.ok]
    return ACTIONS - len(replies) + effects.count(0), sum(times - 1 for times in effects if times)
