"""The reader of the zone's stream: at most once, in order, or told that something is missing."""

from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.messages import StreamPosition
from courier_protocol.stream import Step, StreamReader

MINE = st.lists(st.integers(1, 30), unique=True).map(sorted)


@given(mine=MINE, start=st.integers(0, 30), data=st.data())
def test_what_is_applied_is_mine_in_order_without_a_hole(mine: list[int], start: int, data: st.DataObject) -> None:
    """However pushes are lost, repeated and reordered, what was applied is a prefix of what was to come."""
    chain = dict(zip(mine, [0, *mine], strict=False))
    arrivals = data.draw(st.lists(st.sampled_from(mine)) if mine else st.just([]))
    reader = StreamReader(StreamPosition(epoch=1, seq=start))
    applied = [seq for seq in arrivals if reader.offer(1, chain[seq], seq) is Step.NEXT]
    due = [seq for seq in mine if seq > start]
    assert applied == due[: len(applied)]


@given(mine=MINE, start=st.integers(0, 30))
def test_in_order_nothing_is_ever_missing(mine: list[int], start: int) -> None:
    """A reader that starts anywhere in the stream applies all that is newer, and never sees a gap."""
    reader = StreamReader(StreamPosition(epoch=1, seq=start))
    steps = [reader.offer(1, prev, seq) for prev, seq in zip([0, *mine], mine, strict=False)]
    assert Step.GAP not in steps
    assert steps.count(Step.NEXT) == sum(seq > start for seq in mine)


def test_after_forgetting_only_a_reset_helps() -> None:
    """Without a position nothing applies; a snapshot gives one."""
    reader = StreamReader(StreamPosition(epoch=1, seq=3))
    reader.forget()
    assert reader.offer(1, 3, 4) is Step.GAP
    reader.reset(2, 7)
    assert reader.offer(2, 7, 9) is Step.NEXT
    assert reader.position == StreamPosition(epoch=2, seq=9)
