"""The one writer of a zone: requests in, events and replies out, in group commits behind the zone's fence.

A tick takes every waiting request, answers repeated ones from the stored replies, decides the others one after
the other on the state in memory, and commits all of it in one transaction. Callers hear nothing before that commit.
When a commit fails for whatever reason, memory may be wrong: the state is dropped and loaded again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dispatch.application.backlog import MOST_WAITING, Overloaded
from dispatch.application.claim_ports import ClaimQuery
from dispatch.application.on_duty import Serving
from dispatch.application.ports import (
    Claim,
    Clock,
    FenceLost,
    Outcome,
    Reply,
    Request,
    StoreUnavailable,
    Ticker,
    ZoneStore,
)
from dispatch.application.replica import KEEP_FINISHED_MS
from dispatch.domain import events as e
from dispatch.domain.apply import apply
from dispatch.domain.case import Case
from dispatch.domain.case_commands import named_case
from dispatch.domain.claim import Claim as Claimed
from dispatch.domain.commands import Command, CreateOrder, PassTime
from dispatch.domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.recalled import named_claim, named_orders
from dispatch.domain.zone import ZoneState, entity_of, evolve
from dispatch.failpoints import failpoint

log = logging.getLogger(__name__)

_KINDS: dict[type[DomainError], str] = {
    InvalidInput: "invalid",
    NotFound: "not_found",
    Conflict: "conflict",
    Forbidden: "forbidden",
}
_INTERNAL = Reply(False, "internal", "The server could not decide this request; it was set aside.", "internal")


TICK_S = 0.25
"""How late an offer may lapse."""
LATEST_BUSINESS_S = 0.5
"""How late anything falls due by the zone's clock, where that runs faster than time does."""
SHORTEST_TICK_S = 0.02
"""So much is kept up to 25 times as fast as time."""


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """Leases and batches. A zone is free for another writer `lease_s` after its writer died."""

    lease_s: float = 5.0
    tick_s: float = TICK_S
    inbox_poll_s: float = 0.05
    batch: int = 500
    most_waiting: int = MOST_WAITING


