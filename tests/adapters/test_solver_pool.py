"""The solver pool under fire: real processes that answer, hang, crash, lie, and die with their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.adapters.solver_pool import SolverPool
from dispatch.planning import assignment
from dispatch.planning.checker import violations
from dispatch.planning.improve import ENGINE
from tests.support.planning import drop, held, line, pick, plan_courier, problem, random_problem

CROSSED = problem(
    line(0, 1, 20, 21, 0, 20),
    [
        plan_courier("c1", 4, planned=(pick("right"), drop("right"))),
        plan_courier("c2", 5, planned=(pick("left"), drop("left"))),
    ],
    [held("left", 0, 1, "c2"), held("right", 2, 3, "c1")],
)


def solver_of(body: str) -> tuple[str, ...]:
    """The command of a solver process that does this instead of solving."""
    script = f"""
import ctypes, os, signal, sys, time
from dispatch.adapters.solver_process import serve
from dispatch.planning.problem import Plan
def solve(problem, budget_s, seed, deep):
    {body}
serve(solve)
"""
    return (sys.executable, "-c", script)


HANG_WITH_GIL = solver_of("ctypes.PyDLL(None).sleep(60)")
CRASH = solver_of("os.abort()")
RAISE = solver_of("raise ValueError('no such luck')")
BABBLE = solver_of("os.system('echo between the answers'); return Plan(problem.version, (), ('babble',), float(seed))")
MOODY = solver_of("return os._exit(3) if seed == 13 else Plan(problem.version, (), ('moody',))")


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    state = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return subprocess.run(["ps", "-p", str(pid)], check=False, capture_output=True).returncode == 0


async def until(holds: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait until something outside holds."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.02)


async def test_a_real_search_comes_back_better() -> None:
    """The real solver, in its niced process: crossed orders are exchanged, and the plan passes the oracle."""
    async with SolverPool(grace_s=10.0) as pool:
        assert os.getpriority(os.PRIO_PROCESS, pool.pids[0]) >= 10
        plan = await pool.improve(CROSSED, 1.0, seed=1)
        assert plan and plan.engines == (ENGINE, assignment.ENGINE)
        assert violations(CROSSED, plan) == []
        assert await pool.improve(replace(CROSSED, orders={}, couriers=()), 0.3, seed=1) is None
        assert pool.outcomes == {"better": 1, "nothing": 1}
        pids = pool.pids
    await until(lambda: not any(map(alive, pids)))


async def test_the_loop_lives_while_the_solver_searches() -> None:
    """A search holds the GIL of its own process, not of ours: the event loop turns on all the while."""
    async with SolverPool(grace_s=10.0) as pool:
        searching = asyncio.create_task(pool.improve(random_problem(5, couriers=8, orders=40), 1.5, seed=1))
        turns = 0
        while not searching.done():
            await asyncio.sleep(0.005)
            turns += 1
        assert await searching
        assert turns > 20


async def test_a_hanging_solver_is_killed_and_replaced() -> None:
    """It holds its GIL and hears nothing; at deadline and grace it is killed, and a fresh one stands ready."""
    async with SolverPool(grace_s=0.1, command=HANG_WITH_GIL) as pool:
        (hanging,) = pool.pids
        started = time.monotonic()
        assert await pool.improve(CROSSED, 0.1, seed=1) is None
        assert time.monotonic() - started < 10.0
        assert pool.outcomes == {"overrun": 1}
        await until(lambda: not alive(hanging))
        await until(lambda: bool(pool.pids) and hanging not in pool.pids)


@pytest.mark.parametrize(("command", "outcome"), [(CRASH, "crashed"), (RAISE, "error")])
async def test_a_failing_solver_costs_nothing_but_its_answer(command: tuple[str, ...], outcome: str) -> None:
    """A crash or an exception: no plan, and the next call finds a solver again."""
    async with SolverPool(command=command) as pool:
        for _ in range(2):
            assert await pool.improve(CROSSED, 5.0, seed=1) is None
        assert pool.outcomes == {outcome: 2}


async def test_the_next_call_after_a_crash_is_answered() -> None:
    """Seed 13 brings bad luck, once."""
    async with SolverPool(command=MOODY) as pool:
        assert await pool.improve(CROSSED, 5.0, seed=13) is None
        plan = await pool.improve(CROSSED, 5.0, seed=14)
        assert plan and plan.engines == ("moody",)


@pytest.mark.parametrize("event_loop", ["asyncio", "uvloop"])
def test_a_solver_that_died_while_it_was_idle_is_replaced(event_loop: str) -> None:
    """The kernel ended it between two calls: the next one gets None, the one after that an answer, on either loop."""
    new_loop = pytest.importorskip(event_loop).new_event_loop

    async def killed_between_calls() -> None:
        async with SolverPool(command=MOODY) as pool:
            (first,) = pool.pids
            os.kill(first, signal.SIGKILL)
            await until(lambda: not alive(first))
            await asyncio.sleep(0.2)  # until the event loop has closed the pipes, which nothing tells
            assert await pool.improve(CROSSED, 5.0, seed=1) is None
            assert await pool.improve(CROSSED, 5.0, seed=2)
            assert pool.outcomes == {"crashed": 1, "better": 1}
            assert first not in pool.pids

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(killed_between_calls())


async def test_what_a_library_prints_does_not_get_between_the_answers() -> None:
    """Standard output belongs to the answers; everything else goes to standard error."""
    async with SolverPool(command=BABBLE) as pool:
        plans = [await pool.improve(CROSSED, 5.0, seed) for seed in (1, 2)]
        assert [plan.gain for plan in plans if plan] == [1.0, 2.0]


async def test_a_canceled_call_frees_its_solver() -> None:
    """Nobody waits for the answer any more: the busy process is killed, the next call gets a fresh one."""
    async with SolverPool(command=solver_of("time.sleep(60 if seed else 0)")) as pool:
        (busy,) = pool.pids
        call = asyncio.create_task(pool.improve(CROSSED, 60.0, seed=1))
        await asyncio.sleep(0.3)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: not alive(busy))
        assert await pool.improve(CROSSED, 20.0, seed=0) is None
        assert pool.outcomes == {"canceled": 1, "nothing": 1}


async def test_two_processes_search_side_by_side(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each of two calls waits until the other has begun: a pool of two answers both."""
    meet = "open(f'{os.environ[\"MEET\"]}{seed}', 'w').close(); other = 3 - seed\n"
    meet += "    while not os.path.exists(f'{os.environ[\"MEET\"]}{other}'): time.sleep(0.01)"
    monkeypatch.setenv("MEET", str(tmp_path / "began-"))
    async with SolverPool(processes=2, command=solver_of(meet)) as pool:
        await asyncio.gather(*(pool.improve(CROSSED, 20.0, seed) for seed in (1, 2)))
        assert pool.outcomes == {"nothing": 2}


