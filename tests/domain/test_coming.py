"""What was ordered and has not come: announced by day, gone when it comes, and nobody's until then."""

import pytest

from dispatch.domain import stock
from dispatch.domain import stock_commands as s
from dispatch.domain.claim import ReceivedLine
from dispatch.domain.claim_commands import ReceiveClaim
from dispatch.domain.demand import shelf_hours
from dispatch.domain.events import StockChanged
from dispatch.domain.shelf import Coming, Shelf, StockMove
from dispatch.domain.zone import ZoneState
from tests.domain.test_claims import arrived
from tests.domain.test_stock import DAY_MS, create, figures, shelf, state_of, stocked, wanting
from tests.support.zones import NOON_MS, ask, refused

MONDAY, TUESDAY = NOON_MS + DAY_MS, NOON_MS + 2 * DAY_MS


def announce(state: ZoneState, *days: tuple[int, int], at_ms: int = NOON_MS) -> list[StockChanged]:
    """Say for d1 how many chargers come on which days; the changes of the shelf."""
    lines = tuple(s.ComingLine("charger", pieces, due_ms) for due_ms, pieces in days)
    events = ask(state, s.AnnounceStock("d1", lines, "order 7"), at_ms)
    return [event for event in events if isinstance(event, StockChanged)]


def receive(state: ZoneState, pieces: int, at_ms: int = NOON_MS) -> None:
    ask(state, s.ReceiveStock("d1", (s.StockLine("charger", pieces),)), at_ms)


def test_pieces_are_announced_by_day() -> None:
    """The first to come first; a day is said anew, and 0 takes it back. The same again is no news."""
    state = stocked(2)
    told = announce(state, (TUESDAY, 5), (MONDAY, 3))
    assert [(each.move, each.quantity, each.note) for each in told] == [
        (StockMove.ANNOUNCED, 5, "order 7"),
        (StockMove.ANNOUNCED, 3, "order 7"),
    ]
    assert shelf(state).coming == (Coming(MONDAY, 3), Coming(TUESDAY, 5))
    assert announce(state, (MONDAY, 3)) == []
    announce(state, (MONDAY, 4), (TUESDAY, 0))
    assert shelf(state).coming == (Coming(MONDAY, 4),)
    assert figures(state) == (2, 0, 2), "what is to come can be promised to nobody"


def test_what_comes_was_the_first_to_come() -> None:
    """Part of a delivery leaves the rest expected, more than one takes from the next, and more than all is welcome."""
    state = stocked(0)
    announce(state, (MONDAY, 3), (TUESDAY, 5))
    receive(state, 2)
    assert shelf(state).coming == (Coming(MONDAY, 1), Coming(TUESDAY, 5))
    receive(state, 3)
    assert shelf(state).coming == (Coming(TUESDAY, 3),)
    receive(state, 10)
    assert shelf(state).coming == () and figures(state) == (15, 0, 15)


def test_a_split_delivery_was_announced_where_it_goes() -> None:
    """Each depot's part counts for that depot; a count or a transfer is no delivery."""
    state = stocked(1, other_depot=3)
    announce(state, (MONDAY, 4))
    ask(state, s.TransferStock("d2", "d1", (s.StockLine("charger", 1),)))
    ask(state, s.CountStock("d1", (s.StockLine("charger", 9, "A"),)))
    assert shelf(state).coming == (Coming(MONDAY, 4),)
    ask(state, s.AllocateStock("charger", (s.Part("d1", 3), s.Part("d2", 5))))
    assert shelf(state).coming == (Coming(MONDAY, 1),)


def test_goods_that_a_customer_gave_back_were_not_the_delivery() -> None:
    """They lie there again, and the delivery is still to come."""
    state = arrived()
    announce(state, (MONDAY, 3))
    ask(state, ReceiveClaim("k1", (ReceivedLine(0, 2, 0),), TUESDAY))
    assert shelf(state).on_hand == 9 and shelf(state).coming == (Coming(MONDAY, 3),)


def test_an_order_waits_until_it_is_there() -> None:
    """Held for stock while the goods are on their way; it goes on when they come."""
    state = stocked(0)
    announce(state, (MONDAY, 3))
    create(state, wanting("o1"))
    assert state_of(state, "o1") == ("held", "stock")
    receive(state, 3)
    assert state_of(state, "o1") == ("dispatchable", "")


def test_a_good_that_was_never_there_is_no_alarm() -> None:
    """It is announced: that is neither demand nor a shelf that went low."""
    state = stocked(0)
    (told,) = announce(state, (MONDAY, 3))
    assert told.shelf.low_since_ms == 0 and not told.went_low
    assert shelf_hours([(NOON_MS, told)]) == []


def test_what_is_overdue_is_not_counted_on() -> None:
    """Nor what comes too late."""
    held = Shelf("d1", "charger", coming=(Coming(MONDAY, 3), Coming(TUESDAY, 5)))
    assert [held.expects(NOON_MS, until_ms) for until_ms in (MONDAY - 1, MONDAY, TUESDAY)] == [0, 3, 8]
    assert [held.expects(now_ms, TUESDAY) for now_ms in (MONDAY - 1, MONDAY, TUESDAY)] == [8, 5, 0]


def test_what_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it happens. A day that is over may still be taken back."""
    state = stocked(1)
    line = s.ComingLine("charger", 1, MONDAY)
    for lines, code in (
        ((s.ComingLine("charger", -1, MONDAY),), "bad_quantity"),
        ((s.ComingLine("charger", stock.MOST_PIECES + 1, MONDAY),), "bad_quantity"),
        ((s.ComingLine("charger", 1, NOON_MS),), "day_over"),
        ((line, line), "day_twice"),
        ((s.ComingLine("phone", 1, MONDAY),), "unknown_sku"),
    ):
        assert refused(state, s.AnnounceStock("d1", lines)) == code
    assert refused(state, s.AnnounceStock("d9", (line,))) == "unknown_depot"
    monkeypatch.setattr(stock, "MOST_COMING", 1)
    announce(state, (MONDAY, 3))
    assert refused(state, s.AnnounceStock("d1", (s.ComingLine("charger", 1, TUESDAY),))) == "too_many_coming"
    announce(state, (MONDAY, 0), at_ms=TUESDAY)
    assert shelf(state).coming == ()
