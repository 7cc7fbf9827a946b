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
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Literal, cast

from websockets.asyncio.client import connect

from courier_protocol.client_session import ClientSession
from courier_protocol.codec import Encoding
from courier_protocol.errors import ProtocolError
from courier_protocol.live import Attend, LiveMessage, View
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
    Proof,
    Push,
    Refresh,
    Reply,
    Resync,
    Say,
    SetDuty,
    StopAction,
    StopKind,
    Undo,
    Welcome,
)
from courier_protocol.outputs import Settle, Tell
from courier_protocol.shell import Connect, Shell, mono_ms_now, wall_ms_now
from courier_protocol.watch_client_session import WatchClientSession

Event = Push | Resync | Policy | ErrorMessage

MAX_WAITING_MESSAGES = 1_024


class CourierClient(Shell):
    """One courier's phone. Use it with `async with`, from one event loop only.

    `url` is that of `/v1/courier`; `token` a signed courier token; `device_id` names the phone (1-64 characters).
    `encoding` is `"json"` or `"msgpack"`. `batch_s` holds fixes back that long to send them together (0: at once).
    `rng`, `mono_ms`, `wall_ms` and `connect` are injected by tests and simulations.

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
        mono_ms: Callable[[], int] = mono_ms_now,
        wall_ms: Callable[[], int] = wall_ms_now,
        connect: Connect = connect,
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
            connect=connect,
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
        order_ids: Sequence[str] = (),
        kind: StopKind | Literal[""] = "",
        proofs: Sequence[Proof] = (),
        at_ms: int | None = None,
    ) -> Reply:
        """Tell what happened at a stop, and where. With `order_ids` and `kind` it counts although the route changed."""
        return await self._act(
            Progress(
                id=self._new_id(),
                stop_id=stop_id,
                action=action,
                at_ms=self._at(at_ms),
                reason=reason,
                lat=lat,
                lon=lon,
                order_ids=tuple(order_ids),
                kind=kind,
                proofs=tuple(proofs),
            )
        )

    async def undo(self, stop_id: str, *, at_ms: int | None = None) -> Reply:
        """Take back that a stop is done, within `UNDO_WITHIN_S`."""
        return await self._act(Undo(id=self._new_id(), stop_id=stop_id, at_ms=self._at(at_ms)))

    async def say(
        self, order_id: str, to: Literal["customer", "dispatcher"], text: str, *, at_ms: int | None = None
    ) -> Reply:
        """Write about an order."""
        return await self._act(Say(id=self._new_id(), order_id=order_id, to=to, text=text, at_ms=self._at(at_ms)))

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


class LiveClient(Shell):
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
        packed: bool = False,
        encoding: Encoding = "msgpack",
        rng: random.Random | None = None,
        mono_ms: Callable[[], int] = mono_ms_now,
        wall_ms: Callable[[], int] = wall_ms_now,
        connect: Connect = connect,
    ) -> None:
        session = WatchClientSession(rng or random.SystemRandom(), token=token, zone=zone, track=track, packed=packed)
        self._looking = session
        super().__init__(
            url=url,
            channel="live",
            speaker="live",
            encoding=encoding,
            session=session,
            mono_ms=mono_ms,
            wall_ms=wall_ms,
            connect=connect,
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

    def look(self, view: View | None) -> None:
        """Get the places that fit this view from now on; None: all of the zone. Raises LocalProtocolError."""
        self._looking.look(view)
        self._wake.set()

    def attend(self, attend: Attend) -> None:
        """Say what is open at this desk, and be told of the others from now on. Raises LocalProtocolError."""
        self._looking.attend(attend)
        self._wake.set()

    async def wait_live(self) -> None:
        """Return when the session is live (at once if it is)."""
        await self._wait_live()

    async def _hand_over(self, output: Tell | Settle) -> None:
        await self._messages.put(cast(LiveMessage, cast(Tell, output).event))

    def _finish(self, error: ProtocolError) -> None:
        super()._finish(error)
        with suppress(asyncio.QueueFull):
            self._messages.put_nowait(None)
