"""The judge of a run: hears of everything that happened, in its order, and says which invariant was broken and how.

I1-I5 are looked at whenever the zone's store has committed something, on a state of the judge's own; I6-I8 whenever
somebody was told something; I9 now and then; I10 at the end, when nothing has gone wrong for a while. I11 is about
every line of the log, I12 about the messages that were sent in the end. The rules are written down here a second time,
for the service's own could be what is wrong.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from courier_protocol import live
from courier_protocol import messages as m
from dispatch.adapters.memory import MemoryZoneStore
from dispatch.application.courier_facts import told_to
from dispatch.application.ports import Claim, Outcome, Recorded, Ticker
from dispatch.domain import events as e
from dispatch.domain.invariants import violations
from dispatch.domain.order import BEFORE_PICKUP, FINISHED, MAY_FOLLOW, ON_BOARD, WAITING, Lock, Order, OrderStatus
from dispatch.domain.route import Route
from dispatch.domain.shelf import StockMove
from dispatch.domain.zone import Entity, ZoneState, evolve

MOST: Final = 20
"""So many violations are told; the first is what matters."""
STATE_EVERY: Final = 25
"""The whole state is looked at after so many commits: an I1 or I5 that is broken stays broken."""
BACKWARDS: Final = frozenset({"undone"})
"""What takes back that goods changed hands."""


class Judge:
    """Of one run. `now_s` is virtual time; `zone_id` the zone that is watched."""

    def __init__(self, zone_id: str, now_s: Callable[[], float]) -> None:
        self.violations: list[str] = []
        self.counters: Counter[str] = Counter()
        self.state = ZoneState(zone_id)
        self.log: list[Recorded] = []
        self.witness = Witness()
        self._now_s = now_s
        self._fence = 0
        self._commits = 0
        self._requests: set[str] = set()
        self._refs: Counter[str] = Counter()
        self._asked: set[str] = set()
        self._vans: Counter[str] = Counter()
        self.acknowledged: dict[str, str] = {}
        self.answered: dict[str, bool] = {}
        self.overrides: set[str] = set()
        self.handed_out: set[str] = set()
        self.phones: defaultdict[str, Phone] = defaultdict(Phone)
        self.desks: defaultdict[str, Desk] = defaultdict(Desk)
        self._had: defaultdict[str, set[str]] = defaultdict(set)
        self._route_seqs: defaultdict[str, list[int]] = defaultdict(list)

    def broken(self, invariant: str, how: str) -> None:
        """Note a violation."""
        self.counters["violations"] += 1
        if len(self.violations) < MOST:
            self.violations.append(f"{invariant} at {self._now_s():.3f} s: {how}")

    # --- the zone's history -------------------------------------------------------------------------------------

    def committed(self, claim: Claim, recorded: Sequence[Recorded], outcomes: Sequence[Outcome]) -> None:
        """A commit has succeeded."""
        self._commits += 1
        if claim.fence < self._fence:
            self.broken("I3", f"a writer with fence {claim.fence} wrote after one with {self._fence}")
        self._fence = max(self._fence, claim.fence)
        for outcome in outcomes:
            if outcome.request and outcome.request.id in self._requests:
                self.broken("I2", f"the request {outcome.request.id} took effect twice")
            elif outcome.request:
                self._requests.add(outcome.request.id)
        plans = {each.request_id for each in recorded if isinstance(each.event, e.PlanAdopted)}
        for each in recorded:
            self._take(each, adopted=each.request_id in plans)
        if self._commits % STATE_EVERY == 0:
            self.look_at_state()

    def look_at_state(self) -> None:
        """I1 and I5 on the whole state."""
        for found in violations(self.state):
            self.broken(*found.split(": ", 1))

    def _take(self, recorded: Recorded, *, adopted: bool) -> None:
        if recorded.seq != len(self.log) + 1:
            self.broken("I3", f"event {recorded.seq} came after {len(self.log)}")
        self.log.append(recorded)
        event = recorded.event
        match event:
            case e.OrderCreated(order=order) if not (order.returns or order.claim_id):
                self._refs[order.ref] += 1
                if self._refs[order.ref] > 1:
                    self.broken("I2", f"the order {order.ref} was taken in twice")
            case e.StockChanged(move=StockMove.RECEIVED, note=note):
                self._vans[note] += 1
            case e.OrderChanged(order=order):
                self._order_moved(order, event.what)
            case e.RouteChanged(route=route):
                self._route_changed(route, adopted=adopted)
        self._note_told(recorded)
        evolve(self.state, event)
        self.state.take_dirty()

    def _order_moved(self, order: Order, what: str) -> None:
        before = self.state.orders.get(order.id)
        if before is None:
            return self.broken("I4", f"order {order.id} changed before it was created")
        was, now = before.status, order.status
        if was is not now and now not in MAY_FOLLOW[was]:
            self.broken("I4", f"order {order.id} went from {was} to {now} ({what})")
        if was in ON_BOARD and now in (WAITING | BEFORE_PICKUP) and what not in BACKWARDS:
            self.broken("I4", f"order {order.id} lost its goods: from {was} to {now} ({what})")
        if was is OrderStatus.DELIVERED and now is not was and what not in BACKWARDS:
            self.broken("I4", f"order {order.id} was delivered and is {now} ({what})")
        if now in (OrderStatus.AT_DEPOT, OrderStatus.WITH_CARRIER) and order.courier_id:
            self.broken("I1", f"{order.courier_id} has order {order.id}, which is {now} ({what})")
        if order.courier_id:
            self._had[order.courier_id].add(order.id)
        return None

    def _route_changed(self, route: Route, *, adopted: bool) -> None:
        """What a plan has to leave alone: started stops, locked orders, goods on board."""
        self._had[route.courier_id] |= set(route.order_ids())
        if not adopted:
            return
        before = self.state.route(route.courier_id)
        started = [stop.id for stop in before.stops if stop.started]
        if [stop.id for stop in route.stops[: len(started)]] != started:
            self.broken("I5", f"a plan moved the started stop of {route.courier_id}")
        for order_id in set(before.order_ids()) - set(route.order_ids()):
            order = self.state.orders[order_id]
            if order.lock is not Lock.NONE or order.status in ON_BOARD:
                self.broken("I5", f"a plan took the {order.status} order {order_id} from {route.courier_id}")

    def _note_told(self, recorded: Recorded) -> None:
        if isinstance(recorded.event, e.RouteChanged | e.RouteRetimed):
            self._route_seqs[recorded.event.route.courier_id].append(recorded.seq)
        elif isinstance(recorded.event, e.OfferMade):
            self._had[recorded.event.offer.courier_id] |= set(recorded.event.offer.order_ids)
        elif isinstance(recorded.event, e.CourierNoticed):
            self._had[recorded.event.courier_id] |= set(recorded.event.order_ids)
        elif (courier_id := told_to(recorded.event)) and isinstance(recorded.event, e.MessagePosted):
            self._had[courier_id].add(recorded.event.message.order_id)

    # --- what people were promised -------------------------------------------------------------------------------

    def order_asked(self, ref: str) -> None:
        """A shop is about to place this order."""
        self._asked.add(ref)

    def order_acknowledged(self, ref: str, answer: Any) -> None:
        """A shop was told that its order is taken."""
        self.counters["orders acknowledged"] += 1
        self.acknowledged[ref] = str(answer["id"])
        if answer.get("status") and str(answer["id"]) not in self.state.orders:
            self.broken("I2", f"the order {ref} was acknowledged before it was committed")

    def van_taken_in(self, note: str, lines: int) -> None:
        """A depot was told that a van's goods are taken in, so many lines of them."""
        self.counters["vans taken in"] += 1
        if self._vans[note] != lines:
            self.broken("I2", f"of {note} {self._vans[note]} lines were taken in, not {lines}")

    def action_answered(self, courier_id: str, action_id: str, ok: bool) -> None:
        """A courier was told that what they did is taken, or refused."""
        self.counters["actions answered"] += 1
        self.answered[f"{courier_id}:{action_id}"] = ok
        if f"{courier_id}:{action_id}" not in self._requests:
            self.broken("I2", f"an action of {courier_id} was answered before it was committed")

    def order_handed_out(self, order_id: str) -> None:
        """Whoever gave it to its customer, at its pickup point or its depot, was told that they have."""
        self.counters["orders handed out"] += 1
        self.handed_out.add(order_id)

    def override_acknowledged(self, override_id: str) -> None:
        """A dispatcher was told that an override took effect."""
        if override_id:
            self.counters["overrides acknowledged"] += 1
            self.overrides.add(override_id)

    def somebody_failed(self, name: str, what: str) -> None:
        """A client gave up, which none has a reason to."""
        self.broken("I10", f"{name} gave up: {what}")

    # --- what people were told -----------------------------------------------------------------------------------

    def phone_told(self, courier_id: str, event: Any) -> None:
        """A phone was told something."""
        phone = self.phones[courier_id]
        if isinstance(event, m.Resync):
            phone.epoch, phone.seq = event.epoch, event.seq
            self.counters["resyncs"] += 1
        elif isinstance(event, m.Push):
            self.counters["pushes"] += 1
            if event.epoch == phone.epoch and (event.seq <= phone.seq or event.prev > phone.seq):
                self.broken("I6", f"{courier_id} stood at {phone.seq} and was told {event.seq} after {event.prev}")
            missed = [seq for seq in self._route_seqs[courier_id][-50:] if phone.seq < seq < event.seq]
            if missed:
                self.broken("I6", f"{courier_id} was not told of event {missed[0]}")
            phone.seq = event.seq
        for order_id in _orders_named(event) - self._had[courier_id]:
            self.broken("I7", f"{courier_id} was told of order {order_id}")

    def shopper_told(self, order_id: str, message: Any) -> None:
        """A shopper's page was told something."""
        self.counters["shopper messages"] += 1
        order = getattr(message, "order", None)
        if order is not None and order.id != order_id:
            self.broken("I7", f"the shopper of {order_id} was shown {order.id}")
        fix = getattr(message, "fix", None)
        if fix is not None and (fix.courier_id in self.state.couriers or not self._may_see_courier(order_id)):
            self.broken("I7", f"the shopper of {order_id} was shown the courier {fix.courier_id}")

    def _may_see_courier(self, order_id: str) -> bool:
        """A shopper sees a courier, without a name to look up, once the goods are on their way."""
        order = self.state.orders.get(order_id)
        return order is not None and any(status in ON_BOARD for status, _ in order.timeline)

    def desk_joined(self, name: str) -> None:
        """A desk has a new session, which begins with a snapshot."""
        self.desks[name] = Desk()

    def desk_left(self, name: str) -> None:
        """Nobody looks at the desk now."""
        self.desks.pop(name, None)

    def desk_told(self, name: str, message: Any) -> None:
        """A desk was told something."""
        desk = self.desks[name]
        self.counters["desk messages"] += 1
        match message:
            case live.ZoneSnapshot(seq=seq):
                desk.seq = seq
                desk.orders = {order.id: order.status for order in message.orders}
                self._show(desk, name, message.fixes)
            case live.ZoneChange(prev=prev, seq=seq):
                if not (prev <= desk.seq < seq):
                    self.broken("I6", f"{name} stood at {desk.seq} and was told {seq} after {prev}")
                desk.seq = seq
                desk.orders |= {order.id: order.status for order in message.orders}
            case live.Fixes(fixes=fixes):
                self._show(desk, name, fixes)

    def _show(self, desk: "Desk", name: str, fixes: Sequence[live.FixView]) -> None:
        for fix in fixes:
            here, before = (fix.gen, fix.seq), desk.places.get(fix.courier_id, (0, 0))
            if here < before:
                self.broken("I8", f"{name} saw {fix.courier_id} go back from {before} to {here}")
            desk.places[fix.courier_id] = here

    # --- looking up ----------------------------------------------------------------------------------------------

    def has_ended(self, order_id: str) -> bool:
        """Whether nothing more happens to the order."""
        order = self.state.orders.get(order_id)
        return order is None or order.status in FINISHED

    def open_orders(self) -> list[str]:
        """Orders under way, by id."""
        return sorted(order.id for order in self.state.orders.values() if order.status not in FINISHED)


