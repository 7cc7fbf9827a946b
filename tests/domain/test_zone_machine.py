"""Whatever is asked of a zone, in whatever order, its invariants hold and its table of states is kept."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import mode_commands as m
from dispatch.domain import point_commands as p
from dispatch.domain.apply import apply
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.ends import needs_dropoff
from dispatch.domain.errors import DomainError
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Point
from dispatch.domain.invariants import violations
from dispatch.domain.mode_rules import brought_by
from dispatch.domain.order import MAY_FOLLOW, Direction, Lock, OrderStatus
from dispatch.domain.order_message import Party
from dispatch.domain.override import Effects, EtaEffect, OverrideAction
from dispatch.domain.override_undo import routes_to_restore
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.zone import entity_of, evolve, rebuilt
from tests.domain.test_points import POINT, for_point
from tests.support.zones import NOON_MS, depot, order, plan, planned, zone

COURIERS = st.sampled_from(["c1", "c2", "c3"])
ORDERS = st.sampled_from([f"o{n}" for n in range(1, 7)])


class ZoneMachine(RuleBasedStateMachine):
    """Random commands; refusals are part of life, breaches are not."""

    @initialize()
    def open_zone(self) -> None:
        self.state = zone(couriers=3)
        self.now_ms = NOON_MS
        self.ask(p.RegisterPoint(POINT))

    def ask(self, command: c.Command) -> None:
        before = dict(self.state.orders)
        try:
            events = apply(self.state, command, self.now_ms)
        except DomainError:
            assert self.state.orders == before
            return
        for event in events:
            changed = entity_of(event)
            known = self.state.orders.get(getattr(changed, "id", ""))
            if known is not None and hasattr(changed, "status") and changed.status is not known.status:
                assert changed.status in MAY_FOLLOW[known.status]
            evolve(self.state, event)

    @rule(order_id=ORDERS, hold=st.sampled_from(["", "", "address"]))
    def create(self, order_id: str, hold: str) -> None:
        self.ask(c.CreateOrder(order(order_id), hold))

    @rule(order_id=ORDERS)
    def create_return(self, order_id: str) -> None:
        self.ask(c.CreateOrder(replace(order(order_id), direction=Direction.RETURN)))

    @rule(order_id=ORDERS)
    def create_for_a_point(self, order_id: str) -> None:
        self.ask(c.CreateOrder(replace(for_point(order_id), lines=())))

    @rule(
        order_id=ORDERS, mode=st.sampled_from(Mode), has_door=st.booleans(), hold=st.sampled_from(["", "", "address"])
    )
    def create_for_others(self, order_id: str, mode: Mode, has_door: bool, hold: str) -> None:
        """An order that its customer fetches, or a carrier takes."""
        wanted = brought_by(order(order_id), mode, depot("d1"), "4711")
        self.ask(c.CreateOrder(wanted if has_door else replace(wanted, door=None), hold))

    @rule(order_id=ORDERS, mode=st.sampled_from(Mode), by=st.sampled_from(["", "dispatcher:ann"]))
    def change_mode(self, order_id: str, mode: Mode, by: str) -> None:
        self.ask(m.ChangeMode(order_id, mode, "called", "4711", by=by))

    @rule(order_id=ORDERS, code=st.sampled_from([None, "4711", "0000"]))
    def hand_out(self, order_id: str, code: str | None) -> None:
        self.ask(m.HandOut(order_id, code))

    @rule(order_id=ORDERS, number=st.sampled_from(["1", "2"]), says=st.sampled_from([None, *m.CarrierSays]))
    def by_carrier(self, order_id: str, number: str, says: m.CarrierSays | None) -> None:
        self.ask(m.ReportCarrier(order_id, says) if says else m.HandToCarrier(order_id, "DHL", number))

    @rule(order_id=ORDERS, step=st.integers(0, 4), why=st.sampled_from(p.Refusal))
    def at_the_point(self, order_id: str, step: int, why: p.Refusal) -> None:
        commands: list[c.Command] = [
            p.ConfirmAtPoint("gate", (order_id,)),
            p.CollectOrder("gate", order_id, None),
            p.CollectOrder("gate", order_id, "000000"),
            p.RefuseAtPoint("gate", order_id, why),
            c.CancelOrder(f"{order_id}-back1", "canceled"),
        ]
        self.ask(commands[step])

    @rule(hours=st.integers(1, 5))
    def wait_for_customers(self, hours: int) -> None:
        self.now_ms += hours * 3_600_000
        self.ask(c.PassTime())

    @rule(courier_id=COURIERS)
    def fetch_from_points(self, courier_id: str) -> None:
        """What nobody collected is given to a courier, as the planner would."""
        waiting = [o.id for o in self.state.orders.values() if o.returns and o.status is OrderStatus.DISPATCHABLE]
        if waiting:
            self.ask(plan(self.state, planned(self.state, courier_id, (waiting[0],))))

    @rule(courier_id=COURIERS, order_id=ORDERS)
    def share_a_door(self, courier_id: str, order_id: str) -> None:
        """The new order is fetched first, and joins the next drop-off that has not begun."""
        now, route = planned(self.state, courier_id, ()), self.state.route(courier_id).stops
        visits = [i for i, s in enumerate(route) if s.kind is StopKind.DROPOFF and not s.started]
        if visits:
            stops = list(now.stops)
            joined = stops[visits[0]]
            stops[visits[0]] = replace(joined, order_ids=(*joined.order_ids, order_id))
            fetch = PlannedStop(StopKind.PICKUP, (order_id,), self.now_ms, self.now_ms)
            self.ask(plan(self.state, PlannedRoute(courier_id, (*stops[: visits[0]], fetch, *stops[visits[0] :]))))

    @rule(courier_id=COURIERS, pick=st.integers(0, 9), departs=st.booleans())
    def go_where_the_phone_says(self, courier_id: str, pick: int, departs: bool) -> None:
        """A phone that has not heard of the newest plan names the orders that it knows of at a stop."""
        stops = self.state.route(courier_id).stops
        if stops:
            stop = stops[pick % len(stops)]
            action = StopAction.DEPARTED if departs else StopAction.ARRIVED
            self.ask(c.ReportProgress(courier_id, stop.id, action, self.now_ms, "", stop.order_ids[:1]))

    @rule(courier_id=COURIERS, together=st.booleans())
    def place_goods(self, courier_id: str, together: bool) -> None:
        """Goods on board that have no stop get one, or one for all of them that go to one place."""
        route = self.state.route(courier_id)
        lost = [
            o
            for o in self.state.orders.values()
            if o.courier_id == courier_id and needs_dropoff(o) and o.id not in route.order_ids()
        ]
        back = [o.id for o in lost if o.status is OrderStatus.RETURNING]
        stops = [(tuple(back),)] if together and back else [((o.id,),) for o in lost]
        if stops:
            now = planned(self.state, courier_id, ())
            new = tuple(PlannedStop(StopKind.DROPOFF, ids, self.now_ms, self.now_ms) for (ids,) in stops)
            self.ask(plan(self.state, PlannedRoute(courier_id, (*now.stops, *new))))

    @rule(order_ids=st.sets(ORDERS, min_size=1, max_size=2), courier_id=COURIERS, named=st.booleans())
    def hand_over(self, order_ids: set[str], courier_id: str, named: bool) -> None:
        place = Point(60.168, 24.938) if named else None
        self.ask(c.HandOver(tuple(sorted(order_ids)), courier_id, "flat tyre", place))

    @rule(order_id=ORDERS, done=st.booleans())
    def settle(self, order_id: str, done: bool) -> None:
        self.ask(c.SettleHandOver(order_id, done, "both called"))

    @rule(courier_id=COURIERS)
    def plan_again(self, courier_id: str) -> None:
        """The planner proposes the route as it is: meetings stay, and stops are built anew."""
        self.ask(plan(self.state, planned(self.state, courier_id, ())))

    @rule(courier_id=COURIERS, order_id=ORDERS, ttl_ms=st.sampled_from([0, 60_000]))
    def give(self, courier_id: str, order_id: str, ttl_ms: int) -> None:
        self.ask(plan(self.state, planned(self.state, courier_id, (order_id,)), ttl_ms=ttl_ms))

    @rule(couriers=st.permutations(["c1", "c2", "c3"]), count=st.integers(1, 3), order_id=ORDERS)
    def offer_to_several(self, couriers: list[str], count: int, order_id: str) -> None:
        routes = tuple(planned(self.state, courier_id, (order_id,)) for courier_id in couriers[:count])
        self.ask(c.OfferToMany(self.state.plan_version, (order_id,), routes, 60_000, ("test",)))

    @rule(order_id=ORDERS)
    def create_with_a_choice(self, order_id: str) -> None:
        self.ask(c.CreateOrder(replace(order(order_id), depot_options=("d2",))))

    @rule(courier_id=COURIERS, depot_id=st.sampled_from(["d1", "d2"]), ttl_ms=st.sampled_from([0, 60_000]))
    def fetch_elsewhere(self, courier_id: str, depot_id: str, ttl_ms: int) -> None:
        """The route as it is, with every pickup at one depot."""
        now = planned(self.state, courier_id, ())
        stops = (replace(s, depot_id=depot_id) if s.kind is StopKind.PICKUP else s for s in now.stops)
        self.ask(plan(self.state, PlannedRoute(courier_id, tuple(stops)), ttl_ms=ttl_ms))

    @rule(courier_id=COURIERS, first=st.integers(0, 5), second=st.integers(0, 5))
    def resequence(self, courier_id: str, first: int, second: int) -> None:
        """The planner swaps two stops; locks, started stops and pickups before drop-offs stand against it."""
        stops = list(planned(self.state, courier_id, ()).stops)
        if max(first, second) < len(stops):
            stops[first], stops[second] = stops[second], stops[first]
            self.ask(plan(self.state, PlannedRoute(courier_id, tuple(stops))))

    @rule(courier_id=COURIERS, order_id=ORDERS, ttl_ms=st.sampled_from([0, 60_000]))
    def share_a_depot_visit(self, courier_id: str, order_id: str, ttl_ms: int) -> None:
        """The new order joins the next pickup that has not begun."""
        now = planned(self.state, courier_id, (order_id,))
        visits = [
            i for i, s in enumerate(self.state.route(courier_id).stops) if s.kind is StopKind.PICKUP and not s.started
        ]
        if visits:
            stops = list(now.stops)
            joined = stops[visits[0]]
            stops[visits[0]] = replace(joined, order_ids=(*joined.order_ids, order_id))
            stops.pop(-2)
            self.ask(plan(self.state, PlannedRoute(courier_id, tuple(stops)), ttl_ms=ttl_ms))

    @rule(giver=COURIERS, taker=COURIERS, order_id=ORDERS)
    def move(self, giver: str, taker: str, order_id: str) -> None:
        kept = [s for s in planned(self.state, giver, ()).stops if order_id not in s.order_ids]
        routes = (PlannedRoute(giver, tuple(kept)), planned(self.state, taker, (order_id,)))
        self.ask(plan(self.state, *routes))

    @rule(courier_id=COURIERS, order_id=ORDERS)
    def by_hand(self, courier_id: str, order_id: str) -> None:
        route = planned(self.state, courier_id, (order_id,))
        self.ask(c.AssignByHand(order_id, route, self.state.plan_version, "override"))

    @rule(action=st.sampled_from(OverrideAction), order_id=ORDERS, courier_id=COURIERS, lock=st.sampled_from(Lock))
    def overrule(self, action: OverrideAction, order_id: str, courier_id: str, lock: Lock) -> None:
        new = (order_id,) if action in (OverrideAction.ASSIGN, OverrideAction.SPLIT) else ()
        routes = (planned(self.state, courier_id, new),)
        etas = (EtaEffect(order_id, 0, 1, 2),)
        orders = () if action is OverrideAction.RESEQUENCE else (order_id,)
        wish = c.Overrule(action, orders, "why", courier_id, routes, lock, effects=Effects(1, etas))
        self.ask(wish)

    @rule(pick=st.integers(0, 9))
    def undo_an_override(self, pick: int) -> None:
        known = list(self.state.overrides.values())
        if known:
            override = known[-1 - pick % len(known)]
            restored = routes_to_restore(self.state, override)
            routes = tuple(PlannedRoute(each.mark.courier_id, each.mark.stops) for each in restored)
            self.ask(c.UndoOverride(override.id, "mistake", routes))

    @rule(courier_id=COURIERS, accept=st.booleans(), pick=st.integers(0, 9))
    def answer(self, courier_id: str, accept: bool, pick: int) -> None:
        mine = [o.id for o in self.state.offers.values() if o.courier_id == courier_id]
        if mine:
            offer_id = mine[pick % len(mine)]
            self.ask(c.AcceptOffer(courier_id, offer_id) if accept else c.DeclineOffer(courier_id, offer_id, "no"))

    @rule(courier_id=COURIERS, action=st.sampled_from(list(StopAction)), pick=st.integers(0, 9))
    def work(self, courier_id: str, action: StopAction, pick: int) -> None:
        stops = self.state.route(courier_id).stops
        if stops:
            self.ask(c.ReportProgress(courier_id, stops[pick % len(stops)].id, action, self.now_ms, "because"))

    @rule(
        courier_id=COURIERS,
        order_id=ORDERS,
        action=st.sampled_from(["completed", "failed"]),
        pickup=st.booleans(),
        stop_id=st.sampled_from(["old", "back-old", "hand-old", "take-old"]),
    )
    def report_late(self, courier_id: str, order_id: str, action: str, pickup: bool, stop_id: str) -> None:
        """A phone that was away reports a hand-over of any order, on no stop that the zone knows."""
        kind = StopKind.PICKUP if pickup else StopKind.DROPOFF
        done = StopAction(action)
        self.ask(c.ReportProgress(courier_id, stop_id, done, self.now_ms - 60_000, "because", (order_id,), kind))

    @rule(courier_id=COURIERS)
    def undo(self, courier_id: str) -> None:
        finished = self.state.route(courier_id).finished
        if finished:
            self.ask(c.UndoStop(courier_id, finished.stop.id, self.now_ms, 30_000))

    @rule(order_id=ORDERS, courier_id=COURIERS, sender=st.sampled_from(list(Party)), to=st.sampled_from(list(Party)))
    def write(self, order_id: str, courier_id: str, sender: Party, to: Party) -> None:
        self.ask(c.PostMessage("m", order_id, sender, to, "hello", courier_id))

    @rule(pick=st.integers(0, 9))
    def resolve(self, pick: int) -> None:
        cases = list(self.state.cases)
        if cases:
            self.ask(k.ResolveCase(cases[pick % len(cases)], "seen"))

    @rule(courier_id=COURIERS, duty=st.sampled_from(list(Duty)))
    def duty(self, courier_id: str, duty: Duty) -> None:
        self.ask(c.SetDuty(courier_id, duty))

    @rule(order_id=ORDERS, what=st.integers(0, 6))
    def meddle(self, order_id: str, what: int) -> None:
        commands: list[c.Command] = [
            c.CancelOrder(order_id, "canceled"),
            c.ReleaseHold(order_id),
            c.UnassignByHand(order_id, "override"),
            c.LockOrder(order_id, Lock.COURIER, ""),
            c.ResolveAttempt(order_id, "retry", ""),
            c.ResolveAttempt(order_id, "return", ""),
            c.ResolveAttempt(order_id, "returned", ""),
        ]
        self.ask(commands[what])

    @rule(seconds=st.integers(1, 90))
    def pass_time(self, seconds: int) -> None:
        self.now_ms += seconds * 1000
        self.ask(c.PassTime())

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "state"):
            assert violations(self.state) == []

    @invariant()
    def the_state_can_be_rebuilt(self) -> None:
        if hasattr(self, "state"):
            s = self.state
            entities = [
                *s.orders.values(),
                *s.couriers.values(),
                *s.depots.values(),
                *s.offers.values(),
                *s.routes.values(),
                *s.cases.values(),
                *s.overrides.values(),
                *(message for thread in s.messages.values() for message in thread),
            ]
            again = rebuilt(s.zone_id, s.plan_version, entities)
            assert (again.orders, again.routes, again.offers) == (s.orders, s.routes, s.offers)
            assert (again.cases, again.messages, again.overrides) == (s.cases, s.messages, s.overrides)
            assert (again.at_points, again.at_depots) == (s.at_points, s.at_depots)


TestZoneMachine = ZoneMachine.TestCase
TestZoneMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
