"""Around every HTTP call: a limit for its address, security headers on the way out, one log line, one observation.

The log line holds no query, no token and no person: the parts of a path that are capabilities or names of users are
masked before anything is written.
"""

import logging
import re
import time
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.web.problems import too_many

log = logging.getLogger("dispatch.access")

_MASKED: Final = re.compile(r"^(/t/|/v1/track/|/v1/staff/users/|/v1/my/addresses/)[^/]*")
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""On every response that does not say otherwise itself."""


def masked(path: str) -> str:
    """The path as it may be logged."""
    return _MASKED.sub(r"\1*", path)


class Outer:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        status = 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope["scheme"])
            await send(message)

        client = scope["client"]
        wait_s = scope["app"].state.services.call_rates.take_address(client[0] if client else "")
        app = too_many(wait_s).response(masked(scope["path"])) if wait_s else self._app
        try:
            await app(scope, receive, send_on)
        finally:
            _note(scope, status, time.perf_counter() - started)
        return None


def _add_headers(message: Message, scheme: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scheme == "https":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _note(scope: Scope, status: int, seconds: float) -> None:
    operation = getattr(scope.get("endpoint"), "__name__", "unknown")
    scope["app"].state.metrics.observe(operation, status, seconds)
    fields = {
        "method": scope["method"],
        "path": masked(scope["path"]),
        "status": status,
        "ms": round(seconds * 1000, 1),
    }
    log.info("http", extra={"fields": fields})
