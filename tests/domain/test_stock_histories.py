"""Whatever happens in whatever order: no piece is lost or made, and never more is promised than there is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import mode_commands as m
from dispatch.domain import stock_commands as s
from dispatch.domain.allotment import needs
from dispatch.domain.errors import DomainError
from dispatch.domain.fulfilment import Mode
from dispatch.domain.invariants import violations
from dispatch.domain.order import HoldState, Line, OrderStatus
from dispatch.domain.shelf import Sku, StockMove
from dispatch.domain.zone import ZoneState
from tests.support.zones import NOON_MS, ask, order, plan, planned, zone

SKUS, DEPOTS = ("charger", "cable"), ("d1", "d2")
IN, OUT = {StockMove.RECEIVED, StockMove.ARRIVED}, {StockMove.WRITTEN_OFF, StockMove.SENT}


class World:
    """A zone, and what its ledger says there must be."""

    def __init__(self) -> None:
        self.state: ZoneState = zone(couriers=2)
        ask(self.state, s.RegisterSkus(tuple(Sku(sku, sku) for sku in SKUS)))
        self.books = Counter[tuple[str, str]]()
        self.orders = 0

    def ask(self, command: c.Command) -> None:
        """Decide it; what is refused changes nothing. The ledger alone says what lies where."""
        try:
            events = ask(self.state, command)
        except DomainError:
            return
        for event in events:
            if isinstance(event, e.StockChanged):
                self._book(event)
        self._check()

    def _book(self, event: e.StockChanged) -> None:
        shelf = (event.shelf.depot_id, event.shelf.sku)
        if event.move in IN or event.move is StockMove.COUNTED:
            self.books[shelf] += event.quantity
        elif event.move in OUT:
            self.books[shelf] -= event.quantity

    def _check(self) -> None:
        assert violations(self.state) == []
        away = Counter[tuple[str, str]]()
        for each in self.state.orders.values():
            if each.stock and each.stock.state is HoldState.OUT:
                for taken in each.stock.taken:
                    away[each.stock.depot_id, taken.sku] += taken.quantity
                left = Counter({sku: -pieces for sku, pieces in needs(each).items()})
                left.update({sku: sum(t.quantity for t in each.stock.taken if t.sku == sku) for sku in SKUS})
                assert max(left.values()) <= 0, "nobody takes more than was ordered"
        for depot_id in DEPOTS:
            for sku in SKUS:
                shelf = self.state.shelves.get(f"{depot_id}/{sku}")
                there = shelf.on_hand if shelf else 0
                assert there + away[depot_id, sku] == self.books[depot_id, sku], (depot_id, sku)

    # --- what may happen -----------------------------------------------------------------------------------------

    def create(self, depot: int, sku: int, pieces: int) -> None:
        self.orders += 1
        lines = (Line("x", pieces // 2 + 1, sku=SKUS[sku % 2]), *(() if pieces % 3 else (Line("y", 1, sku="cable"),)))
        wanted = replace(order(f"o{self.orders}"), depot_id=DEPOTS[depot % 2], lines=lines)
        options = (DEPOTS[(depot + 1) % 2],) if pieces % 2 else ()
        hold = "payment" if sku == 3 else ""
        self.ask(c.CreateOrder(replace(wanted, depot_options=options), hold, pieces == 5))

    def give(self, depot: int, sku: int, pieces: int) -> None:
        waiting = [each for each in self.state.orders.values() if each.status is OrderStatus.DISPATCHABLE]
        if waiting:
            given = waiting[sku % len(waiting)]
            route = planned(self.state, f"c{depot % 2 + 1}", (given.id,))
            chosen = (*given.depot_options, given.depot_id)[0]
            stops = (*route.stops[:-2], replace(route.stops[-2], depot_id=chosen), route.stops[-1])
            self.ask(plan(self.state, replace(route, stops=stops)))

    def ride(self, depot: int, sku: int, pieces: int) -> None:
        route = self.state.route(f"c{depot % 2 + 1}")
        if route.stops:
            actions = (c.StopAction.ARRIVED, c.StopAction.COMPLETED, c.StopAction.COMPLETED, c.StopAction.FAILED)
            why = "nobody_there" if pieces % 4 == 3 else ""
            self.ask(c.ReportProgress(route.courier_id, route.stops[0].id, actions[pieces % 4], NOON_MS, why))

    def undo(self, depot: int, sku: int, pieces: int) -> None:
        finished = self.state.route(f"c{depot % 2 + 1}").finished
        if finished:
            self.ask(c.UndoStop(f"c{depot % 2 + 1}", finished.stop.id, NOON_MS, 30_000))

    def _any(self, number: int) -> str:
        return f"o{number % max(1, self.orders) + 1}"

    def cancel(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(c.CancelOrder(self._any(depot + 3 * pieces), "no more"))

    def another_way(self, depot: int, sku: int, pieces: int) -> None:
        order_id, mode = self._any(depot + 3 * pieces), tuple(Mode)[sku % 3]
        self.ask(m.ChangeMode(order_id, mode, "called", "4711", by="dispatcher:ann"))

    def fetched_or_sent(self, depot: int, sku: int, pieces: int) -> None:
        order_id = self._any(pieces)
        self.ask((m.HandOut(order_id), m.HandToCarrier(order_id, "DHL", "1"))[depot % 2])

    def carrier(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(m.ReportCarrier(self._any(pieces), tuple(m.CarrierSays)[sku % 5]))

    def release(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(c.ReleaseHold(self._any(depot + 3 * pieces)))

    def bring_back(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(c.ResolveAttempt(self._any(pieces), ("return", "returned", "retry")[depot % 3], "because"))

    def receive(self, depot: int, sku: int, pieces: int) -> None:
        line = s.StockLine(SKUS[sku % 2], pieces, f"L{depot}", (depot % 3) and NOON_MS + depot * 1_000)
        self.ask(s.ReceiveStock(DEPOTS[depot % 2], (line,)))

    def count(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(s.CountStock(DEPOTS[depot % 2], (s.StockLine(SKUS[sku % 2], pieces - 1, f"L{depot}"),)))

    def write_off(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(s.WriteOffStock(DEPOTS[depot % 2], (s.StockLine(SKUS[sku % 2], pieces),), "broken"))

    def transfer(self, depot: int, sku: int, pieces: int) -> None:
        line = s.StockLine(SKUS[sku % 2], pieces)
        self.ask(s.TransferStock(DEPOTS[depot % 2], DEPOTS[(depot + 1) % 2], (line,)))


ACTS: tuple[Callable[[World, int, int, int], None], ...] = (
    *(World.create, World.create, World.receive, World.receive, World.give, World.ride, World.ride, World.ride),
    *(World.undo, World.cancel, World.release, World.bring_back, World.count, World.write_off, World.transfer),
    *(World.another_way, World.another_way, World.fetched_or_sent, World.fetched_or_sent, World.carrier),
)
STEP = st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(0, 3), st.integers(1, 6))


@settings(max_examples=150)
@for_all(st.lists(STEP, min_size=20, max_size=60))
def test_the_books_are_right_whatever_happens(steps: list[tuple[Callable[..., None], int, int, int]]) -> None:
    """Orders, couriers, counts and losses in any order; who may wait does, before anybody is promised too much."""
    world = World()
    for act, depot, sku, pieces in steps:
        act(world, depot, sku, pieces)


def test_the_histories_come_far() -> None:
    """The acts above are no refusals only: goods are handed over, and come back to their shelf."""
    world = World()
    script = [(World.receive, 0, 0, 6), (World.receive, 0, 1, 6), (World.create, 0, 0, 1), (World.give, 0, 0, 1)]
    script += [(World.ride, 0, 0, pieces) for pieces in (4, 1, 4, 3)]
    script += [(World.bring_back, 0, 0, 6), (World.bring_back, 1, 0, 6)]
    for act, depot, sku, pieces in script:
        act(world, depot, sku, pieces)
    (held,) = world.state.orders.values()
    reached = {status for status, _ in held.timeline}
    assert {OrderStatus.PICKED_UP, OrderStatus.ATTEMPT_FAILED, OrderStatus.RETURNED} <= reached
    assert held.stock and held.stock.state is HoldState.BACK and world.state.shelves["d1/charger"].on_hand == 6
