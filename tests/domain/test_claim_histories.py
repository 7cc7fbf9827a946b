"""Whatever happens to claims in whatever order: goods are where they say, and nothing is claimed or counted twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from dispatch.domain import claim_commands as cc
from dispatch.domain import commands as c
from dispatch.domain import stock_commands as s
from dispatch.domain.claim import GIVEN_UP, Claim, ClaimKind, ClaimReason, ClaimStatus, ReceivedLine
from dispatch.domain.claim_orders import HELD_FOR_EXCHANGE
from dispatch.domain.order import Direction, Line, OrderStatus
from tests.domain.test_stock_histories import World
from tests.support.zones import NOON_MS, order, plan, planned

KINDS = tuple(ClaimKind)


class Shop(World):
    """A zone in which customers change their minds; the books are those of `World`."""

    def __init__(self) -> None:
        super().__init__()
        self.claims = 0

    def _check(self) -> None:
        super()._check()
        claimed = Counter[tuple[str, int]]()
        for claim in self.state.claims.values():
            for line in () if claim.status in GIVEN_UP else claim.lines:
                claimed[claim.order_id, line.line] += line.quantity
        for (order_id, number), pieces in claimed.items():
            assert pieces <= self.state.orders[order_id].lines[number].quantity
        for each in self.state.orders.values():
            assert not each.claim_id or each.claim_id in self.state.claims

    def _claim(self, number: int, *statuses: ClaimStatus) -> Claim | None:
        found = [claim for claim in self.state.claims.values() if claim.status in statuses]
        return found[number % len(found)] if found else None

    def _linked(self, claim: Claim, direction: Direction, hold: str = "") -> cc.LinkedOrder:
        self.orders += 1
        lines = tuple(Line(line.name, line.quantity, sku=line.sku) for line in claim.lines)
        made = replace(order(f"o{self.orders}"), depot_id=claim.depot_id, lines=lines, direction=direction)
        return cc.LinkedOrder(made, hold)

    def give_any(self, depot: int, sku: int, pieces: int) -> None:
        fetched = [
            each
            for each in self.state.orders.values()
            if each.direction is Direction.RETURN and each.status is OrderStatus.DISPATCHABLE
        ]
        if not fetched:
            return self.give(depot, sku, pieces)
        given = fetched[sku % len(fetched)].id
        self.ask(plan(self.state, planned(self.state, f"c{depot % 2 + 1}", (given,))))

    def ride(self, depot: int, sku: int, pieces: int) -> None:
        """Nobody fails at a door here: that is told by `World`."""
        super().ride(depot, sku, pieces - 2 if pieces % 4 == 3 else pieces)

    def request(self, depot: int, sku: int, pieces: int) -> None:
        bought = [each for each in self.state.orders.values() if each.status is OrderStatus.DELIVERED]
        if bought:
            self.claims += 1
            about = bought[sku % len(bought)].id
            lines = ((0, pieces % 3 + 1),)
            kind = KINDS[depot % 3]
            self.ask(cc.RequestClaim(f"k{self.claims}", about, kind, ClaimReason.QUALITY, lines))

    def approve(self, depot: int, sku: int, pieces: int) -> None:
        if claim := self._claim(depot, ClaimStatus.REQUESTED):
            back = self._linked(claim, Direction.RETURN)
            exchanged = claim.kind is ClaimKind.EXCHANGE
            other = self._linked(claim, Direction.DELIVERY, HELD_FOR_EXCHANGE) if exchanged else None
            self.ask(cc.ApproveClaim(claim.id, back, other))

    def give_up(self, depot: int, sku: int, pieces: int) -> None:
        if claim := self._claim(depot, *ClaimStatus):
            self.ask(cc.WithdrawClaim(claim.id) if pieces % 2 else cc.RefuseClaim(claim.id, "no"))

    def take_in(self, depot: int, sku: int, pieces: int) -> None:
        if claim := self._claim(depot, ClaimStatus.APPROVED, ClaimStatus.COLLECTING):
            came = claim.lines[0].quantity
            lines = (ReceivedLine(0, came - min(came, sku), min(came, sku), "back"),)
            lines = () if claim.kind is ClaimKind.REPAIR else lines
            self.ask(cc.ReceiveClaim(claim.id, lines, NOON_MS + 1))

    def send(self, depot: int, sku: int, pieces: int) -> None:
        if claim := self._claim(depot, ClaimStatus.RECEIVED):
            self.ask(cc.SendForClaim(claim.id, self._linked(claim, Direction.DELIVERY)))

    def let_time_pass(self, depot: int, sku: int, pieces: int) -> None:
        self.ask(c.PassTime())


ACTS: tuple[Callable[..., None], ...] = (
    *(Shop.create, Shop.receive, Shop.give_any, Shop.give_any, Shop.ride, Shop.ride, Shop.ride, Shop.ride, Shop.undo),
    *(Shop.cancel, Shop.release, Shop.bring_back, Shop.write_off, Shop.request, Shop.request, Shop.request),
    *(Shop.approve, Shop.approve, Shop.give_up, Shop.take_in, Shop.take_in, Shop.send, Shop.let_time_pass),
)
STEP = st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(0, 3), st.integers(1, 6))


def sold() -> Shop:
    """A shop that has just sold something."""
    shop = Shop()
    shop.ask(s.ReceiveStock("d1", (s.StockLine("charger", 9), s.StockLine("cable", 9))))
    shop.create(0, 0, 4)
    shop.give(0, 0, 1)
    for _ in range(2):
        shop.ride(0, 0, 4)
        shop.ride(0, 0, 1)
    assert shop.state.orders["o1"].status is OrderStatus.DELIVERED
    return shop


@settings(max_examples=120)
@for_all(st.lists(STEP, min_size=20, max_size=60))
def test_claims_stand_where_their_goods_are_whatever_happens(
    steps: list[tuple[Callable[..., None], int, int, int]],
) -> None:
    """Customers, support, couriers and depots in any order; the books are right after each step."""
    shop = sold()
    for act, depot, sku, pieces in steps:
        act(shop, depot, sku, pieces)


def test_the_histories_come_far() -> None:
    """The acts above are no refusals only: an exchange is asked for, granted, fetched, received, brought, and done."""
    shop = sold()
    shop.request(1, 0, 1)
    shop.approve(0, 0, 1)
    shop.give_any(0, 0, 1)
    for pieces in (4, 1, 4, 1):
        shop.ride(0, 0, pieces)
    shop.take_in(0, 1, 1)
    shop.give_any(0, 0, 1)
    for pieces in (4, 1, 4, 1):
        shop.ride(0, 0, pieces)
    assert shop.state.claims["k1"].status is ClaimStatus.DONE
