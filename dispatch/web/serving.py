"""The uvicorn servers: one that says goodbye before its connections go, and a small one for figures alone."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from courier_protocol.codec import Channel
from courier_protocol.messages import MAX_FRAME_BYTES
from dispatch.web.app import figures_app
from dispatch.web.courier_socket import CourierConnection
from dispatch.web.front import Front, Open, front
from dispatch.web.live_socket import LiveConnection

GOODBYE_S = 0.5
"""Long enough for close frames to leave; nobody is waited for."""


class QuietServer(uvicorn.Server):
    """A server within a process that has more to do.

    It listens on the socket that it is given, if any; `should_exit` ends it. `on_serving` is called when it listens.
    """

    def __init__(self, config: uvicorn.Config, door: socket.socket | None = None) -> None:
        super().__init__(config)
        self.on_serving: Callable[[], None] = lambda: None
        self._door = door

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.serve`."""
        await super().serve(sockets or ([self._door] if self._door else None))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.startup`."""
        await super().startup(sockets)
        if self.started:
            self.on_serving()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the process: uvicorn would end it before the other parts are closed."""
        yield


class DrainingServer(QuietServer):
    """Closes sockets with `SERVER_DRAINING` (3000) instead of uvicorn's 1012, and turns readiness off first.

    On a door that other workers share, it stops listening before that: who comes back is to find one of them.
    """

    def __init__(self, config: uvicorn.Config, app: Starlette, shared_door: socket.socket | None = None) -> None:
        super().__init__(config, shared_door)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`."""
        if self._door:
            for server in self.servers:
                server.close()
        self._app.state.connections.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._app.state.connections.empty.wait(), GOODBYE_S)
        await super().shutdown(sockets)
        self._app.state.connections.hang_up()


_CHANNELS: dict[bytes, tuple[Channel, Open]] = {
    b"/v1/courier": ("courier", CourierConnection),
    b"/v1/live": ("live", LiveConnection),
}


def new_connection(app: Starlette) -> Front:
    """The protocol of a new connection to this app, without a server around it: for a transport that is no socket.

    Only the live channels are served there; anything else is asked of the app itself.
    """
    return front(_CHANNELS, app.state.services, app.state.connections)["http"]()


def web_server(
    app: Starlette, host: str, port: int, shared_door: socket.socket | None = None, **more: object
) -> DrainingServer:
    """A server of the app and, beside it, of the live channels (see `front`), on host and port or on a door that it
    shares with others.

    Only proxies that are trusted may say for whom they call (`X-Forwarded-For`, `-Proto`).

    The app has no WebSockets of its own, and what uvicorn would do for them is off: no compression (it costs 300 KiB a
    connection and opens CRIME-like leaks) and no pings. Below "warning" the WebSocket layer would log query strings.
    """
    options: dict[str, object] = {
        **front(_CHANNELS, app.state.services, app.state.connections),
        "proxy_headers": True,
        "forwarded_allow_ips": list(app.state.services.trusted_proxies),
        "ws_max_size": MAX_FRAME_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,
        "access_log": False,
        "log_config": None,
        "log_level": "warning",
        "server_header": False,
        "timeout_graceful_shutdown": 5,
        **more,
    }
    return DrainingServer(uvicorn.Config(app, host=host, port=port, **options), app, shared_door)  # type: ignore[arg-type]


def figures_server(app: Starlette, door: socket.socket) -> QuietServer:
    """A server of `figures_app(app)` on a door of its own, without TLS: for the operator's own network."""
    quiet = {"access_log": False, "log_config": None, "log_level": "warning", "server_header": False}
    return QuietServer(uvicorn.Config(figures_app(app), timeout_graceful_shutdown=1, **quiet), door)  # type: ignore[arg-type]
