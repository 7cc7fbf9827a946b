"""`PushSender`: encrypts for one browser (RFC 8291, RFC 8188) and POSTs to its push service (RFC 8030).

An endpoint is an address that a stranger gave us. So it is looked at twice: its text when it is kept, and the address
behind its name when it is called (`public_http`); no answer's body is read.
"""

import asyncio
import os
from typing import Final

import httpcore
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dispatch.adapters.public_http import PrivateTarget, public_pool
from dispatch.adapters.vapid import Vapid, decoded
from dispatch.application.push_ports import PushMessage, PushSubscription, Receipt

TIMEOUT_S: Final = 10.0
RECORD_BYTES: Final = 4_096
"""The whole message is one record; services take no more."""
_KEY_BYTES, _AUTH_BYTES, _SALT_BYTES = 65, 16, 16
_LAST_RECORD = b"\x02"


class WebPush:
    """See `PushSender`. `any_target`: also to private addresses and without TLS, for push services of one's own."""

    def __init__(self, vapid: Vapid, *, any_target: bool = False) -> None:
        self._vapid = vapid
        self._pool = public_pool(any_target=any_target)

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
