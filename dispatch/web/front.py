"""The first bytes of a connection decide who serves it: a live channel, or uvicorn with everything else.

The channels do not go through ASGI: a message a millisecond and a task, a queue and two dictionaries a message do not
go together. A request for one of them is answered here, by the handshake of the package `websockets`; any other
connection is handed to uvicorn's HTTP protocol with every byte that has come. It comes back when somebody (a proxy that
keeps its connections) asks for a channel over a connection that has served other calls: uvicorn then makes another
front of it, as its WebSocket protocol.

A request whose head does not come within `HEAD_WITHIN_MS` is dropped, so that half requests cannot be collected. Whom
`Door` does not let in is told so in answer to its request. HTTP is parsed by h11, because it bounds a request's head.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Channel, Encoding, negotiate
from dispatch.web.connection import Connection, Connections
from dispatch.web.door import TOO_MANY_HEADS, Door, refusal
from dispatch.web.services import Services
from dispatch.web.wire import MAX_MESSAGE_BYTES, QUIET

HEAD_WITHIN_MS: Final = 5_000
MAX_HEAD_BYTES: Final = 65_536
"""As much as uvicorn's HTTP parser takes."""
ANY_ORIGIN: Final = "*"
_REQUEST: Final = re.compile(rb"[A-Z]{1,16}( |\Z)")
"""How any request begins; what does not is for uvicorn to refuse, at once."""
_END_OF_HEAD: Final = b"\r\n\r\n"
_VERSION: Final = "Sec-WebSocket-Version"
_BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

Open = Callable[[asyncio.Transport, Encoding, Services, Connections], Connection[Any]]
"""Makes the connection of a channel: it is open and its session begins."""


class Front(asyncio.Protocol):
    """A connection of which nothing is known yet. Made by uvicorn; see `front`."""

    def __init__(
        self,
        channels: dict[bytes, tuple[Channel, Open]],
        services: Services,
        connections: Connections,
        others: Callable[..., asyncio.Protocol],
        **uvicorns: Any,
    ) -> None:
        self._others = others
        self._channels = channels
        self._services = services
        self._connections = connections
        self._uvicorns = uvicorns
        self._head = b""
        self._transport: Any = None
        self._refused_for = ""
        self.bucket = 0
        self.deadline_mono_ms: int | None = None

    # --- what asyncio calls ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = transport
        self._refused_for = self._connections.door.enter(transport)
        if not self._connections.door.await_head(self):
            self._connections.tally.refuse(TOO_MANY_HEADS)
            self._transport.abort()
            return
        self.deadline_mono_ms = self._services.ticker.mono_ms() + HEAD_WITHIN_MS
        self._connections.deadlines.watch(self)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._head += data
        end = self._head.find(_END_OF_HEAD)
        if end < 0 and len(self._head) <= MAX_HEAD_BYTES and _REQUEST.match(self._head):
            return
        self._forget()
        channel = self._channels.get(_path(self._head)) if 0 <= end <= MAX_HEAD_BYTES else None
        if self._refused_for:
            self._refuse()
        elif channel:
            self._shake_hands(*channel, end + len(_END_OF_HEAD))
        else:
            self._hand_over(self._others(**self._uvicorns))

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        del exc
        self._forget()
        self._connections.door.leave(self._transport)

    def look(self, mono_ms: int) -> None:
        """The head has not come in time."""
        del mono_ms
        self._forget()
        self._transport.abort()

    def _forget(self) -> None:
        self.deadline_mono_ms = None
        self._connections.deadlines.forget(self)
        self._connections.door.head_came(self)

    def shutdown(self) -> None:
        """See `uvicorn.Server.shutdown`."""
        self._transport.close()

    # --- who serves it -----------------------------------------------------------------------------------------

    def _refuse(self) -> None:
        self._connections.tally.refuse(self._refused_for)
        self._transport.write(refusal(self._refused_for))
        self._transport.close()

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        protocol.connection_made(self._transport)
        self._transport.set_protocol(protocol)
        protocol.data_received(self._head)

    def _shake_hands(self, channel: Channel, open_connection: Open, head_bytes: int) -> None:
        """Answer the request. What came behind its head are the first frames."""
        handshake = ServerProtocol(select_subprotocol=_select(channel), max_size=MAX_MESSAGE_BYTES, logger=QUIET)
        handshake.receive_data(self._head[:head_bytes])
        for request in handshake.events_received():
            if isinstance(request, Request):
                handshake.origins = _origins(self._services, request)
                handshake.send_response(_answer(handshake, request))
        answer = b"".join(handshake.data_to_send()) or _BAD_REQUEST
        self._transport.write(answer)
        if handshake.state is not OPEN:
            self._connections.tally.refuse("bad_handshake")
            self._transport.close()
            return
        self._open(channel, open_connection, handshake.subprotocol, self._head[head_bytes:])

    def _open(self, channel: Channel, open_connection: Open, chosen: str | None, first_frames: bytes) -> None:
        """Let the session begin. A refusal is a close code: of a failed handshake browsers tell the page nothing."""
        _, encoding = negotiate((chosen or "",), channel) or ("", "json")
        connection = open_connection(self._transport, encoding, self._services, self._connections)
        self._transport.set_protocol(connection)
        if chosen is None:
            connection.end(CloseCode.UNSUPPORTED, f"Offer the subprotocol {channel}.v1.json or {channel}.v1.msgpack.")
        elif self._connections.draining:
            connection.end(CloseCode.SERVER_DRAINING)
        if first_frames:
            connection.data_received(first_frames)


