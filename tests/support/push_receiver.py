"""A push service on the loopback, and a browser's keys to read what it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dispatch.adapters.vapid import encoded


class BrowserKeys:
    """What a browser makes when it subscribes; it alone can read what is sent to it (RFC 8291)."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, auth: bytes = b"sixteen bytes...") -> None:
        self._private = private or ec.generate_private_key(ec.SECP256R1())
        self._public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._auth = auth

    @property
    def p256dh(self) -> str:
        return encoded(self._public)

    @property
    def auth(self) -> str:
        return encoded(self._auth)

    def read(self, body: bytes) -> bytes:
        """The message of one record. Raises `InvalidTag` for what is for another browser."""
        salt, length = body[:16], body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        info = b"WebPush: info\0" + self._public + theirs
        shared = self._derived(self._private.exchange(ec.ECDH(), point), self._auth, info, 32)
        key = self._derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = self._derived(shared, salt, b"Content-Encoding: nonce\0", 12)
        return AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0").removesuffix(b"\2")

    @staticmethod
    def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
        return HKDF(hashes.SHA256(), length, salt, info).derive(material)


@dataclass(frozen=True)
class Sent:
    """A message as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Takes messages, and answers with the statuses that it was given, 201 after the last."""

    port: int = 0
    sent: list[Sent] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def url(self, name: str = "browser") -> str:
        return f"http://127.0.0.1:{self.port}/push/{name}"

    def told(self, keys: BrowserKeys) -> list[dict[str, Any]]:
        """What the browser of these keys would show, the oldest first."""
        return [msgspec.json.decode(keys.read(each.body))["notification"] for each in tuple(self.sent)]

    def wait_for(self, fits: Any, within_s: float) -> bool:
        """Wait until `fits()` of what has come."""
        with self.arrived:
            return self.arrived.wait_for(fits, within_s)


@contextmanager
def push_service() -> Iterator[PushService]:
    """One that listens, in a thread of its own."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = service.answers.pop(0) if service.answers else (201, {})
            with service.arrived:
                service.sent.append(Sent(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                service.arrived.notify_all()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
