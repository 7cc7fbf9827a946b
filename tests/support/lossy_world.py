"""A courier's phones, a server and the links between them, without I/O: everything that can break does so on demand.

What is durable is kept apart from what a death takes with it. A phone has written down its actions until their reply,
its fixes until their ack and the last event that its app has applied; the server has written down its stream, the
generations and its inbox, in which an id names one action for ever. Everything else lives in sessions.

The world itself asserts, all the time: a fix is handed on at most once a generation; an id never names two actions;
an app sees pushes in order without a hole or a repeat, or a snapshot instead; nothing is settled before its commit.
`heal` and `assert_all_is_well` look at the end: nothing that anybody did was lost or done twice.
"""

from collections import Counter, deque
from random import Random

from courier_protocol.client_link import ClientState
from courier_protocol.client_session import ClientSession
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, encode
from courier_protocol.limits import SessionLimits
from courier_protocol.messages import Accept, Action, ErrorMessage, Fix, Hello, Push, Refresh, Resync, StreamPosition
from courier_protocol.outputs import (
    Authenticate,
    Close,
    Output,
    Reauthenticate,
    Send,
    Settle,
    TakeAction,
    TakeFixes,
    Tell,
)
from courier_protocol.server_session import State
from courier_protocol.session import CourierSession
from tests.support.courier_sessions import EMPTY_ROUTE, FACT, fix

LIMITS = SessionLimits(max_unacked_pushes=3, max_waiting_pushes=4)
TOKEN_LASTS_MS = 600_000
UP, DOWN = Decoder("courier", "msgpack"), Decoder("server", "msgpack")


class Link:
    """One WebSocket: the frames under way in both directions, and the server's session. A close follows its frames."""

    def __init__(self, mono_ms: int) -> None:
        self.server = CourierSession(mono_ms, LIMITS)
        self.rising: deque[bytes] = deque()
        self.falling: deque[bytes | CloseCode] = deque()


class Phone:
    """One phone: what it has written down, and its running process (`session`, `app`, `link`)."""

    def __init__(self, name: str, token: str) -> None:
        self.name = name
        self.token = token
        self.wall_ms = 0
        self.submitted: list[str] = []
        self.owed: dict[str, Action] = {}
        self.settled: list[str] = []
        self.fixes: list[Fix] = []
        self.applied: list[StreamPosition] = []
        self.session = ClientSession(token, name, Random(7))
        self.app: deque[Push | Resync] = deque()
        self.link: Link | None = None

    def restart(self) -> None:
        """A new process begins with what was written down, and with nothing else."""
        unacknowledged = self.fixes[len(self.fixes) - len(self.session.fixes) :]
        self.app.clear()
        self.session = ClientSession(self.token, self.name, Random(7))
        if self.applied:
            self.session.reader.reset(self.applied[-1].epoch, self.applied[-1].seq)
        for action in self.owed.values():
            self.session.submit(action)
        for kept in unacknowledged:
            self.session.add_fix(kept)


