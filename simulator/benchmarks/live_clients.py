"""Clients of the live layer's benchmark that the load generator does not have: idle, deaf, flooding, batching ones.

Bare blocking sockets, opened a few hundred at a time, so that ten thousand cost this process next to nothing. They run
in threads, on the core of the clients.
"""

import os
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import msgspec

from simulator.benchmarks.live_server import CLIENT_CPU
from simulator.frames import CLOSE, client_frame

TEXT, FIN = 1, 0x80
AT_ONCE = 200
"""Handshakes under way at the same time: below what the kernel keeps waiting for a server to accept."""
TIMEOUT_S = 20.0
FIX_EVERY_MS = 500
STEP_DEG = 3.6e-5
"""Four metres to the north: 8 m/s."""
FLOOD_FRAMES = 400
LOWEST_PRIORITY = 19


class SessionRefused(Exception):
    """The server did not take a client in; the message is what it said instead."""


@dataclass(frozen=True, slots=True)
class Hello:
    """How a session begins: on which path and subprotocol, and with which first message."""

    path: str
    subprotocol: str
    message: dict[str, str]


def courier_hello(token: str, device_id: str) -> Hello:
    """A phone's."""
    return Hello("/v1/courier", "courier.v1.json", {"t": "hello", "token": token, "device_id": device_id})


def shopper_hello(track: str) -> Hello:
    """That of somebody with a tracking link."""
    return Hello("/v1/live", "live.v1.json", {"t": "hello", "track": track})


def staff_hello(token: str, zone: str) -> Hello:
    """That of somebody who watches the zone."""
    return Hello("/v1/live", "live.v1.json", {"t": "hello", "token": token, "zone": zone})


def open_sessions(port: int, hellos: Sequence[Hello], *, receive_buffer_bytes: int = 0) -> list[socket.socket]:
    """A live session for each hello, in their order. Raises `SessionRefused` or `OSError`."""
    opened: list[socket.socket] = []
    try:
        for start in range(0, len(hellos), AT_ONCE):
            some = hellos[start : start + AT_ONCE]
            links = [_connect(port, hello, receive_buffer_bytes) for hello in some]
            opened += links
            for link, hello in zip(links, some, strict=True):
                _read_until(link, b"\r\n\r\n", b" 101 ")
                link.sendall(client_frame(TEXT, msgspec.json.encode(hello.message)))
            for link in links:
                _read_until(link, b'"welcome"', b'"welcome"')
    except BaseException:
        close_all(opened)
        raise
    return opened


def close_all(links: Sequence[socket.socket]) -> None:
    """Hang up."""
    for link in links:
        with suppress(OSError):
            link.close()


def _connect(port: int, hello: Hello, receive_buffer_bytes: int) -> socket.socket:
    link = socket.socket()
    if receive_buffer_bytes:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    link.settimeout(TIMEOUT_S)
    link.connect(("127.0.0.1", port))
    link.sendall(
        f"GET {hello.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {hello.subprotocol}\r\n\r\n".encode()
    )
    return link


def _read_until(link: socket.socket, end: bytes, wanted: bytes) -> None:
    """Read as far as `end`, which something with `wanted` in it has to come with; what came after it is dropped."""
    heard = b""
    while end not in heard:
        more = link.recv(4096)
        if not more or more[0] == FIN | CLOSE:
            raise SessionRefused(f"the server hung up: {more[:120]!r}")
        heard += more
    if wanted not in heard:
        raise SessionRefused(f"the server said: {heard[:120]!r}")


@contextmanager
def on_client_cpu() -> Iterator[None]:
    """The calling thread works on the core of the clients, as far as there is one."""
    before = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, {CLIENT_CPU})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# --- batches ----------------------------------------------------------------------------------------------------


def fixes_as_frames(*, count: int, batch: int, end_ms: int, lat: float, lon: float) -> bytes:
    """`count` fixes of a ride that ends at `end_ms`, `batch` of them in each `pos` message and frame."""
    fixes = [
        {
            "at_ms": end_ms - (count - number) * FIX_EVERY_MS,
            "lat": round(lat + number * STEP_DEG, 6),
            "lon": lon,
            "acc_m": 5.0,
            "speed_mps": 8.0,
            "heading_deg": 0.0,
        }
        for number in range(count)
    ]
    messages = (
        {"t": "pos", "seq": first + 1, "fixes": fixes[first : first + batch]} for first in range(0, count, batch)
    )
    return b"".join(client_frame(TEXT, msgspec.json.encode(message)) for message in messages)


def pour(links: Sequence[socket.socket], each: bytes) -> None:
    """Send the bytes on every link as fast as the server takes them, and read what it answers.

    Raises `SessionRefused` when it hangs up, and `TimeoutError` when nothing moves.
    """
    with on_client_cpu(), selectors.DefaultSelector() as ready:
        left = {link: memoryview(each) for link in links}
        for link in links:
            link.setblocking(False)
            ready.register(link, selectors.EVENT_READ | selectors.EVENT_WRITE, data=link)
        while left:
            happened = ready.select(TIMEOUT_S)
            if not happened:
                raise TimeoutError
            for key, events in happened:
                link = key.data
                if events & selectors.EVENT_READ and not link.recv(65_536):
                    raise SessionRefused("the server hung up in the middle of a batch")
                if events & selectors.EVENT_WRITE and link in left:
                    left[link] = left[link][link.send(left[link]) :]
                    if not left[link]:
                        del left[link]
                        ready.modify(link, selectors.EVENT_READ, data=link)


# --- a flood ----------------------------------------------------------------------------------------------------


@dataclass
class Flood:
    """One courier's phone gone mad: it sends fixes as fast as they are taken, and comes back at once when thrown out.

    It gives way to the load generator, whose core it shares: it shall load the server and not its neighbour.
    """

    port: int
    hello: Hello
    frames: bytes
    times_thrown_out: int = 0
    sent_bytes: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Flood":
        self._thread = threading.Thread(target=self._run, name="flood")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
        with on_client_cpu():
            while not self._over.is_set():
                try:
                    (link,) = open_sessions(self.port, [self.hello])
                    self._pour(link)
                except (OSError, SessionRefused):
                    self.times_thrown_out += 1

    def _pour(self, link: socket.socket) -> None:
        link.settimeout(0.5)
        with link:
            while not self._over.is_set():
                with suppress(TimeoutError):
                    self.sent_bytes += link.send(self.frames)
                with suppress(BlockingIOError):
                    link.recv(65_536, socket.MSG_DONTWAIT)


def flood_frames(lat: float, lon: float) -> bytes:
    """What a flood sends again and again: single fixes that are sound the first time, of some minutes ago, so that no
    place of now is among them.
    """
    end_ms = int(time.time() * 1000) - 60_000
    return fixes_as_frames(count=FLOOD_FRAMES, batch=1, end_ms=end_ms, lat=lat, lon=lon)
