"""Sending messages: beside the writer of a zone, so that of many processes one sends.

The theory. Each event is looked at once, as the replica takes it. What it means is written to the log of messages
before anything is sent, under ids that the same event always has; with it, in the same commit, up to where events were
looked at. Whoever follows a crashed sender reads from there on again, and finds what is there already.

A message is claimed, then handed over, then settled. Who dies in between leaves a claimed message, and the next one
sends it again, with the same id: nobody is told twice where the other side knows a message by its id. Where it does
not (SMTP), the message is begun before it is handed over, which also asks whether the claim still holds; what was begun
and not settled when its claim has expired is given up as `unknown_outcome`. So nothing is told twice, and what may not
have been told can be seen. What became of messages is noted together, as often as the store can.

Addresses and words are looked up at the last moment: what is overtaken, too old or not wanted any more is not sent.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from dispatch.application.messaging.backoff import next_try_s
from dispatch.application.messaging.lanes import room_beside
from dispatch.application.messaging.outgoing import Now, Outgoing
from dispatch.application.messaging.overdue_news import overdue_messages
from dispatch.application.messaging.planning import Here, Plan, keys_of
from dispatch.application.messaging.ports import (
    CLAIM_S,
    SEND_WITHIN_S,
    Content,
    Directory,
    DirectoryStore,
    MessageChannel,
    MessageStore,
    OutgoingMessage,
    Sent,
    Settled,
    StaffRoll,
    State,
    Target,
    Why,
)
from dispatch.application.messaging.stock_news import stock_messages
from dispatch.application.messaging.table import Channel, News, OverdueNotice, StockNotice, news
from dispatch.application.messaging.webhooks import GONE
from dispatch.application.ports import Clock, EventLog, Recorded, StoreUnavailable, Ticker, ZoneStore
from dispatch.application.push_notices import BESIDE_ORDERS, Notice, are_of_one_kind, overtakes
from dispatch.application.push_ports import Receipt
from dispatch.application.replica import ZoneReplica
from dispatch.domain.order import Order
from dispatch.failpoints import failpoint

log = logging.getLogger(__name__)

MOST_WAITING: Final = 5_000
"""Notices in memory; beyond it the events are read again from the log, so nothing is lost."""
MOST_UNDER_WAY: Final = 256
PAGE: Final = 500
POLL_S: Final = 1.0
"""How often the log is asked for what is due again, or was replayed by another process."""
NOTE_EVERY_S: Final = 10.0
TIDY_EVERY_S: Final = 600.0
AGAIN_S: Final = 0.5
KEPT_MS: Final = 30 * 24 * 3_600_000
"""How long the log says what became of a message."""
_COUNTED: Final = ("queued", "sent", "retried", "failed", "skipped", "noted", "rounds_lost", "reread")


class MessageSending:
    """One zone's messages. `run` it while its writer serves; `holder` names this process, `link_of` an order's page."""

    def __init__(
        self,
        *,
        replica: ZoneReplica,
        events: EventLog,
        zones: ZoneStore,
        store: MessageStore,
        directory: DirectoryStore,
        staff: StaffRoll,
        channels: Mapping[Channel, MessageChannel],
        outgoing: Outgoing,
        clock: Clock,
        wall_ms: Callable[[], int],
        ticker: Ticker,
        holder: str,
    ) -> None:
        self.counters: Counter[str] = Counter({f"messages_{what}": 0 for what in _COUNTED})
        self._replica = replica
        self._events = events
        self._zones = zones
        self._store = store
        self._directory = directory
        self._staff = staff
        self._channels = channels
        self._outgoing = outgoing
        self._clock = clock
        self._wall_ms = wall_ms
        self._ticker = ticker
        self._holder = holder
        self._waiting: deque[News] = deque()
        self._heard_seq = self._planned_seq = replica.head
        self._is_behind = False
        self._woken, self._due = asyncio.Event(), asyncio.Event()
        self._under_way: dict[str, str] = {}
        self._unnoted: dict[str, Settled] = {}
        self._settled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._noted = (0, 0)

    async def run(self) -> None:
        """Send for ever."""
        self._waiting.clear()
        self._heard_seq = self._planned_seq = self._replica.head
        stop = self._replica.listen(self._hear)
        try:
            await self._patiently(self.take_over)
            async with asyncio.TaskGroup() as together:
                loops = (self._plan_for_ever, self._send_for_ever, self._note_for_ever, self._knock_for_ever)
                for loop in (*loops, self._tidy_for_ever):
                    together.create_task(loop())
        finally:
            stop()
            for task in self._tasks:
                task.cancel()

    def _hear(self, recorded: Recorded) -> None:
        self._heard_seq = recorded.seq
        found = news(self._replica.state, recorded)
        if found and len(self._waiting) + len(found) > MOST_WAITING:
            self._is_behind = True
            self._waiting.clear()
        if found and not self._is_behind:
            self._waiting.extend(found)
        if found:
            self._woken.set()

    async def _patiently(self, step: Callable[[], Any]) -> Any:
        """Do a step, again and again while the store is away. A bug here costs messages, never the zone's orders."""
        while True:
            try:
                return await step()
            except StoreUnavailable:
                self.counters["messages_rounds_lost"] += 1
            except Exception:
                self.counters["messages_rounds_lost"] += 1
                log.exception("zone %s: a round of messages failed", self._replica.zone_id)
                return None
            await self._ticker.sleep(AGAIN_S)

    # --- from events to the log --------------------------------------------------------------------------------

    async def take_over(self) -> None:
        """Free what another process had claimed, and begin where it stopped looking. Raises `StoreUnavailable`."""
        await self._store.release(self._replica.zone_id)
        kept = await self._store.progress(self._replica.zone_id)
        if kept is None or kept[0] != self._replica.epoch:
            await self.note()  # from now on: what was before is nobody's news
        elif kept[1] < self._planned_seq:
            self._planned_seq, self._is_behind = kept[1], True
            self._waiting.clear()
            self._woken.set()

    async def _plan_for_ever(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self._patiently(self.plan)

    async def plan(self) -> None:
        """Write to the log what all that was heard means. Raises `StoreUnavailable`; then it is heard still."""
        while self._is_behind or self._waiting:
            await (self._read_again() if self._is_behind else self._plan_page())

    async def _plan_page(self) -> None:
        taken = [self._waiting[n] for n in range(min(PAGE, len(self._waiting)))]
        more = len(self._waiting) > len(taken)
        upto = self._waiting[len(taken)].seq - 1 if more else self._heard_seq
        await self._keep(taken, max(upto, self._planned_seq))
        if not self._is_behind:
            for _ in taken:
                self._waiting.popleft()

    async def _read_again(self) -> None:
        """The next page of events that were missed; the replica may be ahead of them, which the sending allows for."""
        upto = self._heard_seq
        page = await self._events.events(self._replica.zone_id, self._planned_seq, PAGE)
        wanted = [recorded for recorded in page if recorded.seq <= upto]
        self.counters["messages_reread"] += len(wanted)
        if wanted:
            await self._keep([each for recorded in wanted for each in self._news(recorded)], wanted[-1].seq)
        if self._planned_seq >= self._heard_seq or not wanted:
            self._is_behind = False

    def _news(self, recorded: Recorded) -> Sequence[News]:
        return news(self._replica.state, recorded)

    async def _keep(self, found: Sequence[News], upto: int) -> None:
        notices = [each for each in found if isinstance(each, Notice)]
        messages = await self._beside_orders([each for each in found if not isinstance(each, Notice)])
        overtaken = set[str]()
        if notices:
            orders = {notice.order.id: notice.order for notice in notices}
            directory = await self._look_up(orders.values())
            earlier = await self._store.of_orders(self._replica.zone_id, orders.keys())
            plan = Plan(Here(self._replica.zone_id, self._replica.epoch), self._outgoing.rules, directory, earlier)
            for notice in notices:
                plan.add(notice)
            messages, overtaken = [*messages, *plan.messages], plan.overtaken
        if messages or overtaken:
            here = (self._replica.epoch, upto)
            new = await self._store.enqueue(self._replica.zone_id, messages, overtaken, here)
            self.counters["messages_queued"] += new
            self._noted = here
            self._due.set()
        self._planned_seq = upto

    async def _beside_orders(self, notices: Sequence[StockNotice | OverdueNotice]) -> list[OutgoingMessage]:
        if not notices:
            return []
        here, rules = Here(self._replica.zone_id, self._replica.epoch), self._outgoing.rules
        directory, messages = await self._everybody(Directory()), list[OutgoingMessage]()
        for notice in notices:
            if isinstance(notice, StockNotice):
                messages += stock_messages(here, rules, directory, notice)
            else:
                messages += overdue_messages(here, rules, directory.members, notice)
        return messages

    async def _everybody(self, directory: Directory) -> Directory:
        """With every webhook and the staff: what is about no order may be for any of them."""
        every = await self._directory.endpoints(self._replica.zone_id, "")
        members = await self._staff.members(self._replica.zone_id)
        return replace(directory, endpoints=tuple(every), members=tuple(members))

    async def _look_up(self, orders: Collection[Order]) -> Directory:
        keys = {key for order in orders for key in keys_of(order)}
        marks = {order.phone_mark for order in orders if order.phone_mark}
        return await self._directory.directory(self._replica.zone_id, keys, marks)

    # --- from the log to the world -----------------------------------------------------------------------------

    async def _knock_for_ever(self) -> None:
        while True:
            await self._ticker.sleep(POLL_S)
            self._due.set()

    async def _send_for_ever(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            await self._patiently(self.send)

    async def send(self) -> None:
        """Begin to send what is due and has room. Raises `StoreUnavailable`."""
        if len(self._under_way) >= MOST_UNDER_WAY:
            return
        room = room_beside(Counter(self._under_way.values()))
        zone_id, now_ms = self._replica.zone_id, self._clock.now_ms()
        good_until_ms = self._ticker.mono_ms() + int((CLAIM_S - SEND_WITHIN_S) * 1000)
        claimed = await self._store.claim(zone_id, now_ms, self._holder, room)
        if not claimed:
            return
        orders = {each.order_id: await self._order(each.order_id) for each in claimed}
        directory = await self._look_up([order for order in orders.values() if order])
        if any(each.kind in BESIDE_ORDERS for each in claimed):
            directory = await self._everybody(directory)
        for message in claimed:
            if message.id not in self._under_way and message.id not in self._unnoted:
                self._start(message, self._send(message, orders[message.order_id], directory, good_until_ms))

    async def _order(self, order_id: str) -> Order | None:
        if not order_id:
            return None
        if order := self._replica.state.orders.get(order_id):
            return order
        found = await self._zones.find_order(order_id)
        return found[1] if found and isinstance(found[1], Order) else None

    def _start(self, message: OutgoingMessage, doing: Coroutine[Any, Any, None]) -> None:
        self._under_way[message.id] = message.lane
        task = asyncio.create_task(doing, name="send a message")
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, message.id))

    def _ended(self, message_id: str, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        del self._under_way[message_id]
        self._due.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("zone %s: a message was not sent", self._replica.zone_id, exc_info=error)

    async def _send(
        self, message: OutgoingMessage, order: Order | None, directory: Directory, good_until_ms: int
    ) -> None:
        channel = self._channels.get(message.channel)
        if channel is None or (order is None and message.kind not in BESIDE_ORDERS):
            return self._end(message, State.SKIPPED, Why.NO_CHANNEL)
        if message.handed and not channel.repeats_safely:
            return self._end(message, State.FAILED, Why.UNKNOWN)
        now = Now(self._clock.now_ms(), self._clock.rate, self._wall_ms())
        target = self._outgoing.target(message, order, directory, now)
        if isinstance(target, Why):
            return self._end(message, State.SKIPPED, target)
        content = self._outgoing.content(message, order)
        failpoint("message.claimed")
        begin = partial(self._store.begin, message.id, self._holder)
        holds = channel.repeats_safely or await self._patiently(begin)
        if holds and self._ticker.mono_ms() < good_until_ms:
            tried = replace(message, tries=message.tries + 1)
            sent = await self._hand_over(channel, target, content)
            failpoint("message.sent")
            await self._settle(tried, sent)

    async def _hand_over(self, channel: MessageChannel, target: Target, content: Content) -> Sent:
        """A bug in a channel costs a try, and is not tried for ever."""
        try:
            return await channel.send(target, content)
        except Exception:
            log.exception("zone %s: the channel of a message failed", self._replica.zone_id)
            return Sent(Receipt.LATER, "internal_error")

    async def _settle(self, message: OutgoingMessage, sent: Sent) -> None:
        if sent.receipt is Receipt.TAKEN:
            return self._end(message, State.SENT)
        if sent.receipt is Receipt.GONE and message.channel is Channel.WEBHOOK:
            await self._patiently(partial(self._switch_off, message.recipient))
        if sent.receipt is not Receipt.LATER:
            return self._end(message, State.FAILED, sent.reason)
        chance = _chance(message.id, message.tries)
        wait_s = next_try_s(message.channel, message.tries, chance, sent.wait_s)
        if wait_s is None:
            return self._end(message, State.FAILED, sent.reason)
        if await self._patiently(partial(self._is_overtaken, message)):
            return self._end(message, State.SKIPPED, Why.OVERTAKEN)
        self.counters["messages_retried"] += 1
        due_at_ms = self._clock.now_ms() + int(wait_s * 1000 * self._clock.rate)
        return self._note(message, Settled(State.QUEUED, sent.reason, message.tries, due_at_ms))

    def _end(self, message: OutgoingMessage, state: State, reason: str = "") -> None:
        self.counters[f"messages_{state.value}"] += 1
        self._note(message, Settled(state, str(reason), message.tries, done_at_ms=self._clock.now_ms()))

    def _note(self, message: OutgoingMessage, settled: Settled) -> None:
        self._unnoted[message.id] = settled
        self._settled.set()

    async def _note_for_ever(self) -> None:
        while True:
            await self._settled.wait()
            self._settled.clear()
            await self._patiently(self._note_settled)

    async def _note_settled(self) -> None:
        """All that ended since the last time, in one commit. Raises `StoreUnavailable`; then it is noted later."""
        settled = dict(self._unnoted)
        self.counters["messages_noted"] += await self._store.settle(self._holder, settled)
        for message_id in settled:
            del self._unnoted[message_id]

    async def _is_overtaken(self, message: OutgoingMessage) -> bool:
        """Whether somebody was told something newer of the order meanwhile. Programs are told everything."""
        if message.channel is Channel.WEBHOOK or message.kind in BESIDE_ORDERS:
            return False
        of_order = await self._store.of_orders(message.zone_id, [message.order_id])
        theirs = [each for each in of_order if _lies_in(each) == _lies_in(message) and each.seq > message.seq]
        newer = [each.kind for each in theirs if are_of_one_kind(each.kind, message.kind)]
        return any(overtakes(kind, message.kind) for kind in newer)

    async def _switch_off(self, endpoint_id: str) -> None:
        if endpoint := await self._directory.endpoint(endpoint_id):
            await self._directory.put_endpoint(replace(endpoint, off=GONE))

    # --- keeping order -----------------------------------------------------------------------------------------

    async def _tidy_for_ever(self) -> None:
        rounds = int(TIDY_EVERY_S / NOTE_EVERY_S)
        while True:
            before_ms = self._clock.now_ms() - KEPT_MS
            await self._patiently(partial(self._store.forget_ended, self._replica.zone_id, before_ms))
            for _ in range(rounds):
                await self._patiently(self.note)
                await self._ticker.sleep(NOTE_EVERY_S)

    async def note(self) -> None:
        """Keep up to where events were looked at, also where they meant nothing. Raises `StoreUnavailable`."""
        if not self._waiting and not self._is_behind:
            self._planned_seq = self._heard_seq
        here = (self._replica.epoch, self._planned_seq)
        if here != self._noted:
            await self._store.enqueue(self._replica.zone_id, (), (), here)
            self._noted = here


def _lies_in(message: OutgoingMessage) -> tuple[str, str, Channel]:
    return message.audience, message.recipient, message.channel


def _chance(message_id: str, tries: int) -> float:
    """In [0, 1), another one for each message and try, and the same in each run of a simulation."""
    return int(message_id[tries : tries + 6], 16) / 16**6
