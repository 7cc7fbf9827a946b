"""Phone and server over links that break at any moment: nothing is lost, nothing is seen twice or out of order."""

from typing import cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from courier_protocol.messages import Message
from courier_protocol.outputs import Send, TakeFixes
from courier_protocol.server_session import State
from tests.support.courier_sessions import HELLO, batch, live_server, sent
from tests.support.lossy_world import DOWN, World

DOINGS = st.sampled_from(
    ("fix", "act", "event", "event", "event", "event_of_others", "handle", "commit", "forget", "wait", "cut")
    + ("up", "down") * 4
    + ("lose_up", "lose_down", "repeat_up", "repeat_down")
)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 6)), max_size=30))
def test_no_fix_is_handed_on_twice(arrivals: list[tuple[int, int]]) -> None:
    """Batches lost, repeated, overlapping and out of order: each number at most once, with its own fix."""
    session, seen = live_server(), list[int]()
    for seq, count in arrivals:
        for output in session.receive(batch(seq, count), 0, 0):
            if isinstance(output, TakeFixes):
                numbers = range(output.first_seq, output.first_seq + len(output.fixes))
                assert [taken.at_ms for taken in output.fixes] == list(numbers)
                seen += numbers
    assert len(seen) == len(set(seen))
    assert set(seen) == {number for seq, count in arrivals for number in range(seq, seq + count)}


@settings(max_examples=300)
@given(st.lists(DOINGS, min_size=40, max_size=120))
@example(["up", "down", "event", "event", "event", "event", "event", "event", "event", "event", "up"])
@example(["up", "down", "down", "act", "up", "commit", "cut", "up", "down", "up", "commit", "down"])
def test_whatever_breaks_all_is_well_in_the_end(doings: list[str]) -> None:
    """Sequences of a courier's, an app's, a network's and a server's doings, then calm.

    Always: a fix number once a generation; pushes in order without a hole or a repeat, or a snapshot instead.
    In the end: every action settled once and committed, every fix with the server, the app at the newest event.
    """
    world = World()
    for doing in doings:
        getattr(world, doing)()
    world.heal()
    world.assert_all_is_well()


def test_the_first_message_of_a_link_is_its_hello() -> None:
    """The world above is a real one: its phone and its server meet through frames."""
    world = World()
    world.up()
    (link,) = world.links
    assert link.server.state is State.LIVE
    first: Message = DOWN.decode(cast(bytes, link.falling[0]))[0]
    assert type(first).__name__ == "Welcome"
    assert sent([Send(HELLO)]) == [HELLO]
