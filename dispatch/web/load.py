"""What one process carries at once: connections, heads that have not come whole, and calls under way.

Beyond that a caller is told so in words and with a time to wait, before anything of its request was looked at. Health
and figures are answered in any case: they are what somebody looks at then.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.web.outer import masked
from dispatch.web.problems import Problem

SEND_WITHIN_S: Final = 20.0
"""So long a call waits for a peer that reads nothing of its answer."""


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """How much a process takes. No address may take more than its share of the connections, so that one caller leaves
    room for others; behind a proxy that hides them all are one, and the share is to be raised.
    """

    max_connections: int = 30_000
    max_connections_per_address: int = 15_000
    max_waiting_heads: int = 1_024
    max_calls: int = 512


class Admission:
    """Middleware that lets at most `most` calls in at once; those for `exempt` paths always."""

    def __init__(self, app: ASGIApp, most: int, exempt: Collection[str]) -> None:
        self._app = app
        self._most = most
        self._exempt = exempt
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http" or scope["path"] in self._exempt:
            return await self._app(scope, receive, send)
        if self._under_way >= self._most:
            return await _too_many().response(masked(scope["path"]))(scope, receive, send)
        self._under_way += 1
        try:
            return await self._app(scope, receive, _Patient(send))
        finally:
            self._under_way -= 1


class _Patient:
    """Sends, but not for ever: a peer that takes nothing is given up, and what else there is for it is dropped."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._gave_up = False

    async def __call__(self, message: Message) -> None:
        if self._gave_up:
            return
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._send(message)
        except TimeoutError:
            self._gave_up = True


def _too_many() -> Problem:
    sentence = "The server answers as many calls as it can; nothing was done. Try again in a moment."
    return Problem(503, "too_many_calls", sentence, headers={"Retry-After": "1"})
