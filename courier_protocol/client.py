"""The asyncio clients of `/v1/courier` and `/v1/live`: the sans-I/O sessions over the `websockets` library.

    async with CourierClient("ws://127.0.0.1:8080/v1/courier", token, "phone-7") as client:
        await client.wait_live()
        await client.duty("available")
        client.position(Fix(at_ms=client.business_now_ms(), lat=60.17, lon=24.94))
        async for event in client.events():
            ...

    async with LiveClient("ws://127.0.0.1:8080/v1/live", token=token, zone="17") as live:
        async for message in live.messages():
            ...

A client comes back by itself, with full jitter, until it is closed or the server ends the session for good.
What a courier owes survives a lost link: actions stay in the outbox until their reply, fixes until their ack.
"""

import asyncio
import random
import time
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Self, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from courier_protocol.client_link import ClientLink, ClientState
from courier_protocol.client_session import ClientSession
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Channel, Decoder, Encoding, Speaker, encode, frame_limit_bytes, subprotocol
from courier_protocol.errors import LocalProtocolError, ProtocolError
from courier_protocol.live import LiveMessage
from courier_protocol.messages import (
    Accept,
    Action,
    Decline,
    Duty,
    ErrorMessage,
    Fix,
    Message,
    Policy,
    Progress,
    Push,
    Refresh,
    Reply,
    Resync,
    SetDuty,
    StopAction,
    Welcome,
)
from courier_protocol.outputs import Close, Output, Settle, Tell
from courier_protocol.watch_client_session import WatchClientSession

Event = Push | Resync | Policy | ErrorMessage

MAX_WAITING_MESSAGES = 1_024
OPEN_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0


def _mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class _Shell(ABC):
    """Runs a session over sockets, one link after another: one task reads and comes back, one a link writes."""

    def __init__(
        self,
        *,
        url: str,
        channel: Channel,
        speaker: Speaker,
        encoding: Encoding,
        session: ClientLink,
        mono_ms: Callable[[], int],
        wall_ms: Callable[[], int],
    ) -> None:
        try:
            parse_uri(url)
        except InvalidURI:
            raise LocalProtocolError("The address of the server must start with ws:// or wss://.") from None
        self._url = url
        self._subprotocol = subprotocol(channel, encoding)
        self._encoding: Encoding = encoding
        self._decoder = Decoder(speaker, encoding)
        self._max_frame_bytes = frame_limit_bytes(speaker)
        self._link_session = session
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._wake = asyncio.Event()
        self._live = asyncio.Event()
        self._gone = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._away_until_mono_ms = 0
        self._over: ProtocolError | None = None
        self._is_closed = False
        self._task: asyncio.Task[None]
        self.trouble = ""
        """Why the last link could not be had, or how it ended; empty if all was well so far."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._is_closed = True
        last_words = self._link_session.goodbye()
        if self._socket is not None and last_words:
            with suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._send(self._socket, last_words)
                    await self._socket.close(CloseCode.BYE)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._finish(self._link_session.ended or LocalProtocolError("The client is closed."))

    @property
    def state(self) -> ClientState:
        """Where the session stands: offline, greeting, live, closing or ended."""
        return self._link_session.state

    def business_now_ms(self) -> int:
        """Business time now, by the best clock sample; LocalProtocolError before the first welcome."""
        return self._link_session.clock.now_ms(self._mono_ms())

    async def drop_link(self, seconds: float) -> None:
        """Cut the link as a tunnel does (no close frame) and stay away for real `seconds`; returns once it is cut."""
        self._away_until_mono_ms = self._mono_ms() + round(seconds * 1000)
        if self._socket is not None:
            self._socket.transport.abort()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._gone.wait()

    # --- links --------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._use_links()
        except Exception as error:
            self._finish(LocalProtocolError(f"The client failed: {error!r}"))
            raise

    async def _use_links(self) -> None:
        while True:
            await asyncio.sleep(max(0, self._away_until_mono_ms - self._mono_ms()) / 1000)
            close_code, detail = await self._use_one_link()
            self._live.clear()
            self.trouble = detail or self.trouble
            delay_ms = self._link_session.disconnected(close_code, self._mono_ms(), detail)
            self._gone.set()
            if self._link_session.ended is not None:
                self._finish(self._link_session.ended)
                return
            away_ms = self._away_until_mono_ms - self._mono_ms()
            await asyncio.sleep(max(delay_ms or 0, away_ms) / 1000)

    async def _use_one_link(self) -> tuple[int | None, str]:
        """Connect and stay until the link is gone; returns the code and reason of the server's close frame, if any."""
        try:
            socket = await connect(
                self._url,
                subprotocols=[Subprotocol(self._subprotocol)],
                compression=None,
                user_agent_header=None,
                proxy=None,
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=None,
                max_size=self._max_frame_bytes,
            )
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
            self.trouble = str(error) or type(error).__name__
            return None, ""
        if socket.subprotocol != self._subprotocol:
            await socket.close()
            return CloseCode.UNSUPPORTED, "The server does not speak this protocol."
        if self._mono_ms() < self._away_until_mono_ms:
            socket.transport.abort()
            return None, ""
        await self._talk(socket)
        received = socket.protocol.close_rcvd
        return (received.code, received.reason) if received is not None else (None, "")

    async def _talk(self, socket: ClientConnection) -> None:
        self._link_session.connected(self._mono_ms())
        self._gone.clear()
        self._socket = socket
        writer = asyncio.create_task(self._write(socket))
        writer.add_done_callback(lambda _: socket.transport.abort())
        try:
            async for frame in socket:
                await self._carry_out(socket, self._link_session.receive_frame(frame, self._decoder, self._mono_ms()))
                self._wake.set()
        except ConnectionClosed:
            pass
        finally:
            self._socket = None
            writer.cancel()
            (error,) = await asyncio.gather(writer, return_exceptions=True)
            if isinstance(error, Exception) and not isinstance(error, ConnectionClosed):
                raise error

    async def _write(self, socket: ClientConnection) -> None:
        """Send what is due whenever there is something and the socket can take it."""
        session = self._link_session
        while True:
            self._wake.clear()
            while messages := session.outgoing(self._mono_ms(), self._wall_ms()):
                await self._send(socket, messages)
            await self._carry_out(socket, session.tick(self._mono_ms()))
            deadline = session.deadline_mono_ms
            delay_s = None if deadline is None else (deadline - self._mono_ms()) / 1000
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._wake.wait()

    async def _send(self, socket: ClientConnection, messages: list[Message]) -> None:
        await socket.send(encode(messages, self._encoding), text=self._encoding == "json")

    async def _carry_out(self, socket: ClientConnection, outputs: list[Output]) -> None:
        if self._link_session.state is ClientState.LIVE:
            self._live.set()
        for output in outputs:
            match output:
                case Close():
                    await socket.close(output.code, output.reason)
                case Tell() | Settle():
                    await self._hand_over(output)

    # --- for the kinds ------------------------------------------------------------------------------------------

    @abstractmethod
    async def _hand_over(self, output: Tell | Settle) -> None:
        """Give an event or a reply to the app."""

    def _finish(self, error: ProtocolError) -> None:
        """Nothing more will come; `error` says why."""
        self._over = error
        self._live.set()

    async def _wait_live(self) -> None:
        await self._live.wait()
        if self._over is not None:
            raise self._over


