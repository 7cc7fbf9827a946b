"""Bugs put in on purpose: each takes one safeguard out of the service, and the judge has to notice within some seeds.

What cannot be noticed by taking one safeguard away, because another one stands behind it, is planted with both gone.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from dispatch.adapters.memory import MemoryZoneStore
from dispatch.adapters.memory_messages import MemoryMessageStore
from dispatch.application import courier_facts, event_feed, hub, proposals_adoption
from dispatch.application.history import History
from dispatch.application.messaging import planning as message_planning
from dispatch.application.outlet import Outlet
from dispatch.application.ports import Claim, Recorded, Request
from dispatch.application.proposals_placing import Placing
from dispatch.application.push_notices import NOTHING
from dispatch.application.zone_writer import ZoneWriter
from dispatch.domain import claim_orders, plans, points, stock
from dispatch.domain.events import RouteChanged
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.route import Route
from dispatch.web import connection as connections
from dispatch.web import routes_orders

TORN_EVERY: Final = 40


@contextmanager
def instead(*stand_ins: tuple[Any, str, Any]) -> Iterator[None]:
    """Let attributes be others for a while: (of what, its name, the stand-in)."""
    with ExitStack() as stack:
        for owner, name, stand_in in stand_ins:
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, stand_in)
        yield


@dataclass(frozen=True, slots=True)
class Plant:
    """A bug. `breaks` is the invariant that it is meant to break, `bug` puts it in for a while."""

    breaks: str
    what: str
    bug: Callable[[], Any]


def _nothing(*_args: Any, **_more: Any) -> None:
    """Instead of a check."""


def _no_fence() -> Any:
    commit = MemoryZoneStore.commit

    async def unfenced(self: MemoryZoneStore, claim: Claim, *args: Any) -> int:
        zone = self._zones[claim.zone_id]
        fence, zone.fence = zone.fence, claim.fence
        try:
            return await commit(self, claim, *args)
        finally:
            zone.fence = fence

    return instead((MemoryZoneStore, "commit", unfenced))


def _no_sequence_check() -> Any:
    return instead((event_feed, "_follows_on", lambda seq, events: bool(events)))


def _unfrozen_prefix() -> Any:
    return instead(
        (plans, "check_frozen", _nothing),
        (plans, "_check_base", _nothing),
        (proposals_adoption, "violations", lambda problem, plan: []),
    )


def _oversold() -> Any:
    return instead((stock, "missing_at", lambda *asked: {}), (stock, "settle", _nothing))


def _unsettled_point() -> Any:
    return instead((points, "settle", _nothing))


def _unfollowed_claim() -> Any:
    return instead((claim_orders, "follow", _nothing))


def _stays_on_route() -> Any:
    return instead((Route, "without_orders", lambda self, order_ids: self.stops))


def _double_apply() -> Any:
    commit = MemoryZoneStore.commit

    async def everything(self: ZoneWriter, requests: Sequence[Request]) -> list[Request]:
        return list(requests)

    async def forgetful(self: MemoryZoneStore, claim: Claim, outcomes: Any, *args: Any) -> int:
        for outcome in outcomes:
            if outcome.request:
                self.stored_replies(claim.zone_id).pop(outcome.request.id, None)
        return await commit(self, claim, outcomes, *args)

    return instead((ZoneWriter, "_unanswered", everything), (MemoryZoneStore, "commit", forgetful))


def _lost_dedup() -> Any:
    return instead((routes_orders, "idempotency_key", lambda call: uuid4().hex))


def _early_answer() -> Any:
    async def hasty(self: ZoneWriter, requests: Sequence[Request]) -> None:
        await self._recall(requests)
        outcomes = [self._decide(request) for request in requests]
        for request, outcome in zip(requests, outcomes, strict=True):
            self._answer(request.id, outcome.reply)
        await self._commit(outcomes)

    return instead((ZoneWriter, "_decide_and_commit", hasty))


def _torn_commit() -> Any:
    commit, count = MemoryZoneStore.commit, iter(range(1, 10**9))

    async def torn(self: MemoryZoneStore, claim: Claim, outcomes: Any, *args: Any) -> int:
        if next(count) % TORN_EVERY == 0:
            outcomes = [replace(outcome, events=()) for outcome in outcomes]
        return await commit(self, claim, outcomes, *args)

    return instead((MemoryZoneStore, "commit", torn))


def _stale_after_snapshot() -> Any:
    begin = Outlet.__init__

    def forgetful(self: Outlet, watchers: Any, pulse: Any) -> None:
        begin(self, watchers, pulse)
        watchers.before_snapshot = _nothing

    return instead((Outlet, "__init__", forgetful))


def _resume_gap() -> Any:
    missed = History.missed

    def shorter(self: History, *args: Any) -> list[Recorded] | None:
        found = missed(self, *args)
        return found[1:] if found else found

    return instead((History, "missed", shorter))


def _foreign_route() -> Any:
    told_to = courier_facts.told_to
    return instead((hub, "told_to", lambda event: "sim-1" if isinstance(event, RouteChanged) else told_to(event)))


def _deaf_planner() -> Any:
    return instead((Placing, "heard", _nothing), (Placing, "_pause_s", _nothing))


def _status_backwards() -> Any:
    moved = Order.moved

    def confused(self: Order, status: OrderStatus, at_ms: int, reason: str = "") -> Order:
        if status is OrderStatus.EN_ROUTE_DROPOFF:
            return replace(self, status=OrderStatus.EN_ROUTE_PICKUP)
        return moved(self, status, at_ms, reason)

    return instead((Order, "moved", confused))


def _leaking_sessions() -> Any:
    return instead((connections.Connections, "discard", _nothing))


def _name_in_log() -> Any:
    decide = ZoneWriter._decide

    def talkative(self: ZoneWriter, request: Request) -> Any:
        order = getattr(request.command, "order", None)
        if order is not None:
            logging.getLogger("dispatch").info("an order for %s", order.dropoff.name)
        return decide(self, request)

    return instead((ZoneWriter, "_decide", talkative))


def _told_again() -> Any:
    async def from_the_beginning(self: MemoryMessageStore, zone_id: str) -> tuple[int, int] | None:
        kept = await progress(self, zone_id)
        return kept and (kept[0], 0)

    progress = MemoryMessageStore.progress
    return instead(
        (MemoryMessageStore, "progress", from_the_beginning),
        (message_planning, "message_id", lambda *of_what: uuid4().hex),
        (message_planning, "told_of", lambda *of_what: NOTHING),
    )


PLANTS: Final[dict[str, Plant]] = {
    "no_fence": Plant("I3", "a writer whose zone was taken goes on writing", _no_fence),
    "stays_on_route": Plant("I1", "an order that is refused stays on the route", _stays_on_route),
    "double_apply": Plant("I2", "a request that comes again is decided again", _double_apply),
    "lost_dedup": Plant("I2", "an Idempotency-Key is not looked at", _lost_dedup),
    "early_answer": Plant("I2", "callers are answered before the commit", _early_answer),
    "torn_commit": Plant("I2", "a commit now and then keeps the replies and loses the events", _torn_commit),
    "status_backwards": Plant("I4", "leaving for the customer counts as leaving for the depot", _status_backwards),
    "oversold": Plant("I1", "orders are promised goods that are not there", _oversold),
    "unsettled_point": Plant("I1", "what is back at its depot lies at its pickup point still", _unsettled_point),
    "unfollowed_claim": Plant("Claims", "a claim does not hear that its goods were fetched", _unfollowed_claim),
    "unfrozen_prefix": Plant("I5", "plans may move stops that were started", _unfrozen_prefix),
    "no_sequence_check": Plant("I6", "a gap in the stream's copy is read over", _no_sequence_check),
    "resume_gap": Plant("I6", "a phone that comes back misses the first event", _resume_gap),
    "foreign_route": Plant("I7", "every route is told to the first courier", _foreign_route),
    "stale_after_snapshot": Plant("I8", "a snapshot is followed by places from before it", _stale_after_snapshot),
    "leaking_sessions": Plant("I9", "sockets that are gone are kept", _leaking_sessions),
    "deaf_planner": Plant("I10", "the planner does not hear of orders", _deaf_planner),
    "name_in_log": Plant("I11", "the log names a customer", _name_in_log),
    "told_again": Plant("I12", "who takes over tells everything again", _told_again),
}
"""By name; see `python -m simulator in-process --plant NAME`."""
