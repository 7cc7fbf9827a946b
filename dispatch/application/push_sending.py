"""Telling shoppers by Web Push: beside the writer of a zone, so that of many processes one sends.

The theory. Each event is looked at once, as the replica takes it; what is due for a subscription becomes one message,
the newest of what waits. What a subscription was told is noted with it after its push service took the message, and up
to where all was told every ten seconds; whoever follows a crashed writer reads the events from there on again. So a
notice is never lost by a crash (unless it is too old to be of use), and repeated at most where the service had it and
the note was not written; the repeat has the same topic and replaces itself while the browser is away.

A push service that fails is asked again three times. Everything is bounded: beyond the bounds notices are dropped and
counted, for an order's page shows all of it anyway.
"""

import asyncio
import hashlib
import json
import logging
from base64 import urlsafe_b64encode
from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from dispatch.application.messaging.table import Audience, Channel, goes_by
from dispatch.application.ports import Clock, EventLog, Recorded, StoreUnavailable, Ticker
from dispatch.application.push_notices import Notice, NoticeKind, Told, newest_due, notices, told_after, up_to_date
from dispatch.application.push_ports import PushMessage, PushSender, PushStore, PushSubscription, Receipt
from dispatch.application.push_texts import language, words
from dispatch.application.replica import ZoneReplica
from dispatch.domain.order import Order

log = logging.getLogger(__name__)

K = NoticeKind
MOST_WAITING: Final = 5_000
MOST_SENDING: Final = 256
MOST_CAUGHT_UP: Final = 5_000
"""Events that are read again after a crash."""
PAGE: Final = 500
RETRY_S: Final = (1.0, 5.0, 20.0)
LONGEST_WAIT_S: Final = 60.0
"""A service that wants to be left alone for longer is not waited for."""
NOTE_EVERY_S: Final = 10.0
TIDY_EVERY_S: Final = 600.0
AGAIN_S: Final = 0.5
KEPT_AFTER_END_MS: Final = 24 * 3_600_000
_TTL_S: Final = {K.NEAR: 600, K.AT_DOOR: 900, K.ASSIGNED: 3_600, K.ON_WAY: 3_600, K.DELAYED: 3_600, K.SOONER: 3_600}
"""How long a notice is of use, in real seconds; those of an end for a day."""
_DAY_S: Final = 86_400
_URGENT: Final = frozenset({K.NEAR, K.AT_DOOR})
_COUNTED: Final = ("sent", "retried", "gone", "failed", "refused", "dropped", "rounds_lost")
Key = tuple[str, str]
"""(order id, mark) of a subscription."""


