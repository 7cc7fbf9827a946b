"""Worker processes under one parent, which serves nobody itself: it starts them and keeps them up.

The first worker starts alone, for it prepares what all of them need (schema, city, clock); the others follow when it
serves. One that ends is started again, ever later while it keeps ending early. When a worker does not even come to
serve, time after time, and no other one serves either, the reason is nothing that passes: all of it ends with that
worker's exit status, so that somebody sees it. While another one serves, trying goes on.

No worker outlives its parent: each holds the other end of a pair of sockets, which breaks when the parent ends,
however that comes about (see `parent_line`). The workers are spawned, never forked: a forked one would hold the
parent's ends of its siblings' lines.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from dispatch.adapters.parent_line import READY

log = logging.getLogger(__name__)

END_WITHIN_S = 20.0
"""A worker says goodbye, waits 5 s for the calls that run and closes its stores; after this it hangs and is killed."""
READY_WITHIN_S = 120.0
"""Loading a large city takes its time; a new worker that needs longer than this stops a rolling restart."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How workers that end are started again: after `first_s`, and twice as long after each further early end.

    An end is early within `early_s` of the start. `tries` starts in a row without coming to serve are a bad sign.
    """

    first_s: float = 0.5
    most_s: float = 20.0
    early_s: float = 30.0
    tries: int = 3

    def delay_s(self, early_ends: int) -> float:
        """How long to wait after so many early ends in a row."""
        return min(self.most_s, self.first_s * 2.0 ** max(0, early_ends - 1))


@dataclass(slots=True)
class Record:
    """How the workers at one place have fared. `restarts` counts those that followed one that ended by itself."""

    restarts: int = 0
    early_ends: int = 0
    failed_starts: int = 0

    def ended(self, *, served: bool, lived_s: float, patience: Patience) -> float:
        """A worker has ended by itself; returns how many seconds the next one is to wait."""
        self.restarts += 1
        self.early_ends = self.early_ends + 1 if lived_s < patience.early_s else 0
        self.failed_starts = 0 if served else self.failed_starts + 1
        return patience.delay_s(self.early_ends)


@dataclass(slots=True)
class _Place:
    """One of the workers' numbers, and who stands there now. `serves` is set while that worker listens."""

    number: int
    worker: "_Worker | None" = None
    serves: asyncio.Event = field(default_factory=asyncio.Event)
    record: Record = field(default_factory=Record)