class World:
    """`happened` counts what came about, so that a test can tell that its schedules were not idle."""

    def __init__(self, phones: int = 1) -> None:
        self.now = 0
        self.happened: Counter[str] = Counter()
        self.is_proxied = False
        """Whether a proxy has lost, repeated or swapped frames, which no WebSocket does."""
        self.tokens: dict[str, int] = {}
        self.phones = [Phone(f"phone-{number}", self.new_token()) for number in range(phones)]
        self.generation = 0
        self.epoch = 1
        self.events: dict[int, list[int]] = {1: []}
        self.head = 0
        self.kept_since = 0
        self.inbox: dict[str, Action] = {}
        self.effects: list[str] = []
        self.uncommitted: deque[tuple[Link, Action]] = deque()
        self.taken: set[tuple[int, int]] = set()
        self.taken_fixes: set[int] = set()
        self.fixes = 0

    def new_token(self) -> str:
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = self.now + TOKEN_LASTS_MS
        return token

    # --- the courier and the app --------------------------------------------------------------------------------

    def fix(self, who: int = 0) -> None:
        self.fixes += 1
        self.phones[who].fixes.append(fix(self.fixes))
        self.phones[who].session.add_fix(fix(self.fixes))

    def act(self, who: int = 0) -> None:
        phone = self.phones[who]
        if phone.session.ended is None:
            action = Accept(id=f"{phone.name}-{len(phone.submitted)}", offer_id="f", at_ms=len(phone.submitted))
            phone.submitted.append(action.id)
            phone.owed[action.id] = action
            phone.session.submit(action)

    def refresh(self, who: int = 0) -> None:
        phone = self.phones[who]
        if phone.session.ended is None:
            phone.token = self.new_token()
            phone.session.submit(Refresh(id=f"refresh-{phone.token}", token=phone.token))

    def sign_in(self, who: int = 0) -> None:
        """Somebody looks at a session that was ended for good, and begins anew."""
        phone = self.phones[who]
        if phone.session.ended is not None:
            phone.token = self.new_token()
            phone.restart()
            self.happened["signed in again"] += 1

    def handle(self, who: int = 0) -> None:
        """The app takes the next event; a snapshot stands for everything up to its sequence."""
        phone = self.phones[who]
        if phone.app:
            event = phone.app.popleft()
            self.check_order(phone, event)
            phone.applied.append(StreamPosition(epoch=event.epoch, seq=event.seq))
            if isinstance(event, Push):
                phone.session.handled(event.seq)

    def check_order(self, phone: Phone, event: Push | Resync) -> None:
        last = phone.applied[-1] if phone.applied else None
        if isinstance(event, Resync):
            is_back = last is not None and last.epoch == event.epoch and event.seq < last.seq
            assert self.is_proxied or not is_back
            return
        assert last is not None
        assert last.epoch == event.epoch
        assert last.seq < event.seq == event.at_ms
        assert [seq for seq in self.events[event.epoch] if last.seq < seq < event.seq] == []

    def carry_out_phone(self, phone: Phone, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Tell(event=Resync() as event):
                    phone.app.clear()
                    phone.app.append(event)
                    self.happened["resynced"] += 1
                case Tell(event=Push() as event):
                    phone.app.append(event)
                case Tell(event=ErrorMessage() as error):
                    assert self.is_proxied, error
                case Settle():
                    self.settle(phone, output.reply.id)
                case Close():
                    self.happened[f"phone closed: {output.code.name}"] += 1
                    self.hang_up(phone, output.code)

    def settle(self, phone: Phone, action_id: str) -> None:
        if not action_id.startswith("refresh-"):
            assert action_id in self.inbox
            del phone.owed[action_id]
            phone.settled.append(action_id)

    # --- links --------------------------------------------------------------------------------------------------

    def up(self, who: int = 0) -> None:
        """The phone's socket takes what is due, and a frame arrives; without a link the phone connects."""
        phone = self.phones[who]
        if phone.session.ended is not None:
            return
        if phone.link is None:
            phone.session.connected(self.now)
            phone.link = Link(self.now)
        link = phone.link
        for _ in range(2):
            messages = phone.session.outgoing(self.now, phone.wall_ms)
            if messages:
                link.rising.append(encode(messages, "msgpack"))
        if link.rising:
            frame = link.rising.popleft()
            self.carry_out_server(link, link.server.receive_frame(frame, UP, self.now, self.now))

    def down(self, who: int = 0) -> None:
        """A frame, or the server's close, reaches the phone."""
        phone = self.phones[who]
        if phone.link is not None and phone.link.falling:
            frame = phone.link.falling.popleft()
            if isinstance(frame, CloseCode):
                self.hang_up(phone, frame)
            else:
                self.carry_out_phone(phone, phone.session.receive_frame(frame, DOWN, self.now))

    def lose_up(self, who: int = 0) -> None:
        """No WebSocket loses, repeats or swaps a frame; what a broken proxy does must be noticed all the same."""
        self._meddle(who, is_up=True, how="lose")

    def lose_down(self, who: int = 0) -> None:
        self._meddle(who, is_up=False, how="lose")

    def repeat_up(self, who: int = 0) -> None:
        self._meddle(who, is_up=True, how="repeat")

    def repeat_down(self, who: int = 0) -> None:
        self._meddle(who, is_up=False, how="repeat")

    def swap_down(self, who: int = 0) -> None:
        self._meddle(who, is_up=False, how="swap")

    def _meddle(self, who: int, *, is_up: bool, how: str) -> None:
        link = self.phones[who].link
        frames = deque[bytes | CloseCode]() if link is None else link.rising if is_up else link.falling
        if frames:
            self.is_proxied = True
            self.happened[f"a proxy meddled: {how}"] += 1
            first = frames.popleft()
            if how == "repeat":
                frames.extendleft((first, first))
            elif how == "swap":
                frames.append(first)

    def cut(self, who: int = 0) -> None:
        """The link breaks, without a close frame."""
        if self.phones[who].link is not None:
            self.hang_up(self.phones[who], None)

    def hang_up(self, phone: Phone, code: CloseCode | None) -> None:
        if phone.link is not None:
            phone.link.server.closed()
            phone.link = None
            is_over = phone.session.disconnected(code, self.now) is None
            assert is_over == (phone.session.state is ClientState.ENDED)
            self.happened[f"ended: {code.name}" if is_over and code else "links lost"] += 1

    def wait(self, ms: int = 3_000) -> None:
        """Time passes for everybody."""
        self.doze(ms)
        for phone in self.phones:
            self.carry_out_phone(phone, phone.session.tick(self.now))

    def doze(self, ms: int = 3_000) -> None:
        """Time passes, and no phone has the processor meanwhile."""
        self.now += ms
        for link in self.links:
            self.carry_out_server(link, link.server.tick(self.now))

    @property
    def links(self) -> list[Link]:
        return [phone.link for phone in self.phones if phone.link is not None]

    # --- death --------------------------------------------------------------------------------------------------

    def kill_phone(self, who: int = 0) -> None:
        phone = self.phones[who]
        if phone.session.ended is None:
            self.happened["phone died owing actions"] += bool(phone.owed)
            self.happened["phone died with events in hand"] += bool(phone.app)
            self.cut(who)
            phone.restart()

    def kill_server(self) -> None:
        """All sessions end, and so does what the workers had in hand and had not committed."""
        self.happened["server died with actions in hand"] += bool(self.uncommitted)
        self.uncommitted.clear()
        for who in range(len(self.phones)):
            self.cut(who)

    # --- the server ---------------------------------------------------------------------------------------------

    def carry_out_server(self, link: Link, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Send():
                    link.falling.append(encode([output.message], "msgpack"))
                case Authenticate():
                    self.let_in(link, output.hello)
                case Reauthenticate():
                    expires_ms = self.tokens[output.refresh.token]
                    self.carry_out_server(link, link.server.refreshed(output.refresh.id, expires_ms))
                case TakeFixes():
                    self.take_fixes(output)
                case TakeAction():
                    self.uncommitted.append((link, output.action))
                case Close():
                    self.happened[f"server closed: {output.code.name}"] += 1
                    link.falling.append(output.code)

    def take_fixes(self, output: TakeFixes) -> None:
        numbers = {(output.generation, output.first_seq + index) for index in range(len(output.fixes))}
        assert not numbers & self.taken
        self.taken |= numbers
        self.taken_fixes.update(taken.at_ms for taken in output.fixes)

    def let_in(self, link: Link, hello: Hello) -> None:
        if self.tokens[hello.token] <= self.now:
            return self.carry_out_server(link, link.server.close(CloseCode.BAD_TOKEN))
        self.generation += 1
        for other in self.links:
            if other is not link and other.server.state is State.LIVE:
                self.carry_out_server(other, other.server.close(CloseCode.SUPERSEDED))
        here = StreamPosition(epoch=self.epoch, seq=self.head)
        missed = self.missed(hello.resume)
        position = hello.resume if hello.resume is not None and missed is not None else here
        welcome = link.server.welcome(
            self.now, self.now, session="s", generation=self.generation, rate=1.0, position=position,
            resumed=missed is not None, expires_mono_ms=self.tokens[hello.token],
        )  # fmt: skip
        self.carry_out_server(link, welcome)
        if missed is None:
            self.carry_out_server(link, link.server.resync(self.epoch, self.head, "available", EMPTY_ROUTE))
        self.happened["resumed with missed pushes"] += bool(missed)
        for seq in missed or ():
            self.push(link, seq)
        return None

    def missed(self, resume: StreamPosition | None) -> list[int] | None:
        """What came after a position; None when that cannot be told, or is too much."""
        if resume is None or resume.epoch != self.epoch or not self.kept_since <= resume.seq <= self.head:
            return None
        missed = [seq for seq in self.events[self.epoch] if seq > resume.seq]
        return missed if len(missed) <= LIMITS.max_replayed_pushes else None

    def push(self, link: Link, seq: int) -> None:
        if link.server.state is State.LIVE:
            self.carry_out_server(link, link.server.push(self.epoch, seq, seq, [FACT]))

    def event(self) -> None:
        self.head += 1
        self.events[self.epoch].append(self.head)
        for link in self.links:
            self.push(link, self.head)

    def relay_again(self) -> None:
        """The relay does not know how far it came, and repeats the newest events."""
        for seq in self.events[self.epoch][-3:]:
            for link in self.links:
                self.push(link, seq)

    def snapshot(self) -> None:
        """The server finds it simpler to tell the whole state than what has changed."""
        for link in self.links:
            if link.server.state is State.LIVE:
                self.carry_out_server(link, link.server.resync(self.epoch, self.head, "available", EMPTY_ROUTE))

    def event_of_others(self) -> None:
        self.head += 1

    def forget(self) -> None:
        """The stream's history is trimmed: a phone that stands before this starts from a snapshot."""
        self.kept_since = self.head

    def restore(self) -> None:
        """The server comes back from a backup: another epoch, and a stream that is shorter than some phones know."""
        self.kill_server()
        self.epoch += 1
        self.head = self.kept_since = self.head // 2
        self.events[self.epoch] = []

    def commit(self) -> None:
        """The zone takes a command; a repeated id has the stored reply."""
        if self.uncommitted:
            link, action = self.uncommitted.popleft()
            assert self.inbox.setdefault(action.id, action) == action
            if action.id not in self.effects:
                self.effects.append(action.id)
            else:
                self.happened["an action came again"] += 1
            if link.server.state is not State.CLOSED:
                self.carry_out_server(link, link.server.reply(action.id, ok=True))

    # --- the end ------------------------------------------------------------------------------------------------

    def heal(self, who: int = 0) -> None:
        """From now on this phone's link holds, and everyone does their part."""
        self.cut(who)
        self.sign_in(who)
        self.phones[who].token = self.new_token()
        self.refresh(who)
        for _ in range(60):
            self.now += 200
            self.up(who)
            while (link := self.phones[who].link) is not None and link.falling:
                self.down(who)
            while self.phones[who].app:
                self.handle(who)
            while self.uncommitted:
                self.commit()

    def assert_all_is_well(self, who: int = 0) -> None:
        """After `heal`: all that this phone's courier did has happened once, and the app is at the newest event."""
        phone = self.phones[who]
        assert phone.session.state is ClientState.LIVE
        assert phone.settled == sorted(set(phone.settled), key=phone.settled.index)
        assert set(phone.settled) == set(phone.submitted)
        assert phone.owed == {}
        done = [action_id for action_id in self.effects if action_id.startswith(phone.name)]
        assert sorted(done) == sorted(phone.submitted)
        assert self.is_proxied or done == phone.submitted, "in the order in which the courier did it"
        assert {kept.at_ms for kept in phone.fixes} <= self.taken_fixes
        assert len(phone.session.fixes) == 0
        assert phone.applied[-1].epoch == self.epoch
        assert phone.applied[-1].seq >= max(self.events[self.epoch], default=0)
