"""The windows that a customer can choose from."""

from dataclasses import replace

from dispatch.domain.courier import Account
from dispatch.domain.windows import AHEAD_MS, SLOT_MS, Window, windows_ahead, works_until_ms
from tests.support.zones import MINUTE_MS, NOON_MS, courier


def test_windows_are_half_hours_ahead_that_can_be_kept() -> None:
    """The first has not begun, and does not end before anybody could be there."""
    soon = windows_ahead(NOON_MS + 7 * MINUTE_MS, NOON_MS + 20 * MINUTE_MS, 0)
    assert soon[0] == Window(NOON_MS + SLOT_MS, NOON_MS + 2 * SLOT_MS)
    assert len(soon) == AHEAD_MS // SLOT_MS
    far = windows_ahead(NOON_MS, NOON_MS + 100 * MINUTE_MS, 0)
    assert far[0] == Window(NOON_MS + 3 * SLOT_MS, NOON_MS + 4 * SLOT_MS)


def test_no_window_begins_after_the_last_shift() -> None:
    """Who ends at one o'clock can still set off to a window that begins then."""
    assert [w.earliest_at_ms - NOON_MS for w in windows_ahead(NOON_MS, NOON_MS, NOON_MS + 2 * SLOT_MS)] == [
        SLOT_MS,
        2 * SLOT_MS,
    ]
    assert windows_ahead(NOON_MS, NOON_MS, NOON_MS) == ()


def test_the_zone_works_until_its_last_courier_ends() -> None:
    """An open end is one; who is suspended or has ended does not count; where nobody is known, nobody ends."""
    one, two = (replace(courier(each), shift_end_at_ms=NOON_MS + n) for n, each in ((5, "c1"), (9, "c2")))
    assert works_until_ms([one, two], NOON_MS) == NOON_MS + 9
    assert works_until_ms([one, courier("c3")], NOON_MS) == 0
    assert works_until_ms([one, replace(two, account=Account.SUSPENDED)], NOON_MS) == NOON_MS + 5
    assert works_until_ms([one], NOON_MS + 60) == NOON_MS + 60
    assert works_until_ms([], NOON_MS) == 0
