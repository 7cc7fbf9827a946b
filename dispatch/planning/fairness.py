"""Who should have the next order, other things being equal: what one more order costs with a courier.

Couriers are often guaranteed a pay by the hour and earn by the order beyond it. As long as a courier stays below the
guarantee, their next order costs nobody anything; beyond it, it costs a whole order's pay. Which of the two holds is
known at the end of the shift only, so the price is that of an order times the probability that the courier ends above
the guarantee: a logistic curve of the orders expected by then over the orders that the guarantee pays for.

The expectation counts on the zone's pace from now on. That matters: on a busy day everybody ends above the guarantee,
and a price that looked at the count so far alone would send the far courier who has just begun instead of the near one.
"""

from math import exp


def expected_orders(taken: int, orders_per_hour: float, left_h: float) -> float:
    """How many orders a courier will have had at the end of the shift, at the zone's pace per courier from now on."""
    return taken + orders_per_hour * max(0.0, left_h)


def order_price_s(expected: float, guaranteed: float, price_s: float, spread: float) -> float:
    """What one more order costs with a courier, in seconds of riding: 0 to `price_s`.

    `expected` orders at the end of the shift, `guaranteed` orders paid for in any case. `spread` is how many orders the
    expectation may be wrong by.
    """
    above = (expected - guaranteed) / spread
    return price_s / (1.0 + exp(-max(-50.0, min(50.0, above))))
