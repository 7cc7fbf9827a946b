"""Pairing orders with couriers, all together."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.planning.assignment import cheapest_pairs


def test_the_pairing_is_cheapest_for_all_together() -> None:
    """Both want courier x; who would lose less goes to y, although that is the dearer choice for that order alone."""
    costs = {"a": {"x": 10.0, "y": 100.0}, "b": {"x": 11.0, "y": 20.0}}
    assert cheapest_pairs(costs) == {"a": "x", "b": "y"}


def test_nobody_is_left_out_for_a_price() -> None:
    """A dear pair is still a pair; an order without a free courier is left out; nothing to pair is no error."""
    assert cheapest_pairs({"a": {"x": 1.0}, "b": {"x": -50.0, "y": 90_000.0}}) == {"a": "x", "b": "y"}
    assert cheapest_pairs({"a": {"x": 5.0}, "b": {"x": 1.0}, "c": {}}) == {"b": "x"}
    assert cheapest_pairs({}) == {}


@given(st.lists(st.lists(st.integers(-500, 500), min_size=4, max_size=4), min_size=1, max_size=4))
def test_it_equals_trying_every_pairing(matrix: list[list[int]]) -> None:
    """The total cost is the least of all permutations, negative costs included."""
    costs = {f"o{o}": {f"c{c}": float(cost) for c, cost in enumerate(row)} for o, row in enumerate(matrix)}
    pairs = cheapest_pairs(costs)
    assert len(pairs) == len(set(pairs.values())) == len(matrix)
    least = min(sum(row[c] for row, c in zip(matrix, chosen, strict=False)) for chosen in permutations(range(4)))
    assert sum(costs[order][courier] for order, courier in pairs.items()) == least