async def test_a_solver_that_cannot_start_says_so_at_once() -> None:
    """A broken installation is found when the pool starts, and leaves no process behind."""
    with pytest.raises(EOFError):
        async with SolverPool(command=(sys.executable, "-c", "import no_such_solver")):
            pass


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "hanging"])
async def test_no_orphan_outlives_a_killed_parent(busy: bool, tmp_path: Path) -> None:
    """The parent is killed with SIGKILL: an idle solver sees its input end; a hanging one is ended by its timer."""
    told = tmp_path / "pid"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"""
import asyncio, pathlib
from dispatch.adapters import solver_process
from dispatch.adapters.solver_pool import SolverPool
from tests.adapters.test_solver_pool import CROSSED, HANG_WITH_GIL
async def main():
    async with SolverPool(command=HANG_WITH_GIL, grace_s=100) as pool:
        asking = asyncio.create_task(pool.improve(CROSSED, 0.1, 1)) if {busy} else None
        await asyncio.sleep(0.3)
        pathlib.Path({str(told)!r}).write_text(str(pool.pids[0]))
        await asyncio.sleep(100)
asyncio.run(main())
""",
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    try:
        await until(lambda: told.exists() and told.read_text() != "", within_s=20)
        pid = int(told.read_text())
        assert alive(pid)
        parent.send_signal(signal.SIGKILL)
        await until(lambda: not alive(pid))
    finally:
        parent.kill()
        parent.wait()
