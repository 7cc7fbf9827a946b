"""An event loop whose time is virtual, whose order of tasks is drawn from a seed, and on which processes can die.

Everything that runs belongs to a simulated `Process`, by a context variable that tasks, timers and callbacks inherit.
A dead process's work is simply never run again: no `finally` of it runs, as after SIGKILL, at whatever await it stood.
A frozen one's work waits until it goes on, as after SIGSTOP. There are no threads: what is offloaded is computed at
once and told a drawn moment later.

The theory of the order. asyncio promises that callbacks run in the order in which they were made ready, and transports
rely on that; but which of two *tasks* that are ready goes first is nobody's promise. So only steps of tasks change
places with each other.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterable
from contextvars import Context, ContextVar, copy_context
from itertools import count
from random import Random
from typing import Any, Final
from weakref import WeakKeyDictionary

OFFLOADED_S: Final = (0.0002, 0.02)
"""How long a worker thread takes, as others see it."""
_STEPS: Final = frozenset({"TaskStepMethWrapper", "TaskWakeupMethWrapper"})
"""What asyncio's tasks wait by, by the names of their types: they are not to be had otherwise."""


class Process:
    """A simulated process, from its start to its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.is_frozen = False
        self.wall_ahead_s = 0.0
        """How far its wall clock is ahead of the true time."""
        self.held: list[asyncio.Handle] = []
        """What does not run: for ever, or until it goes on."""
        self.context = copy_context()
        self.context.run(PROCESS.set, self)

    @property
    def is_halted(self) -> bool:
        """Whether it does nothing now."""
        return self.is_dead or self.is_frozen


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


Callback = Callable[..., Any]


class _Handle(asyncio.TimerHandle):
    """What will be run, and when. asyncio's own asks for each whether it is to be debugged, which took as long as all
    that the loop does with it.
    """

    __slots__ = ()

    def __init__(self, when: float, callback: Callback, args: Any, loop: Any, context: Context | None) -> None:
        self._when = when
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = copy_context() if context is None else context
        self._cancelled = self._scheduled = False
        self._source_traceback = self._repr = None

    def cancel(self) -> None:
        """It is dropped when its time comes."""
        self._cancelled = True


class SimulatedLoop(asyncio.BaseEventLoop):
    """`time()` is virtual seconds since the beginning. It ends with an error when everybody waits for nothing."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance
        self._now_s = 0.0
        self._soon: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = count()
        self._born = WeakKeyDictionary[asyncio.Task[Any], int]()
        self.steps = 0
        """How many callbacks have run."""

    def time(self) -> float:
        """Virtual seconds."""
        return self._now_s

    def call_soon(  # type: ignore[override]
        self, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """See `asyncio.AbstractEventLoop`."""
        handle = _Handle(self._now_s, callback, args, self, context)
        self._soon.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment] # there are no threads

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See `asyncio.AbstractEventLoop`."""
        timer = _Handle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callback, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See `asyncio.AbstractEventLoop`."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, work: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Compute at once, tell a moment later."""
        del executor
        done = self.create_future()
        try:
            result = work(*args)
        except Exception as error:
            self.call_later(self._chance.uniform(*OFFLOADED_S), _fail, done, error)
        else:
            self.call_later(self._chance.uniform(*OFFLOADED_S), _settle, done, result)
        return done

    def create_task(self, coro: Any, *, name: Any = None, context: Context | None = None) -> "asyncio.Task[Any]":
        """See `asyncio.AbstractEventLoop`."""
        task = super().create_task(coro, name=name, context=context)
        self._born[task] = next(self._numbers)
        return task

    def in_birth_order(self, tasks: Iterable["asyncio.Task[Any]"]) -> list["asyncio.Task[Any]"]:
        """Of a set, whose own order hangs on where its members lie in memory."""
        return sorted(tasks, key=self._born.__getitem__)

    def go_on(self, process: Process) -> None:
        """A frozen process runs again; what became due meanwhile is overdue now."""
        process.is_frozen = False
        self._soon += process.held
        process.held = []

    def abandon(self) -> None:
        """End: whatever still waits is dropped without a word, as by the end of the world."""
        self.set_exception_handler(lambda loop, context: None)
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._soon.clear()
        self._timers.clear()
        self.close()

    # --- turns -------------------------------------------------------------------------------------------------

    def _run_once(self) -> None:
        if not self._soon:
            self._pass_time()
        turn, self._soon = self._soon, []
        if len(turn) > 1:
            self._mix(turn)
        for handle in turn:
            if handle._cancelled:
                continue
            process = handle._context.get(PROCESS)  # type: ignore[attr-defined]
            if process is not None and process.is_halted:
                process.held.append(handle)
                continue
            self.steps += 1
            handle._run()

    def _pass_time(self) -> None:
        """Go to the next moment at which anything is due."""
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
        if not timers:
            raise RuntimeError("Everybody waits for something that will never happen.")
        self._now_s = max(self._now_s, timers[0][0])
        while timers and timers[0][0] <= self._now_s:
            self._soon.append(heapq.heappop(timers)[2])

    def _mix(self, turn: list[asyncio.Handle]) -> None:
        """Let ready tasks change places, in every second turn."""
        if self._chance.random() < 0.5:
            places = [n for n, handle in enumerate(turn) if type(handle._callback).__name__ in _STEPS]  # type: ignore[attr-defined]
            if len(places) > 1:
                steps = [turn[n] for n in places]
                self._chance.shuffle(steps)
                for n, step in zip(places, steps, strict=True):
                    turn[n] = step

    # --- what asyncio's base asks of a loop ----------------------------------------------------------------------

    def _process_events(self, event_list: Any) -> None:
        """There are none: nothing here touches a real socket."""

    def _write_to_self(self) -> None:
        """Nobody sleeps."""


def _settle(done: "asyncio.Future[Any]", result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[Any]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
