"""The network between simulated processes: connections that keep their order and lose nothing while they live, over
ways that are slow, jammed, or cut.

A jammed way holds what is on it until it is free again (a partition, a tunnel, a full queue): the ends notice by their
own deadlines only, and a connection may stay half open. When a process dies, its peers hear of it as soon as the way is
free, as from a kernel that answers for a port where nobody listens any more.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from contextvars import Context
from hashlib import blake2b
from random import Random
from typing import Any, Final

from simulator.in_process.loop import Process, SimulatedLoop

DELAY_S: Final = (0.002, 0.03)
TAIL: Final = 0.02
"""The share of messages that take far longer: up to `TAIL_S`."""
TAIL_S: Final = 0.8
HIGH_WATER_BYTES: Final = 65_536
"""As asyncio's transports have it."""


class Network:
    """All ways. A way is a pair of process names, in alphabetical order."""

    def __init__(self, loop: SimulatedLoop, chance: Random) -> None:
        self.loop = loop
        self.chance = chance
        self.counters: Counter[str] = Counter()
        self.record = blake2b(digest_size=16)
        """Of everything that arrived, in its order: what tells two runs apart."""
        self._jammed: dict[tuple[str, str], list[Callable[[], None]]] = {}

    def delay_s(self) -> float:
        """How long the next message takes."""
        if self.chance.random() < TAIL:
            return self.chance.uniform(DELAY_S[1], TAIL_S)
        return self.chance.uniform(*DELAY_S)

    def is_jammed(self, a: str, b: str) -> bool:
        """Whether nothing gets through between these two now."""
        return bool(self._jammed) and _way(a, b) in self._jammed

    def jam(self, a: str, b: str) -> None:
        """Let nothing through from now on."""
        self._jammed.setdefault(_way(a, b), [])

    def free(self, a: str, b: str) -> None:
        """Let through what was held, and what comes."""
        for go_on in self._jammed.pop(_way(a, b), []):
            go_on()

    def free_all(self) -> None:
        """No way is jammed any more."""
        for a, b in list(self._jammed):
            self.free(a, b)

    def when_free(self, a: str, b: str, go_on: Callable[[], None]) -> None:
        """Call this when the way is free again."""
        self._jammed[_way(a, b)].append(go_on)

    def arrived(self, to: str, data: bytes) -> None:
        """Note what came where and when."""
        self.counters["messages"] += 1
        self.record.update(f"{self.loop.time():.6f} {to} {len(data)} ".encode())
        self.record.update(data)


def _way(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


class Pipe:
    """One direction of a connection: what is sent arrives in its order, as work of the receiver's process."""

    def __init__(self, network: Network, sender: str, receiver: str, context: Context) -> None:
        self._network = network
        self._sender = sender
        self._receiver = receiver
        self._context = context
        self._under_way: deque[tuple[Callable[..., None], bytes | None]] = deque()
        self._last_s = 0.0
        self._is_held = False
        self.unsent_bytes = 0
        self.took: Callable[[], None] = lambda: None
        """Called whenever something has arrived."""

    def send(self, take: Callable[..., None], data: bytes | None = None) -> None:
        """Have `take` called with the data (without, if there are none) when they arrive."""
        self._under_way.append((take, data))
        self.unsent_bytes += len(data or b"")
        self._last_s = max(self._last_s, self._network.loop.time() + self._network.delay_s())
        self._network.loop.call_at(self._last_s, self._arrive, context=self._context)

    def _arrive(self) -> None:
        if self._is_held or self._network.is_jammed(self._sender, self._receiver):
            if not self._is_held:
                self._is_held = True
                self._network.when_free(self._sender, self._receiver, self._let_go)
            return
        self._hand_over()

    def _let_go(self) -> None:
        """The way is free again: everything that was to be there by now comes at once."""
        self._is_held = False
        waiting = len(self._under_way)
        for _ in range(waiting):
            self._network.loop.call_soon(self._arrive, context=self._context)

    def _hand_over(self) -> None:
        if not self._under_way:
            return
        take, data = self._under_way.popleft()
        if data is None:
            take()
        else:
            self.unsent_bytes -= len(data)
            self._network.arrived(self._receiver, data)
            take(data)
        self.took()


class Transport(asyncio.Transport):
    """The server's end of a connection."""

    def __init__(self, network: Network, server: Process, client: Process) -> None:
        super().__init__({"peername": ("198.51.100.7", 40_000), "sockname": ("198.51.100.1", 443)})
        self.out = Pipe(network, server.name, client.name, client.context)
        self.out.took = self._look_at_buffer
        self.network = network
        self.server = server
        self.is_lost = False
        """Whether the protocol has been told that it is over."""
        self._loop = network.loop
        self._peer: Any = None
        self._protocol: Any = None
        self._is_closing = False
        self._is_reading = True
        self._is_full = False
        self._unread: list[bytes] = []

    def join(self, protocol: asyncio.BaseProtocol, peer: Any) -> None:
        """Begin: the protocol is the server's, the peer is the client's end."""
        self._protocol, self._peer = protocol, peer

    # --- what a protocol calls ---------------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        """See `asyncio.Transport`."""
        if not self._is_closing:
            self.out.send(self._peer.data_received, bytes(data))
            if not self._is_full and self.out.unsent_bytes > HIGH_WATER_BYTES:
                self._is_full = True
                self._protocol.pause_writing()

    def close(self) -> None:
        """See `asyncio.Transport`: what was written still arrives."""
        if not self._is_closing:
            self._is_closing = True
            self.out.send(self._peer.peer_closed)
            self._loop.call_soon(self._lose, context=self.server.context)

    def abort(self) -> None:
        """See `asyncio.Transport`."""
        self.close()

    def write_eof(self) -> None:
        """See `asyncio.Transport`. The other side closes in its turn."""
        self.close()

    def can_write_eof(self) -> bool:
        """See `asyncio.Transport`."""
        return True

    def is_closing(self) -> bool:
        """See `asyncio.Transport`."""
        return self._is_closing

    def get_write_buffer_size(self) -> int:
        """See `asyncio.Transport`: what has not arrived yet."""
        return self.out.unsent_bytes

    def pause_reading(self) -> None:
        """See `asyncio.Transport`."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """See `asyncio.Transport`."""
        self._is_reading = True
        if self._unread:
            self._loop.call_soon(self._read, context=self.server.context)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """See `asyncio.Transport`."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """See `asyncio.Transport`."""
        return self._protocol

    # --- what the client's end calls, in the server's context ----------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Something has arrived here."""
        self._unread.append(data)
        self._read()

    def _read(self) -> None:
        while self._unread and self._is_reading and not self.is_lost:
            self._protocol.data_received(self._unread.pop(0))

    def peer_closed(self) -> None:
        """The client is gone."""
        self._is_closing = True
        self._lose()

    def _lose(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self._protocol.connection_lost(None)

    def _look_at_buffer(self) -> None:
        if self._is_full and self.out.unsent_bytes < HIGH_WATER_BYTES // 4:
            self._is_full = False
            self._loop.call_soon(self._resume_writing, context=self.server.context)

    def _resume_writing(self) -> None:
        if not self.is_lost:
            self._protocol.resume_writing()

    def server_died(self) -> None:
        """The kernel closes what the dead process had open."""
        if not self._is_closing:
            self._is_closing = True
            self.out.send(self._peer.peer_closed)