class Phone:
    """How far a phone was told."""

    epoch = 0
    seq = 0


class Desk:
    """What a desk has on its screen."""

    def __init__(self) -> None:
        self.seq = 0
        self.orders: dict[str, str] = {}
        self.places: dict[str, tuple[int, int]] = {}


def _orders_named(event: Any) -> set[str]:
    """The orders whose work a push or a resync shows."""
    facts = event.facts if isinstance(event, m.Push) else (event,) if isinstance(event, m.Resync) else ()
    named: set[str] = set()
    for fact in facts:
        stops = getattr(fact, "stops", ()) or getattr(getattr(fact, "route", None), "stops", ())
        named |= {order_id for stop in stops for order_id in stop.order_ids}
        named |= set(getattr(fact, "order_ids", ()))
    return named


class JudgedStore(MemoryZoneStore):
    """The zone's store, whose commits the judge hears of."""

    def __init__(self, ticker: Ticker, judge: Judge) -> None:
        super().__init__(ticker)
        self.judge = judge

    async def commit(
        self, claim: Claim, outcomes: Sequence[Outcome], dirty: Sequence[Entity], plan_version: int
    ) -> int:
        """See `ZoneStore`."""
        before = len(self._zone(claim.zone_id).outbox)
        head = await super().commit(claim, outcomes, dirty, plan_version)
        self.judge.committed(claim, self._zone(claim.zone_id).outbox[before:], outcomes)
        return head