class Workers:
    """Several processes of one command, told apart by `DISPATCH_WORKER` in their environment (0, 1, ...)."""

    def __init__(
        self,
        command: Sequence[str],
        number: int,
        *,
        patience: Patience | None = None,
        end_within_s: float = END_WITHIN_S,
        ready_within_s: float = READY_WITHIN_S,
    ) -> None:
        self._command = command
        self._places = [_Place(n) for n in range(number)]
        self._patience = patience or Patience()
        self._end_within_s = end_within_s
        self._ready_within_s = ready_within_s
        self._prepared = asyncio.Event()
        self._stopped = asyncio.Event()
        self._to_renew = asyncio.Event()

    def stop(self) -> None:
        """End every worker, and `run`."""
        self._stopped.set()

    def renew(self) -> None:
        """Replace one worker after the other; the others go on serving meanwhile."""
        self._to_renew.set()

    async def run(self) -> int:
        """Keep the workers up until `stop`, or until there is no hope; all are gone afterwards.

        Returns 0, or the status of the worker that could not serve, or 1 when one had to be killed in the end.
        """
        keeping = [asyncio.create_task(self._keep(place), name=f"worker {place.number}") for place in self._places]
        others = [asyncio.create_task(self._stopped.wait()), asyncio.create_task(self._renew_for_ever())]
        try:
            await asyncio.wait([*keeping, *others], return_when=asyncio.FIRST_COMPLETED)
            hopeless = next((task.result() for task in keeping if task.done()), 0)
        finally:
            for task in (*keeping, *others):
                task.cancel()
            await asyncio.gather(*keeping, *others, return_exceptions=True)
            in_order = await self._end_all()
        return hopeless or (0 if in_order else 1)

    async def _end_all(self) -> bool:
        workers = [place.worker for place in self._places if place.worker]
        return all(await asyncio.gather(*(worker.end(self._end_within_s) for worker in workers)))

    # --- one place ---------------------------------------------------------------------------------------------

    async def _keep(self, place: _Place) -> int:
        """Have a worker at this place for ever; returns the exit status when there is no hope of that."""
        if place.number:
            await self._prepared.wait()
        while True:
            began_s = time.monotonic()
            served, status = await self._employ(place)
            if place.worker and place.worker.dismissed:
                continue
            delay_s = place.record.ended(served=served, lived_s=time.monotonic() - began_s, patience=self._patience)
            if place.record.failed_starts >= self._patience.tries and not self._anybody_serves():
                log.error("worker %d does not come to serve (status %d); everything ends", place.number, status)
                return status if status > 0 else 128 - status if status else 1
            log.error("worker %d has ended with status %d; the next in %.1f s", place.number, status, delay_s)
            await asyncio.sleep(delay_s)

    async def _employ(self, place: _Place) -> tuple[bool, int]:
        """One worker from its start to its end: whether it came to serve, and its exit status."""
        told = {"DISPATCH_WORKER": str(place.number), "DISPATCH_WORKER_RESTARTS": str(place.record.restarts)}
        try:
            place.worker = worker = await _Worker.start(self._command, told)
        except OSError as error:
            log.error("worker %d cannot be started: %s", place.number, error.strerror)
            place.worker = None
            return False, 1
        if served := await worker.comes_to_serve():
            log.info("worker %d serves", place.number, extra={"fields": {"pid": worker.pid}})
            place.serves.set()
            self._prepared.set()
        status = await worker.ended()
        place.serves.clear()
        return served, status

    def _anybody_serves(self) -> bool:
        return any(place.serves.is_set() for place in self._places)

    # --- renewal -----------------------------------------------------------------------------------------------

    async def _renew_for_ever(self) -> None:
        while True:
            await self._to_renew.wait()
            self._to_renew.clear()
            log.info("the workers are renewed, one after the other")
            for place in self._places:
                if not await self._renew(place):
                    log.error("the new worker %d does not come to serve; the others stay as they are", place.number)
                    break

    async def _renew(self, place: _Place) -> bool:
        """Dismiss the worker at this place and wait for the next one; whether that one serves in time."""
        if place.worker:
            place.worker.dismissed = True
            place.serves.clear()
            await place.worker.end(self._end_within_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ready_within_s):
                return await place.serves.wait()
        return False


class _Worker:
    """One process and the line to it. `dismissed` when its end was asked for."""

    def __init__(
        self, process: asyncio.subprocess.Process, said: asyncio.StreamReader, line: asyncio.StreamWriter
    ) -> None:
        self.dismissed = False
        self._process = process
        self._said = said
        self._line = line

    @classmethod
    async def start(cls, command: Sequence[str], told: Mapping[str, str]) -> "_Worker":
        """Start a process that finds the same modules as this one. Raises `OSError`."""
        ours, theirs = socket.socketpair()
        with theirs:
            said, line = await asyncio.open_unix_connection(sock=ours)
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **told}
            try:
                # In a session of its own, so that Ctrl-C reaches the parent alone, which then tells everybody.
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=theirs.fileno(), env=environment, start_new_session=True
                )
            except BaseException:
                line.close()
                raise
        return cls(process, said, line)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def comes_to_serve(self) -> bool:
        """Wait until it says so, or has ended instead."""
        with suppress(OSError):
            return await self._said.readline() == READY
        return False

    async def ended(self) -> int:
        """Its exit status, once it has ended by itself or at somebody's wish."""
        status = await self._process.wait()
        self._line.close()
        return status

    async def end(self, within_s: float) -> bool:
        """Ask it to end; kill it when it has not in time. Whether it did as it was asked."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                await self.ended()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self.ended()
            return False
        return True
