"""Which numbers have arrived: compared with a plain set."""

from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.received import MAX_RANGES, ReceivedNumbers

RANGES = st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(RANGES, max_size=40))
def test_each_number_is_new_once(arrivals: list[tuple[int, int]]) -> None:
    """What is reported as new is what a set did not hold, ascending; the ack stops at the first hole."""
    received, seen = ReceivedNumbers(), set[int]()
    for first, last in arrivals:
        fresh = [number for low, high in received.add(first, last) for number in range(low, high + 1)]
        assert fresh == sorted(set(range(first, last + 1)) - seen)
        seen.update(fresh)
        assert received.contiguous == next(number for number in range(71) if number + 1 not in seen)


def test_the_ranges_beyond_a_hole_are_bounded() -> None:
    """One range too many is left unacknowledged; filling the first hole makes room again."""
    received = ReceivedNumbers()
    for number in range(MAX_RANGES):
        assert received.add(3 + 2 * number, 3 + 2 * number)
    assert received.add(1_001, 1_001) == []
    assert received.add(5, 5) == []
    assert received.add(1, 2) == [(1, 2)]
    assert received.contiguous == 3
    assert received.add(1_001, 1_001) == [(1_001, 1_001)]