class _Counted(asyncio.Protocol):
    """Of a connection that the door counts until it is lost."""

    transport: Any

    def __init__(self, door: Door, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._door = door

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._door.leave(self.transport)
        super().connection_lost(exc)


class Http(_Counted, H11Protocol):
    """uvicorn's HTTP."""


class OtherWebSocket(_Counted, WebSocketsSansIOProtocol):
    """uvicorn's WebSocket: the app has none, so it refuses."""


class LaterFront(Front):
    """A front of a connection that has served other calls: uvicorn sets it as the protocol after it has handed it the
    request, so that it must not have gone on before.
    """

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        asyncio.get_running_loop().call_soon(super().data_received, data)


def front(
    channels: dict[bytes, tuple[Channel, Open]], services: Services, connections: Connections
) -> dict[str, Callable[..., Front]]:
    """What uvicorn takes as its classes for HTTP (`http`) and WebSockets (`ws`): they serve the channels, by their
    paths, and hand on the rest.
    """
    return {
        "http": partial(Front, channels, services, connections, partial(Http, connections.door)),
        "ws": partial(LaterFront, channels, services, connections, partial(OtherWebSocket, connections.door)),
    }


def _answer(handshake: ServerProtocol, request: Request) -> Response:
    """The answer to a request for a channel, with what the package leaves out."""
    if "Host" not in request.headers:
        return handshake.reject(HTTPStatus.BAD_REQUEST, "A request names its Host.\n")
    if set(request.headers.get_all(_VERSION)) - {"13"}:
        response = handshake.reject(HTTPStatus.UPGRADE_REQUIRED, "Version 13 of the protocol is spoken here.\n")
        response.headers[_VERSION] = "13"
        return response
    return handshake.accept(request)


def _origins(services: Services, request: Request) -> list[Origin | None] | None:
    """Whose pages may open a channel: our own, by the host that was asked or by the public URL, and those of the sites
    that are listed; None: anybody's.

    Programs that are no browsers send no origin; the token in the hello is what counts.
    """
    if ANY_ORIGIN in services.origins:
        return None
    hosts = (request.headers.get("Host", ""), urlsplit(services.public_url).netloc)
    own = (Origin(f"{scheme}://{host.lower()}") for host in hosts if host for scheme in ("https", "http"))
    return [None, *own, *map(Origin, services.origins)]


def _path(head: bytes) -> bytes:
    """The path of a GET; empty for anything else."""
    method, _, rest = head.partition(b" ")
    return rest.partition(b" ")[0].partition(b"?")[0] if method == b"GET" else b""


def _select(channel: Channel) -> Callable[[ServerProtocol, Sequence[Subprotocol]], Subprotocol | None]:
    """The first of the offered subprotocols that both speak."""

    def select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        chosen = negotiate(offered, channel)
        return Subprotocol(chosen[0]) if chosen else None

    return select
