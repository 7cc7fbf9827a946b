"""The uvicorn server that says goodbye: before its connections go, every session is told to come back."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from courier_protocol.codec import Channel
from courier_protocol.messages import MAX_FRAME_BYTES
from dispatch.web.courier_socket import CourierConnection
from dispatch.web.front import Open, front
from dispatch.web.live_socket import LiveConnection

GOODBYE_S = 0.5
"""Long enough for close frames to leave; nobody is waited for."""


class DrainingServer(uvicorn.Server):
    """Closes sockets with `SERVER_DRAINING` (3000) instead of uvicorn's 1012, and turns readiness off first."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the process: uvicorn would end it before the other parts are closed."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`."""
        self._app.state.connections.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._app.state.connections.empty.wait(), GOODBYE_S)
        await super().shutdown(sockets)
        self._app.state.connections.hang_up()


_CHANNELS: dict[bytes, tuple[Channel, Open]] = {
    b"/v1/courier": ("courier", CourierConnection),
    b"/v1/live": ("live", LiveConnection),
}


def web_server(app: Starlette, host: str, port: int, **more: object) -> DrainingServer:
    """A server of the app and, beside it on the same port, of the live channels (see `front`).

    The app has no WebSockets of its own, and what uvicorn would do for them is off: no compression (it costs 300 KiB a
    connection and opens CRIME-like leaks) and no pings. Below "warning" the WebSocket layer would log query strings.
    """
    options: dict[str, object] = {
        "http": front(_CHANNELS, app.state.services, app.state.connections),
        "ws": "websockets-sansio",
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
    return DrainingServer(uvicorn.Config(app, host=host, port=port, **options), app)  # type: ignore[arg-type]