class PushNotices:
    """One zone's notices. `run` it while its writer serves; `link_of` is the page of an order, empty for none."""

    def __init__(
        self,
        *,
        replica: ZoneReplica,
        events: EventLog,
        store: PushStore,
        sender: PushSender,
        clock: Clock,
        ticker: Ticker,
        link_of: Callable[[Order], str],
    ) -> None:
        self.counters: Counter[str] = Counter({f"push_{what}": 0 for what in _COUNTED})
        self._replica = replica
        self._events = events
        self._store = store
        self._sender = sender
        self._clock = clock
        self._ticker = ticker
        self._link_of = link_of
        self._waiting: deque[Notice] = deque()
        self._woken = asyncio.Event()
        self._heard_seq = replica.head
        self._sending: dict[Key, Told] = {}
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._kept: tuple[int, int] | None = None

    async def run(self) -> None:
        """Tell for ever."""
        self._waiting.clear()
        self._heard_seq = self._replica.head
        stop = self._replica.listen(self._hear)
        try:
            async with asyncio.TaskGroup() as together:
                for loop in (self._tell_for_ever, self._note_for_ever, self._tidy_for_ever):
                    together.create_task(loop())
        finally:
            stop()
            for task in self._tasks:
                task.cancel()

    def _hear(self, recorded: Recorded) -> None:
        self._heard_seq = recorded.seq
        for notice in self._notices(recorded):
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self.counters["push_dropped"] += 1
            self._waiting.append(notice)
            self._woken.set()

    # --- from notices to messages ------------------------------------------------------------------------------

    async def _tell_for_ever(self) -> None:
        await self._patiently(self._catch_up)
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self._patiently(self.tell)

    async def _patiently(self, step: Callable[[], Any]) -> None:
        """Do a step, again and again while the store is away. A bug here costs notices, never the zone's orders."""
        while True:
            try:
                return await step()  # type: ignore[no-any-return]
            except StoreUnavailable:
                self.counters["push_rounds_lost"] += 1
            except Exception:
                self.counters["push_rounds_lost"] += 1
                log.exception("zone %s: a round of notices failed", self._replica.zone_id)
                return None
            await self._ticker.sleep(AGAIN_S)

    async def _catch_up(self) -> None:
        """Hear what nobody has looked at since the last process that told of this zone."""
        upto, kept = self._heard_seq, await self._store.progress(self._replica.zone_id)
        if kept is None or kept[0] != self._replica.epoch:
            return
        seq = max(kept[1], upto - MOST_CAUGHT_UP)
        missed: list[Notice] = []
        while seq < upto and (page := await self._events.events(self._replica.zone_id, seq, PAGE)):
            seq = page[-1].seq
            missed += [each for recorded in page if recorded.seq <= upto for each in self._notices(recorded)]
        self._waiting.extendleft(reversed(missed[-MOST_WAITING:]))
        if missed:
            self._woken.set()

    def _notices(self, recorded: Recorded) -> Sequence[Notice]:
        told = notices(self._replica.state, recorded)
        return [each for each in told if goes_by(each.kind, Audience.SHOPPER, Channel.WEB_PUSH)]

    async def tell(self) -> None:
        """Send what is due of everything that waits. Raises `StoreUnavailable`; then it waits still."""
        taken = tuple(self._waiting)
        if not taken:
            return
        by_order: dict[str, list[Notice]] = {}
        for notice in filter(self._is_news, taken):
            newest = up_to_date(notice, self._replica.state.orders.get(notice.order.id))
            if newest:
                by_order.setdefault(newest.order.id, []).append(newest)
        found = await self._store.of_orders(self._replica.zone_id, by_order.keys()) if by_order else ()
        for _ in range(min(len(taken), len(self._waiting))):
            self._waiting.popleft()
        for subscription in found:
            told = self._sending.get(_key(subscription), subscription.told)
            if due := newest_due(told, by_order[subscription.order_id]):
                self._start(subscription, told, due)
        if self._waiting:
            self._woken.set()

    def _is_news(self, notice: Notice) -> bool:
        age_ms = self._clock.now_ms() - notice.at_ms
        return age_ms <= ttl_s(notice.kind) * 1000 * self._clock.rate

    def _start(self, subscription: PushSubscription, told: Told, notice: Notice) -> None:
        if len(self._tasks) >= MOST_SENDING:
            self.counters["push_dropped"] += 1
            return
        after = told_after(told, notice)
        self._sending[_key(subscription)] = after
        task = asyncio.create_task(self._send(subscription, after, notice), name="send a notice")
        self._tasks[task] = notice.seq
        task.add_done_callback(partial(self._ended, _key(subscription), after))

    def _ended(self, key: Key, after: Told, task: "asyncio.Task[None]") -> None:
        del self._tasks[task]
        if self._sending.get(key) is after:
            del self._sending[key]
        if not task.cancelled() and (error := task.exception()):
            self.counters["push_failed"] += 1
            log.error("zone %s: a notice was not sent", self._replica.zone_id, exc_info=error)

    # --- sending -----------------------------------------------------------------------------------------------

    async def _send(self, to: PushSubscription, after: Told, notice: Notice) -> None:
        message = self.message(to, notice)
        for delay_s in (*RETRY_S, None):
            receipt, wait_s = await self._sender.send(to, message)
            if receipt is not Receipt.LATER:
                return await self._settle(receipt, to, after)
            if delay_s is None or wait_s > LONGEST_WAIT_S:
                break
            self.counters["push_retried"] += 1
            await self._ticker.sleep(max(wait_s, delay_s * _jitter(to.mark)))
            if self._sending.get(_key(to)) is not after:
                return None  # newer news of the order is on its way
        self.counters["push_failed"] += 1
        return None

    async def _settle(self, receipt: Receipt, to: PushSubscription, after: Told) -> None:
        if receipt is Receipt.TAKEN:
            self.counters["push_sent"] += 1
            await self._patiently(partial(self._store.note_told, to, after))
        elif receipt is Receipt.GONE:
            self.counters["push_gone"] += 1
            await self._patiently(partial(self._store.drop, to.zone_id, to.order_id, to.mark))
        else:
            self.counters["push_refused"] += 1

    def message(self, to: PushSubscription, notice: Notice) -> PushMessage:
        """What the browser shows: a declarative message (https://www.w3.org/TR/push-api/#declarative-push-message), so
        that browsers which know them need no worker; ours shows the same for the others.
        """
        title, body = words(notice, to.lang, to.utc_offset_min)
        topic = topic_of(notice.order.id)
        shown = {
            "title": title,
            "body": body,
            "lang": "zh-CN" if language(to.lang) == "zh" else "en",
            "tag": topic,
            "navigate": self._link_of(notice.order) or "/t",
            "data": {"kind": notice.kind.value, "order_id": notice.order.id},
        }
        packed = json.dumps({"web_push": 8030, "notification": shown}, ensure_ascii=False, separators=(",", ":"))
        return PushMessage(packed.encode(), topic, ttl_s(notice.kind), notice.kind in _URGENT)

    # --- keeping order -----------------------------------------------------------------------------------------

    async def _note_for_ever(self) -> None:
        while True:
            await self._ticker.sleep(NOTE_EVERY_S)
            await self._patiently(self.note)

    async def note(self) -> None:
        """Keep up to where all was told. Raises `StoreUnavailable`."""
        pending = [*self._tasks.values(), *(notice.seq for notice in self._waiting)]
        here = (self._replica.epoch, min(pending) - 1 if pending else self._heard_seq)
        if here != self._kept:
            await self._store.keep_progress(self._replica.zone_id, *here)
            self._kept = here

    async def _tidy_for_ever(self) -> None:
        while True:
            before_ms = self._clock.now_ms() - KEPT_AFTER_END_MS
            await self._patiently(partial(self._store.forget_ended, self._replica.zone_id, before_ms))
            await self._ticker.sleep(TIDY_EVERY_S)


def ttl_s(kind: NoticeKind) -> int:
    """For how many real seconds a notice is of use."""
    return _TTL_S.get(kind, _DAY_S)


def topic_of(order_id: str) -> str:
    """What the notices of one order share; it tells a push service nothing. 32 characters, the most there may be."""
    return urlsafe_b64encode(hashlib.sha256(f"notices of {order_id}".encode()).digest()[:24]).decode()


def _jitter(mark: str) -> float:
    """0.75 to 1.25: browsers of one failing push service do not all come back at once."""
    return 0.75 + int(mark[:2], 16) / 512


def _key(subscription: PushSubscription) -> Key:
    return subscription.order_id, subscription.mark
