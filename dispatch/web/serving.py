"""The uvicorn server that says goodbye: before its connections go, every session is told to come back."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.applications import Starlette

from courier_protocol.messages import MAX_FRAME_BYTES

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


def web_server(app: Starlette, host: str, port: int, **more: object) -> DrainingServer:
    """A server with the limits that our sockets need.

    Frames up to twice our limit reach the session, which refuses those above it with a numbered close (3505); larger
    ones end in the WebSocket layer (1009). No compression: it costs 300 KiB a connection and opens CRIME-like leaks.
    The protocol's own heartbeat takes the place of WebSocket pings. Below "warning" the WebSocket layer would log query
    strings, and at "debug" every frame with the tokens in it.
    """
    options: dict[str, object] = {
        "ws": "websockets-sansio",
        "ws_max_size": 2 * MAX_FRAME_BYTES,
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