class CourierClient(_Shell):
    """One courier's phone. Use it with `async with`, from one event loop only.

    `url` is that of `/v1/courier`; `token` a signed courier token; `device_id` names the phone (1-64 characters).
    `encoding` is `"json"` or `"msgpack"`. `batch_s` holds fixes back that long to send them together (0: at once).
    `rng`, `mono_ms` and `wall_ms` are injected by tests.

    The calls below raise RemoteProtocolError once the server has ended the session for good (close code 3500-3999:
    bad token, superseded, ...) and LocalProtocolError when the client is closed or an argument is out of range.
    """

    def __init__(
        self,
        url: str,
        token: str,
        device_id: str,
        *,
        encoding: Encoding = "msgpack",
        app: str = "",
        batch_s: float = 0.0,
        rng: random.Random | None = None,
        mono_ms: Callable[[], int] = _mono_ms,
        wall_ms: Callable[[], int] = _wall_ms,
    ) -> None:
        self._rng = rng or random.SystemRandom()
        self._session = ClientSession(token, device_id, self._rng, app)
        super().__init__(
            url=url,
            channel="courier",
            speaker="server",
            encoding=encoding,
            session=self._session,
            mono_ms=mono_ms,
            wall_ms=wall_ms,
        )
        self._batch_s = batch_s
        self._batch_timer: asyncio.TimerHandle | None = None
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._events: deque[Event] = deque()
        self._told = asyncio.Event()

    # --- the courier's doing ------------------------------------------------------------------------------------

    def position(self, fix: Fix) -> None:
        """Queue a fix (never waits). Offline the newest 2,048 are kept; a fix is kept until the server acked it."""
        self._session.add_fix(fix)
        if not self._batch_s:
            self._wake.set()
        elif self._batch_timer is None:
            self._batch_timer = asyncio.get_running_loop().call_later(self._batch_s, self._end_batch)

    def _end_batch(self) -> None:
        self._batch_timer = None
        self._wake.set()

    async def accept(self, offer_id: str, *, at_ms: int | None = None) -> Reply:
        """Take an offer; returns the committed reply, however many links that takes. So do the four below.

        `at_ms` is business time, by default now. Cancelling the wait does not take the action back.
        """
        return await self._act(Accept(id=self._new_id(), offer_id=offer_id, at_ms=self._at(at_ms)))

    async def decline(self, offer_id: str, reason: str = "", *, at_ms: int | None = None) -> Reply:
        """Refuse an offer."""
        return await self._act(Decline(id=self._new_id(), offer_id=offer_id, at_ms=self._at(at_ms), reason=reason))

    async def progress(
        self,
        stop_id: str,
        action: StopAction,
        reason: str = "",
        *,
        lat: float | None = None,
        lon: float | None = None,
        at_ms: int | None = None,
    ) -> Reply:
        """Tell what happened at a stop, and where."""
        done_at_ms = self._at(at_ms)
        return await self._act(
            Progress(
                id=self._new_id(), stop_id=stop_id, action=action, at_ms=done_at_ms, reason=reason, lat=lat, lon=lon
            )
        )

    async def duty(self, duty: Duty, *, at_ms: int | None = None) -> Reply:
        """Go on duty, on a break, or home."""
        return await self._act(SetDuty(id=self._new_id(), duty=duty, at_ms=self._at(at_ms)))

    async def refresh(self, token: str) -> Reply:
        """Give the running session, and those to come, a newer token."""
        return await self._act(Refresh(id=self._new_id(), token=token))

    async def _act(self, action: Action | Refresh) -> Reply:
        if self._over is not None:
            raise self._over
        self._session.submit(action)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[action.id] = future
        self._wake.set()
        return await future

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def _at(self, at_ms: int | None) -> int:
        return self.business_now_ms() if at_ms is None else at_ms

    # --- what the server tells ----------------------------------------------------------------------------------

    async def events(self) -> AsyncGenerator[Event, None]:
        """Pushes (loop over `.facts`), resyncs (start from this snapshot), policies, refusals; in order.

        Asking for the next event acknowledges the one before. An app that does not ask is a slow consumer: the
        server stops at 32 unacknowledged pushes, and ends the session when 256 more wait. A resync replaces what
        waits. The iterator ends when the client is closed.
        """
        while event := await self._next_event():
            yield event
            if isinstance(event, Push):
                self._session.handled(event.seq)
                self._wake.set()

    async def _next_event(self) -> Event | None:
        while not self._events:
            if self._is_closed:
                return None
            if self._over is not None:
                raise self._over
            self._told.clear()
            await self._told.wait()
        return self._events.popleft()

    async def wait_live(self) -> Welcome:
        """Return the welcome when the session is live (at once if it is)."""
        await self._wait_live()
        return cast(Welcome, self._session.welcome)

    @property
    def waiting_fixes(self) -> int:
        """Fixes that the server has not acknowledged."""
        return len(self._session.fixes)

    @property
    def waiting_actions(self) -> int:
        """Actions without a reply."""
        return self._session.waiting_actions

    # --- carrying out -------------------------------------------------------------------------------------------

    async def _hand_over(self, output: Tell | Settle) -> None:
        if isinstance(output, Tell):
            self._tell(output.event)
        else:
            self._settle(output.reply)

    def _tell(self, event: Message) -> None:
        if not isinstance(event, Push):
            replaced = (Push, Resync) if isinstance(event, Resync) else (type(event),)
            self._events = deque(waiting for waiting in self._events if not isinstance(waiting, replaced))
        self._events.append(cast(Event, event))
        self._told.set()

    def _settle(self, reply: Reply) -> None:
        future = self._replies.pop(reply.id, None)
        if future is not None and not future.done():
            future.set_result(reply)

    def _finish(self, error: ProtocolError) -> None:
        super()._finish(error)
        self._told.set()
        if self._batch_timer is not None:
            self._batch_timer.cancel()
        for future in self._replies.values():
            if not future.done():
                future.set_exception(error)
        self._replies.clear()


