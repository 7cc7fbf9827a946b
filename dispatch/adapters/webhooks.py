"""`MessageChannel` by webhooks, as *Standard Webhooks 1.0* has them (https://www.standardwebhooks.com).

Headers: `webhook-id` (the same in every try), `webhook-timestamp` (epoch seconds of this try) and `webhook-signature`:
for each secret `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. Only 2xx is success; 410 ends the
webhook. The URL is a stranger's, so it is called as those of Web Push are (`public_http`); no answer's body is read.
"""

import asyncio
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Final

import httpcore
import httpx

from dispatch.adapters.public_http import PrivateTarget, public_pool
from dispatch.application.messaging.ports import SEND_WITHIN_S, TAKEN, Content, Sent, Target
from dispatch.application.messaging.webhooks import SECRET_PREFIX
from dispatch.application.push_ports import Receipt

MOST_CONNECTIONS: Final = 128


class WebhookChannel:
    """See `MessageChannel`. `any_target`: also private addresses and without TLS. `wall_ms` dates the signatures."""

    repeats_safely = True

    def __init__(self, wall_ms: Callable[[], int], *, any_target: bool = False) -> None:
        self._wall_ms = wall_ms
        self._pool = public_pool(any_target=any_target, connections=MOST_CONNECTIONS)

    async def close(self) -> None:
        """End all connections."""
        await self._pool.aclose()

    async def send(self, to: Target, content: Content) -> Sent:
        """See `MessageChannel`."""
        at_s, body = self._wall_ms() // 1000, content.body.encode()
        headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "dispatch-webhooks/1"),
            ("webhook-id", content.id),
            ("webhook-timestamp", str(at_s)),
            ("webhook-signature", " ".join(signature(secret, content.id, at_s, body) for secret in to.secrets)),
        ]
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                return await self._post(to.address, headers, body)
        except PrivateTarget:
            return Sent(Receipt.REFUSED, "private_target")
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, httpx.InvalidURL):
            return Sent(Receipt.REFUSED, "bad_url")
        except (TimeoutError, httpcore.TimeoutException):
            return Sent(Receipt.LATER, "timed_out")
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError):
            return Sent(Receipt.LATER, "unreachable")

    async def _post(self, url: str, headers: list[tuple[str, str]], body: bytes) -> Sent:
        async with self._pool.stream("POST", url, headers=headers, content=body) as answer:
            if 200 <= answer.status < 300:
                return TAKEN
            wanted = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
            wait_s = float(wanted) if wanted.isdigit() and len(wanted) <= 6 else 0.0
            receipt = Receipt.GONE if answer.status == 410 else Receipt.LATER
            return Sent(receipt, f"http_{answer.status}", wait_s)


def signature(secret: str, message_id: str, at_s: int, body: bytes) -> str:
    """What proves to whoever has the secret (`whsec_...`) that the body is ours, and of when it is."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.digest(key, f"{message_id}.{at_s}.".encode() + body, hashlib.sha256)
    return f"v1,{b64encode(signed).decode()}"
