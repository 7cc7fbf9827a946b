"""Phone and server over links that break at any moment: nothing is lost, nothing is seen twice or out of order."""

from collections import deque
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from courier_protocol.client_link import ClientState
from courier_protocol.client_session import ClientSession
from courier_protocol.codec import Decoder, encode
from courier_protocol.limits import SessionLimits
from courier_protocol.messages import Accept, Hello, Message, Push, Resync, StreamPosition
from courier_protocol.outputs import Authenticate, Close, Output, Send, Settle, TakeAction, TakeFixes, Tell
from courier_protocol.server_session import State
from courier_protocol.session import CourierSession
from tests.support.courier_sessions import EMPTY_ROUTE, FACT, HELLO, batch, fix, live_server, sent

LIMITS = SessionLimits(max_unacked_pushes=3, max_waiting_pushes=4)
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


class World:
    """A phone, its app, a server with its stream and its inbox, and the link between them, if there is one."""

    def __init__(self) -> None:
        self.now = 0
        self.phone = ClientSession("tok", "phone", Random(7))
        self.app: deque[Push | Resync] = deque()
        self.applied: list[int] = []
        self.settled: list[str] = []
        self.actions = 0
        self.fixes = 0
        self.server: CourierSession | None = None
        self.rising: deque[bytes] = deque()
        self.falling: deque[bytes] = deque()
        self.generation = 0
        self.events: list[int] = []
        self.head = 0
        self.kept_since = 0
        self.inbox: dict[str, bool] = {}
        self.uncommitted: deque[str] = deque()
        self.taken: list[tuple[int, int]] = []
        self.taken_fixes: set[int] = set()

    # --- the phone ----------------------------------------------------------------------------------------------

    def fix(self) -> None:
        self.fixes += 1
        self.phone.add_fix(fix(self.fixes))

    def act(self) -> None:
        self.actions += 1
        self.phone.submit(Accept(id=f"a{self.actions}", offer_id="f", at_ms=1))

    def handle(self) -> None:
        """The app takes the next event; a snapshot stands for everything up to its sequence."""
        if self.app:
            event = self.app.popleft()
            assert not self.applied or event.seq > self.applied[-1] or isinstance(event, Resync)
            if isinstance(event, Push):
                missed = [seq for seq in self.events if (self.applied or [0])[-1] < seq < event.seq]
                assert missed == []
                self.phone.handled(event.seq)
            self.applied.append(event.seq)

    def carry_out_phone(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Tell(event=Resync() as event):
                    self.app.clear()
                    self.app.append(event)
                case Tell(event=Push() as event):
                    self.app.append(event)
                case Settle():
                    assert self.inbox[output.reply.id]
                    self.settled.append(output.reply.id)
                case Close():
                    self.cut()

    # --- the link -----------------------------------------------------------------------------------------------

    def up(self) -> None:
        """The phone's socket takes a frame, and one arrives; without a link the phone connects."""
        if self.server is None:
            self.phone.connected(self.now)
            self.server = CourierSession(self.now, LIMITS)
        for _ in range(2):
            messages = self.phone.outgoing(self.now, 0)
            if messages:
                self.rising.append(encode(messages, "msgpack"))
        if self.rising:
            self.carry_out_server(self.server.receive_frame(self.rising.popleft(), UP, self.now, self.now))

    def down(self) -> None:
        if self.falling:
            self.carry_out_phone(self.phone.receive_frame(self.falling.popleft(), DOWN, self.now))

    def lose_up(self) -> None:
        """No real link loses or repeats a frame; what a broken proxy does must be noticed all the same."""
        if self.rising:
            self.rising.popleft()

    def lose_down(self) -> None:
        if self.falling:
            self.falling.popleft()

    def repeat_up(self) -> None:
        self.rising.extend(list(self.rising)[:1])

    def repeat_down(self) -> None:
        self.falling.extend(list(self.falling)[:1])

    def cut(self) -> None:
        if self.server is not None:
            self.server.closed()
            self.server = None
            self.rising.clear()
            self.falling.clear()
            assert self.phone.disconnected(None, self.now) is not None

    def wait(self) -> None:
        self.now += 3_000
        if self.server is not None:
            self.carry_out_server(self.server.tick(self.now))
        self.carry_out_phone(self.phone.tick(self.now))

    # --- the server ---------------------------------------------------------------------------------------------

    def carry_out_server(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send():
                    self.falling.append(encode([output.message], "msgpack"))
                case Authenticate():
                    self.let_in(output.hello)
                case TakeFixes():
                    numbers = range(output.first_seq, output.first_seq + len(output.fixes))
                    self.taken += [(output.generation, number) for number in numbers]
                    self.taken_fixes.update(taken.at_ms for taken in output.fixes)
                case TakeAction():
                    self.uncommitted.append(output.action.id)
                case Close():
                    self.cut()

    def let_in(self, hello: Hello) -> None:
        assert self.server is not None
        self.generation += 1
        resume = hello.resume
        missed = [seq for seq in self.events if resume is not None and seq > resume.seq]
        resumed = resume is not None and resume.seq >= self.kept_since and len(missed) <= LIMITS.max_replayed_pushes
        position = resume if resume is not None and resumed else StreamPosition(epoch=1, seq=self.head)
        self.carry_out_server(
            self.server.welcome(
                self.now,
                self.now,
                session="s",
                generation=self.generation,
                rate=1.0,
                position=position,
                resumed=resumed,
            )
        )
        if not resumed:
            self.carry_out_server(self.server.resync(1, self.head, "available", EMPTY_ROUTE))
        for seq in [seq for seq in self.events if seq > position.seq]:
            self.push(seq)

    def push(self, seq: int) -> None:
        if self.server is not None and self.server.state is State.LIVE:
            self.carry_out_server(self.server.push(1, seq, 0, [FACT]))

    def event(self) -> None:
        self.head += 1
        self.events.append(self.head)
        self.push(self.head)

    def event_of_others(self) -> None:
        self.head += 1

    def forget(self) -> None:
        """The stream's history is trimmed: a phone that stands before this starts from a snapshot."""
        self.kept_since = self.head

    def commit(self) -> None:
        """The zone takes a command; a repeated id has the stored reply."""
        if self.uncommitted:
            action_id = self.uncommitted.popleft()
            self.inbox[action_id] = True
            if self.server is not None and self.server.state is State.LIVE:
                self.carry_out_server(self.server.reply(action_id, ok=True))

    def heal(self) -> None:
        """From now on the link holds and everyone does their part."""
        self.cut()
        for _ in range(60):
            self.up()
            while self.falling:
                self.down()
            while self.app:
                self.handle()
            self.commit()


UP, DOWN = Decoder("courier", "msgpack"), Decoder("server", "msgpack")


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
    assert world.phone.state is ClientState.LIVE
    assert len(world.taken) == len(set(world.taken))
    assert world.taken_fixes == set(range(1, world.fixes + 1))
    assert world.settled == sorted(set(world.settled), key=world.settled.index)
    assert len(world.settled) == world.actions == len(world.inbox)
    newest = max(world.events, default=0)
    assert world.applied[-1] >= newest


def test_the_first_message_of_a_link_is_its_hello() -> None:
    """The world above is a real one: its phone and its server meet through frames."""
    world = World()
    world.up()
    assert world.server is not None
    assert world.server.state is State.LIVE
    first: Message = DOWN.decode(world.falling[0])[0]
    assert type(first).__name__ == "Welcome"
    assert sent([Send(HELLO)]) == [HELLO]