class LiveClient(_Shell):
    """A watcher of `/v1/live`: staff give `token` and `zone`, a shopper gives `track`. Use it with `async with`.

    At most 1,024 messages wait for the app; then the socket is no longer read, and the server drops the watcher.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        zone: str = "",
        track: str = "",
        encoding: Encoding = "msgpack",
        rng: random.Random | None = None,
        mono_ms: Callable[[], int] = _mono_ms,
        wall_ms: Callable[[], int] = _wall_ms,
    ) -> None:
        session = WatchClientSession(rng or random.SystemRandom(), token=token, zone=zone, track=track)
        super().__init__(
            url=url,
            channel="live",
            speaker="live",
            encoding=encoding,
            session=session,
            mono_ms=mono_ms,
            wall_ms=wall_ms,
        )
        self._messages: asyncio.Queue[LiveMessage | None] = asyncio.Queue(MAX_WAITING_MESSAGES)

    async def messages(self) -> AsyncGenerator[LiveMessage, None]:
        """Welcome, snapshot, changes, fixes, links; in order, each once; a snapshot replaces what was before.

        Ends when the client is closed; raises RemoteProtocolError when the server ended the session for good.
        """
        while not (self._over and self._messages.empty()):
            message = await self._messages.get()
            if message is not None:
                yield message
        if self._over is not None and not self._is_closed:
            raise self._over

    async def wait_live(self) -> None:
        """Return when the session is live (at once if it is)."""
        await self._wait_live()

    async def _hand_over(self, output: Tell | Settle) -> None:
        await self._messages.put(cast(LiveMessage, cast(Tell, output).event))

    def _finish(self, error: ProtocolError) -> None:
        super()._finish(error)
        with suppress(asyncio.QueueFull):
            self._messages.put_nowait(None)
