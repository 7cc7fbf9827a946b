"""The arithmetic of a shelf: lots in the order in which they expire, and pieces that are promised."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain.shelf import Lot, Shelf, Sku
from tests.support.zones import NOON_MS

DAY_MS = 24 * 3_600_000
MILK = Shelf("d1", "milk", (Lot("tue", 4, NOON_MS + DAY_MS), Lot("wed", 6, NOON_MS + 2 * DAY_MS), Lot("dry", 5)))
PAST = Lot("sun", 3, NOON_MS)


def quantities(shelf: Shelf) -> dict[str, int]:
    return {lot.id: lot.quantity for lot in shelf.lots}


def test_first_expired_first_out_and_what_never_expires_last() -> None:
    """Whatever came when; an emptied lot is gone."""
    shelf = Shelf("d1", "milk")
    for lot in (MILK.lots[2], MILK.lots[1], MILK.lots[0]):
        shelf = shelf.with_more(lot)
    assert shelf == MILK
    left, gone = shelf.without(7, NOON_MS)
    assert [(lot.id, lot.quantity) for lot in gone] == [("tue", 4), ("wed", 3)]
    assert quantities(left) == {"wed": 3, "dry": 5}


def test_what_has_expired_is_promised_to_nobody_and_leaves_last() -> None:
    """It still lies there, until somebody writes it off by the name of its lot."""
    shelf = MILK.with_more(PAST).promised(2)
    assert (shelf.on_hand, shelf.free(NOON_MS)) == (18, 13)
    assert quantities(shelf.without(15, NOON_MS)[0]) == {"sun": 3}
    left, gone = shelf.without(3, NOON_MS, "sun")
    assert gone == (PAST,) and left.on_hand == 15 and left.free(NOON_MS) == 13


def test_no_more_leaves_than_lies_there() -> None:
    """Of a named lot no more than that lot has."""
    left, gone = MILK.without(99, NOON_MS)
    assert left.lots == () and sum(lot.quantity for lot in gone) == 15
    assert MILK.without(9, NOON_MS, "tue")[1] == (MILK.lots[0],)
    assert MILK.without(1, NOON_MS, "no such lot") == (MILK, ())


def test_a_count_says_what_is_there() -> None:
    """Of a known lot, of one that nobody knew, and none at all."""
    assert quantities(MILK.with_exactly("tue", 1)) == {"tue": 1, "wed": 6, "dry": 5}
    found = MILK.with_exactly("mon", 2, NOON_MS + 1)
    assert found.lots[0] == Lot("mon", 2, NOON_MS + 1)
    assert quantities(found.with_exactly("mon", 0)) == quantities(MILK)


@pytest.mark.parametrize(("sku_low", "shelf_low", "promised", "low"), [(0, -1, 14, False), (3, -1, 12, False)])
def test_low_is_fewer_than_the_threshold(sku_low: int, shelf_low: int, promised: int, low: bool) -> None:
    """The shelf's own threshold counts where it has one; of what nobody watches only fewer than none are low."""
    sku, shelf = Sku("milk", "Milk", low_at=sku_low), Shelf("d1", "milk", MILK.lots, promised, shelf_low)
    assert shelf.is_low(sku, NOON_MS) is low
    assert shelf.promised(1).is_low(sku, NOON_MS) is (sku_low > 0)
    assert shelf.promised(16 - promised).is_low(sku, NOON_MS)
    assert Shelf("d1", "milk", MILK.lots, promised, 99).is_low(sku, NOON_MS)
    assert not Shelf("d1", "milk", MILK.lots, promised, 0).is_low(sku, NOON_MS)


@for_all(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 3))), st.integers(0, 40))
def test_no_piece_is_lost_or_made(arrivals: list[tuple[str, int, int]], leaving: int) -> None:
    """What came in either lies there or left, lot by lot."""
    shelf = Shelf("d1", "milk")
    for lot_id, quantity, days in arrivals:
        shelf = shelf.with_more(Lot(lot_id, quantity, days and NOON_MS + days * DAY_MS))
    left, gone = shelf.without(leaving, NOON_MS)
    came = sum(quantity for _, quantity, _ in arrivals)
    assert left.on_hand + sum(lot.quantity for lot in gone) == came
    assert sum(lot.quantity for lot in gone) == min(leaving, came)
    for lot in gone:
        left = left.with_more(lot)
    assert quantities(left) == quantities(shelf)
