"""`PushSender`: encrypts for one browser (RFC 8291, RFC 8188) and POSTs to its push service (RFC 8030).

An endpoint is an address that a stranger gave us. So it is looked at twice: its text when it is kept, and here the
address behind its name, which is then the one that is connected to; nothing is redirected, no answer's body is read.
"""

import asyncio
import os
import socket
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dispatch.adapters.vapid import Vapid, decoded
from dispatch.application.push_desk import is_public
from dispatch.application.push_ports import PushMessage, PushSubscription, Receipt

TIMEOUT_S: Final = 10.0
MOST_CONNECTIONS: Final = 32
RECORD_BYTES: Final = 4_096
"""The whole message is one record; services take no more."""
_KEY_BYTES, _AUTH_BYTES, _SALT_BYTES = 65, 16, 16
_LAST_RECORD = b"\x02"


class PrivateTarget(Exception):
    """The name leads to an address that is not the internet's."""


class WebPush:
    """See `PushSender`. `any_target`: also to private addresses and without TLS, for push services of one's own."""

    def __init__(self, vapid: Vapid, *, any_target: bool = False) -> None:
        self._vapid = vapid
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=30.0,
            network_backend=httpcore.AnyIOBackend() if any_target else PublicOnly(),
        )

    async def close(self) -> None:
        """End all connections."""
        await self._pool.aclose()

    async def send(self, to: PushSubscription, message: PushMessage) -> tuple[Receipt, float]:
        """See `PushSender`."""
        try:
            body = encrypted(message.body, to.p256dh, to.auth)
        except ValueError:
            return Receipt.GONE, 0.0
        headers = [
            ("Authorization", self._vapid.authorization(to.endpoint)),
            ("Content-Encoding", "aes128gcm"),
            ("Content-Type", "application/octet-stream"),
            ("TTL", str(message.ttl_s)),
            ("Topic", message.topic),
            ("Urgency", "high" if message.urgent else "normal"),
        ]
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(to.endpoint, headers, body)
        except PrivateTarget:
            return Receipt.GONE, 0.0
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, httpx.InvalidURL):
            return Receipt.GONE, 0.0
        except (OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
            return Receipt.LATER, 0.0

    async def _post(self, url: str, headers: list[tuple[str, str]], body: bytes) -> tuple[Receipt, float]:
        async with self._pool.stream("POST", url, headers=headers, content=body) as answer:
            return receipt_of(answer.status), _wait_s(answer.headers)


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only: to the very address that was looked at, whatever its name says next."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """See `AsyncNetworkBackend`. Raises `PrivateTarget`."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(map(is_public, addresses)):
            raise PrivateTarget
        return await self._backend.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """No push service is a file. Raises `PrivateTarget`."""
        raise PrivateTarget

    async def sleep(self, seconds: float) -> None:
        """See `AsyncNetworkBackend`."""
        await self._backend.sleep(seconds)


def receipt_of(status: int) -> Receipt:
    """What a push service's answer means (RFC 8030, section 5 and 7.3)."""
    if 200 <= status < 300:
        return Receipt.TAKEN
    if status in (404, 410):
        return Receipt.GONE
    return Receipt.LATER if status == 429 or status >= 500 else Receipt.REFUSED


def _wait_s(headers: list[tuple[bytes, bytes]]) -> float:
    wanted = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return float(wanted) if wanted.isdigit() and len(wanted) <= 6 else 0.0


def encrypted(
    plain: bytes, p256dh: str, auth: str, own: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The message as one record of `aes128gcm` for the holder of these keys. Raises `ValueError` for bad ones.

    `own` and `salt` are fresh for each message; tests give those of RFC 8291's example.
    """
    browser, secret = decoded(p256dh, _KEY_BYTES), decoded(auth, _AUTH_BYTES)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), browser)
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(_SALT_BYTES)
    ours = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = _derived(own.exchange(ec.ECDH(), theirs), secret, b"WebPush: info\0" + browser + ours, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
    record = AESGCM(key).encrypt(nonce, plain + _LAST_RECORD, None)
    return salt + RECORD_BYTES.to_bytes(4) + bytes([len(ours)]) + ours + record


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)