class Witness:
    """What the couriers' behaviours tell of themselves (see `couriers.Witness`): counted, and no more."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.in_tunnels: set[str] = set()
        """Who has no link of their own doing."""

    def on_duty(self, courier_id: str) -> None:
        """See `couriers.Witness`."""
        self.counters["on duty"] += 1

    def fix_sent(self, courier_id: str, at_ms: int) -> None:
        """See `couriers.Witness`."""
        self.counters["fixes"] += 1

    def offer_received(self, courier_id: str, order_ids: Sequence[str]) -> None:
        """See `couriers.Witness`."""
        self.counters["offers"] += 1

    def link_cut(self, courier_id: str) -> None:
        """See `couriers.Witness`."""
        self.counters["tunnels"] += 1
        self.in_tunnels.add(courier_id)

    def link_back(self, courier_id: str, *, resumed: bool) -> None:
        """See `couriers.Witness`."""
        self.counters["resumed" if resumed else "resynced"] += 1
        self.in_tunnels.discard(courier_id)

    def confirmed(self, courier_id: str, action: str, action_id: str) -> None:
        """See `couriers.Witness`."""
        self.counters[action] += 1

    def refused(self, courier_id: str, action: str, code: str) -> None:
        """See `couriers.Witness`."""
        self.counters[f"refused {action}: {code}"] += 1


class LogListener(logging.Handler):
    """I11, and errors that nobody expected: every record of the service passes here."""

    SECRETS: Final = ("Secret", "+86138", "eyJ")
    """What customers are called, their numbers, and how every token begins."""

    def __init__(self, judge: Judge, expected: Sequence[str]) -> None:
        super().__init__()
        self._judge = judge
        self._expected = expected

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        text = record.getMessage()
        trouble = record.exc_info[1] if record.exc_info else None
        told = f"{text} {trouble!r}" if trouble else text
        self._judge.counters[f"log {record.levelname.lower()}"] += 1
        if any(secret in told for secret in self.SECRETS):
            self._judge.broken("I11", f"the log names a person or a token: {record.name}")
        if record.levelno >= logging.ERROR and not any(word in told for word in self._expected):
            self._judge.broken("error", told[:300])
