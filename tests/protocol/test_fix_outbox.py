"""The fixes that a phone owes: newest first, bounded, numbered without a hole, kept until acknowledged."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from courier_protocol.errors import RemoteProtocolError
from courier_protocol.fix_outbox import FixOutbox
from courier_protocol.messages import MAX_FIXES_PER_BATCH, Fix, Positions
from courier_protocol.received import ReceivedNumbers


def fix(number: int) -> Fix:
    return Fix(at_ms=number, lat=0.0, lon=0.0)


def drain(outbox: FixOutbox) -> list[Positions]:
    return list(iter(outbox.next_batch, None))


def test_a_backlog_goes_newest_batch_first_then_from_the_oldest() -> None:
    """So the marker is right at once and the ack rises steadily; the numbers follow the order of time."""
    outbox = FixOutbox()
    for number in range(350):
        outbox.add(fix(number))
    outbox.restart()
    assert [(batch.seq, batch.fixes[0].at_ms, len(batch.fixes)) for batch in drain(outbox)] == [
        (301, 300, 50),
        (1, 0, 100),
        (101, 100, 100),
        (201, 200, 100),
    ]


def test_a_new_fix_overtakes_the_backlog() -> None:
    """What is newest is sent next."""
    outbox = FixOutbox()
    for number in range(250):
        outbox.add(fix(number))
    outbox.restart()
    assert outbox.next_batch()
    outbox.add(fix(999))
    batch = outbox.next_batch()
    assert batch == Positions(seq=251, fixes=(fix(999),))


def test_the_oldest_without_a_number_make_room() -> None:
    """The bound costs the oldest fixes and leaves no hole in the numbers."""
    outbox = FixOutbox(max_kept=3)
    outbox.restart()
    for number in range(5):
        outbox.add(fix(number))
    assert outbox.dropped == 2
    assert drain(outbox) == [Positions(seq=1, fixes=(fix(2), fix(3), fix(4)))]
    for number in range(5, 9):
        outbox.add(fix(number))
    assert drain(outbox) == []
    outbox.ack(3)
    assert drain(outbox) == [Positions(seq=4, fixes=(fix(6), fix(7), fix(8)))]
    outbox.add(fix(9))
    outbox.restart()
    assert drain(outbox) == [Positions(seq=1, fixes=(fix(7), fix(8), fix(9)))]
    assert outbox.dropped == 4


@pytest.mark.parametrize("seq", [101, 350])
def test_an_ack_of_what_was_not_sent_is_the_servers_error(seq: int) -> None:
    """Numbers that wait to be sent, and numbers that do not exist, cannot have arrived."""
    outbox = FixOutbox()
    for number in range(300):
        outbox.add(fix(number))
    outbox.restart()
    for _ in range(2):
        outbox.next_batch()
    outbox.ack(100)
    with pytest.raises(RemoteProtocolError):
        outbox.ack(seq)
    assert len(outbox) == 200


@given(st.lists(st.sampled_from(["add", "send", "ack", "restart"]), max_size=200), st.integers(1, 12))
@example(["add", "add", "send", "add", "add", "add", "send", "add", "add"], 3)
@example(["add", "restart", "add", "send", "ack"], 2)
def test_nothing_is_lost_but_by_the_bound(doings: list[str], max_kept: int) -> None:
    """Whatever happens in whatever order: acked + dropped + kept = added, and no batch is too large.

    The server acknowledges the highest number without a hole before it.
    """
    outbox, added, acked, received = FixOutbox(max_kept), 0, 0, ReceivedNumbers()
    for doing in doings:
        if doing == "add":
            outbox.add(fix(added))
            added += 1
        elif doing == "send" and (batch := outbox.next_batch()):
            assert len(batch.fixes) <= min(MAX_FIXES_PER_BATCH, max_kept)
            received.add(batch.seq, batch.seq + len(batch.fixes) - 1)
        elif doing == "ack":
            before = len(outbox)
            outbox.ack(received.contiguous)
            acked += before - len(outbox)
        elif doing == "restart":
            outbox.restart()
            received = ReceivedNumbers()
        assert len(outbox) <= 2 * max_kept
        assert acked + outbox.dropped + len(outbox) == added
