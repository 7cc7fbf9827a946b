"""What one more order costs with a courier who is guaranteed a pay by the hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.planning.fairness import expected_orders, order_price_s

COUNTS = st.floats(0, 60)


def test_the_rest_of_the_shift_goes_by_the_pace() -> None:
    """Three orders so far, two hours left at 1.5 an hour: six. Beyond the shift's end nothing is added."""
    assert expected_orders(3, 1.5, 2.0) == 6
    assert expected_orders(3, 1.5, -0.2) == 3


def test_an_order_below_the_guarantee_is_nearly_free_and_one_beyond_it_is_not() -> None:
    """Six expected: guaranteed twelve, it costs next to nothing; guaranteed six, half; guaranteed none, all of it."""
    prices = [order_price_s(6, guaranteed, 240, 1) for guaranteed in (12, 6, 0)]
    assert prices == pytest.approx([0.6, 120, 239.4], abs=0.1)


@given(COUNTS, COUNTS, st.floats(0, 1_000), st.floats(0.1, 5), st.floats(0.1, 10))
def test_whoever_has_more_costs_no_less(
    expected: float, guaranteed: float, price_s: float, spread: float, more: float
) -> None:
    """Between nothing and the price, and never falling with the orders expected."""
    low, high = (order_price_s(e, guaranteed, price_s, spread) for e in (expected, expected + more))
    assert 0 <= low <= high <= price_s