class ZoneWriter:
    """Owns a zone while its fence holds. `ask` serves callers of the same process without a detour."""

    def __init__(
        self,
        *,
        store: ZoneStore,
        clock: Clock,
        ticker: Ticker,
        zone_id: str,
        holder: str,
        settings: WriterSettings | None = None,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ticker = ticker
        self._zone_id = zone_id
        self._holder = holder
        self._settings = settings or WriterSettings()
        self._on_commit = on_commit
        self._waiting: dict[str, Request] = {}
        self._callers: defaultdict[str, list[asyncio.Future[Reply]]] = defaultdict(list)
        self._wake = asyncio.Event()
        self._claim: Claim | None = None
        self._state: ZoneState | None = None
        self.on_duty = Serving()
        """Whether this writer owns its zone now, to wait for."""
        in_time_s = max(SHORTEST_TICK_S, LATEST_BUSINESS_S / clock.rate)
        self._tick_s = min(self._settings.tick_s, in_time_s)
        self._forgot_at_ms = 0
        self._standing_by = False

    @property
    def serving(self) -> bool:
        """Whether this writer owns its zone now."""
        return self.on_duty.is_on

    def _hold(self, state: ZoneState | None) -> None:
        """This is the zone's state; None: somebody else's business."""
        self._state = state
        self.on_duty.turn(state is not None)

    # --- callers ---------------------------------------------------------------------------------------------

    async def ask(self, zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        """See `CommandBus.ask`. Raises `StoreUnavailable` when the commit failed, and `Overloaded` when too much waits:
        nothing is acknowledged then.
        """
        if zone_id != self._zone_id:
            raise NotFound("unknown_zone", f"There is no zone {zone_id} here.")
        if len(self._waiting) >= self._settings.most_waiting:
            raise Overloaded(zone_id)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(request.id, request)
        self._callers[request.id].append(answer)
        self._wake.set()
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            await self._put_into_inbox(request)
            return None
        finally:
            self._hang_up(request.id, answer)

    def _hang_up(self, request_id: str, answer: asyncio.Future[Reply]) -> None:
        callers = self._callers.get(request_id, [])
        if answer in callers:
            callers.remove(answer)
        if not callers:
            self._callers.pop(request_id, None)

    async def _put_into_inbox(self, request: Request) -> None:
        """A caller who goes away with "accepted, look later" must find it done later: make the request durable.

        Also when it is being committed at this moment, for that commit may fail; the inbox knows what was answered.
        """
        self._waiting.pop(request.id, None)
        await self._store.submit(self._zone_id, [request])

    def _answer(self, request_id: str, reply: Reply) -> None:
        for caller in self._callers.pop(request_id, ()):
            if not caller.done():
                caller.set_result(reply)

    def _fail(self, request_id: str, error: Exception) -> None:
        for caller in self._callers.pop(request_id, ()):
            if not caller.done():
                caller.set_exception(error)

    # --- owning the zone -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Claim the zone, write it until it is lost, and begin again, for ever."""
        await self._store_is_up()
        while True:
            try:
                if await self._take_zone():
                    await self._write()
                else:
                    await self._ticker.sleep(self._settings.lease_s / 5)
            except FenceLost:
                log.warning("zone %s has another writer now", self._zone_id)
            except StoreUnavailable as error:
                log.warning("zone %s: the store does not answer: %s", self._zone_id, error)
                await self._ticker.sleep(0.5)
            finally:
                self._hold(None)

    async def stop(self) -> None:
        """Give the zone back at once, after `run` was cancelled; a store that is away will see the lease end."""
        if self._claim:
            claim, self._claim = self._claim, None
            with suppress(StoreUnavailable):
                await self._store.release(claim)

    async def _store_is_up(self) -> None:
        while True:
            try:
                return await self._store.ensure_zone(self._zone_id)
            except StoreUnavailable:
                await self._ticker.sleep(0.5)

    async def _take_zone(self) -> bool:
        self._claim = await self._store.claim(self._zone_id, self._holder, self._settings.lease_s)
        if self._claim is None:
            self._stand_by()
            return False
        failpoint("zone.claimed")
        await self._load()
        self._standing_by = False
        log.info("zone %s: this process is its writer", self._zone_id, extra={"fields": {"fence": self._claim.fence}})
        return True

    def _stand_by(self) -> None:
        if not self._standing_by:
            log.info("zone %s has a writer; this process stands by", self._zone_id)
        self._standing_by = True

    async def _load(self) -> ZoneState:
        since_ms = self._clock.now_ms() - KEEP_FINISHED_MS
        state, _, _ = await self._store.load(self._zone_id, since_ms)
        self._hold(state)
        return state

    async def _write(self) -> None:
        """Tick until the fence is lost; the lease is kept up beside it."""
        keeper = asyncio.create_task(self._keep_lease())
        try:
            await self._tick_for_ever()
        finally:
            keeper.cancel()

    async def _keep_lease(self) -> None:
        while True:
            await self._ticker.sleep(self._settings.lease_s / 3)
            failpoint("lease.renew")
            try:
                if self._claim and not await self._store.renew(self._claim, self._settings.lease_s):
                    self._hold(None)  # the next tick steps down
            except StoreUnavailable:
                log.warning("zone %s: the lease could not be renewed in time", self._zone_id)

    async def _tick_for_ever(self) -> None:
        polled_ms = passed_ms = -(10**9)
        while True:
            now_ms = self._ticker.mono_ms()
            if now_ms - polled_ms >= self._settings.inbox_poll_s * 1000:
                polled_ms = now_ms
                for request in await self._store.inbox(self._zone_id, self._settings.batch):
                    self._waiting.setdefault(request.id, request)
            if now_ms - passed_ms >= self._tick_s * 1000:
                passed_ms = now_ms
                await self._pass_time()
            await self._decide_waiting()
            await self._rest()

    async def _rest(self) -> None:
        """Sleep until somebody asks, or the next poll is due."""
        if self._waiting:
            return
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self._settings.inbox_poll_s, self._tick_s)):
                await self._wake.wait()

    # --- deciding --------------------------------------------------------------------------------------------

    async def _pass_time(self) -> None:
        state, now_ms = self._require_state(), self._clock.now_ms()
        events = apply(state, PassTime(), now_ms)
        if events:
            for event in events:
                evolve(state, event)
            await self._commit([Outcome(None, now_ms, tuple(events), Reply(True))])
        if now_ms - self._forgot_at_ms > KEEP_FINISHED_MS // 10:
            self._forgot_at_ms = now_ms
            state.forget_finished(now_ms - KEEP_FINISHED_MS)

    async def _decide_waiting(self) -> None:
        """One group commit of everything that waits, at most a batch of it."""
        requests = [self._waiting.pop(key) for key in list(self._waiting)[: self._settings.batch]]
        if not requests:
            return
        try:
            fresh = await self._unanswered(requests)
            if fresh:
                await self._decide_together(fresh)
        except (FenceLost, StoreUnavailable) as error:
            unavailable = error if isinstance(error, StoreUnavailable) else StoreUnavailable("the zone changed hands")
            for request in requests:
                self._fail(request.id, unavailable)
            raise

    async def _unanswered(self, requests: Sequence[Request]) -> list[Request]:
        """Answer the repeated requests from their stored replies; return the others."""
        known = await self._store.replies(self._zone_id, [request.id for request in requests])
        for request_id, reply in known.items():
            self._answer(request_id, reply)
        return [request for request in requests if request.id not in known]

    async def _decide_together(self, requests: Sequence[Request]) -> None:
        try:
            await self._decide_and_commit(requests)
        except (FenceLost, StoreUnavailable):
            raise
        except Exception:
            log.exception("zone %s: a batch of %d requests failed; trying them alone", self._zone_id, len(requests))
            await self._load()
            for request in requests:
                await self._decide_alone(request)

    async def _decide_alone(self, request: Request) -> None:
        """Try one request by itself; when even that fails, set it aside with a reply, and go on."""
        try:
            if await self._unanswered([request]):
                await self._decide_and_commit([request])
        except (FenceLost, StoreUnavailable):
            raise
        except Exception:
            log.exception("zone %s: request %s is set aside", self._zone_id, request.id)
            await self._load()
            await self._commit([Outcome(request, self._clock.now_ms(), (), _INTERNAL)])
            self._answer(request.id, _INTERNAL)

    async def _decide_and_commit(self, requests: Sequence[Request]) -> None:
        await self._recall(requests)
        outcomes = [self._decide(request) for request in requests]
        await self._commit(outcomes)
        for request, outcome in zip(requests, outcomes, strict=True):
            self._answer(request.id, outcome.reply)

    async def _recall(self, requests: Sequence[Request]) -> None:
        """Bring back orders and cases that ended long ago and were forgotten, when somebody names one after all."""
        state = self._require_state()
        cases = [await self._recall_case(named_case(request.command)) for request in requests]
        named = [order_id for request in requests for order_id in named_orders(request.command)]
        for order_id in dict.fromkeys([*named, *(case.order_id for case in cases if case)]):
            if order_id not in state.orders:
                zone_id, order = await self._store.find_order(order_id) or ("", None)
                if zone_id == self._zone_id and isinstance(order, Order):
                    said = await self._store.messages_of(zone_id, order_id)
                    claimed = await self._store.list_claims(zone_id, ClaimQuery(order_id=order_id))
                    state.orders[order_id] = order
                    state.messages[order_id] = tuple(each for each in said if isinstance(each, OrderMessage))
                    state.claims.update({each.id: each for each in claimed if isinstance(each, Claimed)})
        await self._recall_claims(state, requests)

    async def _recall_claims(self, state: ZoneState, requests: Sequence[Request]) -> None:
        for claim_id in dict.fromkeys(named_claim(request.command) for request in requests):
            if claim_id and claim_id not in state.claims:
                zone_id, claim = await self._store.find_claim(claim_id) or ("", None)
                if zone_id == self._zone_id and isinstance(claim, Claimed):
                    state.claims[claim_id] = claim

    async def _recall_case(self, case_id: str) -> Case | None:
        cases = self._require_state().cases
        if case_id and case_id not in cases:
            found = await self._store.find_case(self._zone_id, case_id)
            if isinstance(found, Case):
                cases[case_id] = found
        return cases.get(case_id)

    def _decide(self, request: Request) -> Outcome:
        state, now_ms = self._require_state(), self._clock.now_ms()
        try:
            events = apply(state, request.command, now_ms)
        except DomainError as refusal:
            kind = _KINDS.get(type(refusal), "invalid")
            return Outcome(request, now_ms, (), Reply(False, refusal.code, refusal.detail, kind, _versions(state)))
        for event in events:
            evolve(state, event)
        return Outcome(
            request, now_ms, tuple(events), Reply(True, result=_versions(state) | _told(request.command, events))
        )

    async def _commit(self, outcomes: Sequence[Outcome]) -> None:
        state = self._require_state()
        if self._claim is None:
            raise FenceLost(self._zone_id)
        await self._store.commit(self._claim, outcomes, state.take_dirty(), state.plan_version)
        self._on_commit()

    def _require_state(self) -> ZoneState:
        if self._state is None:
            raise FenceLost(self._zone_id)
        return self._state


def _versions(state: ZoneState) -> dict[str, Any]:
    return {"plan_version": state.plan_version}


def _told(command: Command, events: Sequence[e.Event]) -> dict[str, Any]:
    """What a caller wants to know of its own act: the order as it stands after it.

    Where the act changed others as well (goods that it freed go to whoever waits for them), the one that it names.
    """
    orders = [entity for event in events if isinstance(entity := entity_of(event), Order)]
    named = command.order.id if isinstance(command, CreateOrder) else getattr(command, "order_id", "")
    found = [order for order in orders if order.id == named] or orders
    if not found:
        return {}
    last = found[-1]
    return {"order_id": last.id, "status": last.status.value, "reason": last.reason, "depot_id": last.depot_id}
