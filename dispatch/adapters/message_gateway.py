"""`MessageChannel` by a gateway of the operator's, for SMS and WeChat templates; and one that records instead.

The gateway is asked in no provider's words, so that a few lines of its own suit it to any of them.
"""

import asyncio
import json
import logging
from pathlib import Path
from typing import Final

import httpx
import msgspec

from dispatch.application.messaging.ports import TAKEN, Content, Sent, Target
from dispatch.application.messaging.table import Channel
from dispatch.application.push_ports import Receipt

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
NONE, RECORD = "none", "record"
MOST_REMEMBERED: Final = 10_000


class GatewayChannel:
    """POSTs `{"id", "channel", "to", "template", "lang", "text", "fields", "link"}` as JSON. Only 2xx is success.

    The id stands in `Idempotency-Key`, too: a gateway must take the same id once, whatever it answered before. For
    WeChat `to` is a phone number, of which the gateway knows the OpenID. Tests give a `transport` of their own.
    """

    repeats_safely = True

    def __init__(self, channel: Channel, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._channel = channel
        self._url = url
        tls = httpx.create_ssl_context()
        self._http = httpx.AsyncClient(transport=transport, verify=tls, timeout=TIMEOUT_S, trust_env=False)

    async def close(self) -> None:
        """End all connections."""
        await self._http.aclose()

    async def send(self, to: Target, content: Content) -> Sent:
        """See `MessageChannel`. No reason names the URL, which may hold a secret, nor whom it was for."""
        body = asked(self._channel, to, content)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._http.post(self._url, json=body, headers={"Idempotency-Key": content.id})
        except (TimeoutError, httpx.TimeoutException):
            return Sent(Receipt.LATER, "timed_out")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Sent(Receipt.LATER, "unreachable")
        if answer.is_success:
            return TAKEN
        wanted = answer.headers.get("Retry-After", "")
        wait_s = float(wanted) if wanted.isdecimal() and len(wanted) <= 6 else 0.0
        passes = answer.status_code == 429 or answer.status_code >= 500
        return Sent(Receipt.LATER if passes else Receipt.REFUSED, f"http_{answer.status_code}", wait_s)


class RecordingChannel:
    """For development: appends each message, once for its id, as a line of JSON to a file, and logs that it did.

    The file has what would have been sent, the address included; the log has neither. None: it is only remembered.
    """

    repeats_safely = True

    def __init__(self, channel: Channel, file: Path | None = None) -> None:
        self.sent: list[tuple[Target, Content]] = []
        self._channel = channel
        self._file = file
        self._ids: dict[str, None] = {}

    async def send(self, to: Target, content: Content) -> Sent:
        """See `MessageChannel`."""
        if content.id in self._ids:
            return TAKEN
        self._ids[content.id] = None
        if len(self._ids) > MOST_REMEMBERED:
            self._ids.pop(next(iter(self._ids)))
        if self._file:
            line = json.dumps(asked(self._channel, to, content), ensure_ascii=False)
            await asyncio.to_thread(_append, self._file, line)
        else:
            self.sent.append((to, content))
        told = {"channel": self._channel.value, "template": content.template, "id": content.id}
        log.info("a message was recorded instead of being sent", extra={"fields": told})
        return TAKEN


def asked(channel: Channel, to: Target, content: Content) -> dict[str, object]:
    """What a gateway is asked."""
    shown: dict[str, object] = msgspec.to_builtins(content)
    named = ("id", "template", "lang", "subject", "text", "fields", "link")
    return {"channel": channel.value, "to": to.address} | {name: shown[name] for name in named}


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")
