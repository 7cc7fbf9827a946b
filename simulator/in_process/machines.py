"""The simulated processes of the service: booted with the roles and the wiring of the real ones, killed, frozen, and
started again by a supervisor, as `dispatch serve`, `planner` and `relay` are under theirs.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from starlette.applications import Starlette

from dispatch.application.ports import HistoryLost, StoreUnavailable
from dispatch.bootstrap import Roads, plug
from dispatch.bootstrap_parts import Parts
from dispatch.web.serving import new_connection
from simulator.in_process.loop import Process, SimulatedLoop
from simulator.in_process.network import Network, Transport

log = logging.getLogger(__name__)

BOOTS_S: Final = (0.5, 3.0)
"""How long an interpreter takes to start."""
AGAIN_S: Final = (0.5, 2.0)
"""How long the supervisor waits."""

MakeParts = Callable[[Process], Parts]


@dataclass(slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body or b"null")


@dataclass(slots=True, eq=False)
class Machine:
    """One process of the service, over all its lives."""

    name: str
    roles: frozenset[str]
    roads: Roads
    make_parts: MakeParts
    network: Network
    chance: Random
    left_out: frozenset[str] = frozenset()
    """Loops that are not run."""
    process: Process | None = None
    parts: Parts | None = None
    app: Starlette | None = None
    lives: int = 0
    ended: list[str] = field(default_factory=list)
    """Why lives ended that nobody took, and that should not have."""
    open: list[Transport] = field(default_factory=list)
    _next_life: "asyncio.TimerHandle | None" = None

    @property
    def loop(self) -> SimulatedLoop:
        """Where it lives."""
        return self.network.loop

    @property
    def is_listening(self) -> bool:
        """Whether connections are taken."""
        return self.app is not None and self.process is not None and not self.process.is_dead

    def boot(self) -> None:
        """Begin a life."""
        self._next_life = None
        self.lives += 1
        self.process = process = Process(self.name)
        process.wall_ahead_s = 0.0
        self.loop.create_task(self._live(process), context=process.context)

    async def _live(self, process: Process) -> None:
        """What `dispatch` does, from its start on; it ends when anything of it ends."""
        try:
            await asyncio.sleep(self.chance.uniform(*BOOTS_S))
            self.parts = parts = self.make_parts(process)
            async with AsyncExitStack() as stack:
                app = await plug(parts, self.roads, self.roles, stack)
                for idle in self.left_out:
                    parts.loops.pop(idle, None)
                loops = [asyncio.create_task(loop(), name=name) for name, loop in parts.loops.items()]
                self.app = app
                ended, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
                for loop in ended:
                    self._note_end(loop.get_name(), loop.exception())
        except Exception as error:
            self._note_end("start", error)
        self.loop.call_soon(self.kill, context=Context())

    def _note_end(self, what: str, error: BaseException | None) -> None:
        """Keep why a life ended by itself, unless a store was away, or history was replaced: then it has to."""
        if not isinstance(error, StoreUnavailable | HistoryLost):
            self.ended.append(f"{what}: {error!r}")

    def kill(self) -> None:
        """End its life at whatever it does just now; the supervisor starts it again."""
        if self.process is None or self.process.is_dead:
            return
        self.process.is_dead = True
        self.app = None
        for transport in self.open:
            transport.server_died()
        self.open.clear()
        if self._next_life is None:
            self._next_life = self.loop.call_later(self.chance.uniform(*AGAIN_S), self.boot, context=Context())

    def freeze(self) -> None:
        """Stop it where it is."""
        if self.process and not self.process.is_dead:
            self.process.is_frozen = True

    def thaw(self) -> None:
        """Let it go on."""
        if self.process and self.process.is_frozen and not self.process.is_dead:
            self.loop.go_on(self.process)

    # --- its doors ---------------------------------------------------------------------------------------------

    def front(self) -> Any:
        """The protocol of a new connection, as uvicorn would make it."""
        if self.app is None:
            raise ConnectionRefusedError("nobody listens")
        return new_connection(self.app)

    def remember(self, transport: Transport) -> None:
        """The connection ends with this life."""
        self.open = [each for each in self.open if not each.is_lost]
        self.open.append(transport)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> "asyncio.Task[Answer]":
        """Have the application answer an HTTP request, in this process."""
        if self.app is None or self.process is None:
            raise ConnectionRefusedError("nobody listens")
        return self.loop.create_task(_asked(self.app, method, path, headers, body), context=self.process.context)


async def _asked(app: Starlette, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """One request through ASGI."""
    route, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": route,
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("198.51.100.7", 40_000),
        "server": ("dispatch.example", 443),
    }
    said: list[Mapping[str, Any]] = []
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    answered = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], answered, b"".join(part.get("body", b"") for part in said[1:]))
