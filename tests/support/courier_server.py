"""A small real server for the tests of the clients: the sessions over `websockets`, with a stream in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Decoder, Encoding, encode, subprotocol
from courier_protocol.limits import SessionLimits
from courier_protocol.live import Attend, View, WatchHello, ZoneChange, ZoneSnapshot
from courier_protocol.messages import Action, CourierFact, Fix, Hello, Message, Policy, StreamPosition
from courier_protocol.outputs import (
    Authenticate,
    AuthenticateWatcher,
    Close,
    Output,
    Reauthenticate,
    Send,
    TakeAction,
    TakeAttend,
    TakeFixes,
    TakeLook,
)
from courier_protocol.session import CourierSession
from courier_protocol.watcher_session import WatcherSession
from tests.support.courier_sessions import EMPTY_ROUTE

LIMITS = SessionLimits(heartbeat_s=0.2, hello_timeout_s=1.0)
BUSINESS_RATE = 10
FINAL_TOKENS = {"bad": CloseCode.BAD_TOKEN, "forbidden": CloseCode.FORBIDDEN}


def now_mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Desk:
    """What the server knows and took; tests read it and speak through it. Tokens named in FINAL_TOKENS are refused."""

    def __init__(self) -> None:
        self.url = ""
        self.hellos: list[Hello | WatchHello] = []
        self.fixes: dict[int, Fix] = {}
        self.actions: list[Action] = []
        self.views: list[View | None] = []
        self.attended: list[Attend] = []
        self.replied: dict[str, bool] = {}
        self.holds_replies = False
        self.is_draining = False
        self.stream: list[tuple[int, CourierFact]] = []
        self.head = 0
        self.links: list[tuple[ServerConnection, CourierSession | WatcherSession, Encoding]] = []
        self.arrived = asyncio.Condition()

    async def tell(self, fact: CourierFact) -> None:
        """One event of the zone, for every courier; every second sequence belongs to somebody else."""
        self.head += 2
        self.stream.append((self.head, fact))
        for socket, session, encoding in list(self.links):
            if isinstance(session, CourierSession):
                await carry_out(self, socket, session, encoding, session.push(1, self.head, 0, [fact]))

    async def say(self, message: Message) -> None:
        """Send a message to everyone, whatever the sessions think of it."""
        for socket, _, encoding in list(self.links):
            await send(socket, message, encoding)

    async def close(self, code: CloseCode) -> None:
        for socket, session, encoding in list(self.links):
            await carry_out(self, socket, session, encoding, session.close(code))

    def cut(self) -> None:
        """Every link breaks, without a close frame."""
        for socket, _, _ in list(self.links):
            socket.transport.abort()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds; it is looked at whenever a frame came or a link went."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(condition)

    async def notice(self) -> None:
        async with self.arrived:
            self.arrived.notify_all()


@asynccontextmanager
async def courier_server() -> AsyncIterator[Desk]:
    """Serve `/v1/courier` and `/v1/live` on a free port of the loopback until the block ends."""
    desk = Desk()

    async def handle(socket: ServerConnection) -> None:
        await attend(desk, socket)

    names = [Subprotocol(subprotocol(c, e)) for c in ("courier", "live") for e in ("json", "msgpack")]
    async with serve(handle, "127.0.0.1", 0, subprotocols=names, compression=None, close_timeout=0.2) as server:
        desk.url = f"ws://127.0.0.1:{port_of(server)}/v1"
        yield desk


def port_of(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


async def attend(desk: Desk, socket: ServerConnection) -> None:
    encoding: Encoding = "json" if str(socket.subprotocol).endswith("json") else "msgpack"
    is_courier = str(socket.subprotocol).startswith("courier")
    session = CourierSession(now_mono_ms(), LIMITS) if is_courier else WatcherSession(now_mono_ms(), LIMITS)
    decoder = Decoder("courier" if is_courier else "watcher", encoding)
    link = (socket, session, encoding)
    desk.links.append(link)
    with suppress(ConnectionClosed):
        async for frame in socket:
            now = now_mono_ms()
            await carry_out(desk, socket, session, encoding, session.receive_frame(frame, decoder, now, business(now)))
            await desk.notice()
    desk.links.remove(link)
    session.closed()
    await desk.notice()


def business(mono_ms: int) -> int:
    return 1_000_000 + mono_ms * BUSINESS_RATE


async def carry_out(
    desk: Desk, socket: ServerConnection, session: CourierSession | WatcherSession, encoding: Encoding,
    outputs: list[Output],
) -> None:  # fmt: skip
    for output in outputs:
        match output:
            case Send():
                await send(socket, output.message, encoding)
            case Close():
                await socket.close(output.code, output.reason)
            case Authenticate() | AuthenticateWatcher():
                await carry_out(desk, socket, session, encoding, let_in(desk, session, output.hello))
            case TakeFixes():
                desk.fixes.update({fix.at_ms: fix for fix in output.fixes})
            case TakeAttend():
                desk.attended.append(output.attend)
            case TakeLook():
                desk.views.append(output.view)
            case TakeAction() | Reauthenticate():
                await carry_out(desk, socket, session, encoding, take_action(desk, session, output))


async def send(socket: ServerConnection, message: Message, encoding: Encoding) -> None:
    with suppress(ConnectionClosed):
        await socket.send(encode([message], encoding), text=encoding == "json")


def take_action(desk: Desk, session: object, output: TakeAction | Reauthenticate) -> list[Output]:
    assert isinstance(session, CourierSession)
    if isinstance(output, Reauthenticate):
        return session.refreshed(output.refresh.id, None)
    desk.actions.append(output.action)
    if desk.holds_replies:
        return []
    desk.replied[output.action.id] = True
    return session.reply(output.action.id, ok=True)


def let_in(desk: Desk, session: CourierSession | WatcherSession, hello: Hello | WatchHello) -> list[Output]:
    desk.hellos.append(hello)
    if desk.is_draining:
        return session.close(CloseCode.SERVER_DRAINING)
    if hello.token in FINAL_TOKENS:
        return session.close(FINAL_TOKENS[hello.token], "Sign in again.")
    now, head = now_mono_ms(), StreamPosition(epoch=1, seq=desk.head)
    if isinstance(session, WatcherSession):
        snapshot = ZoneSnapshot(epoch=1, seq=desk.head, zone="17", orders=(), couriers=(), depots=())
        welcome = session.welcome(now, business(now), rate=BUSINESS_RATE, position=head, resumed=False)
        return [*welcome, Send(snapshot), Send(ZoneChange(1, desk.head, desk.head + 1, 0, "OrderCreated"))]
    position = hello.resume or head
    outputs = session.welcome(
        now, business(now), session="s", generation=len(desk.hellos), rate=BUSINESS_RATE, position=position,
        resumed=hello.resume is not None,
    )  # fmt: skip
    if hello.resume is None:
        outputs += session.resync(1, desk.head, "off_duty", EMPTY_ROUTE)
    for seq, fact in desk.stream:
        outputs += session.push(1, seq, 0, [fact])
    return outputs + session.tell(Policy(fix_interval_s=5.0))
