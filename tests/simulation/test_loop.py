"""The floor that simulations stand on: virtual time, order, death and standstill."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from simulator.in_process.loop import Process, SimulatedLoop

LoopOf = Callable[..., SimulatedLoop]


@pytest.fixture
def loop_of() -> Iterator[LoopOf]:
    """Makes loops with a seed, and drops what waits on them."""
    made: list[SimulatedLoop] = []

    def make(seed: int = 1) -> SimulatedLoop:
        made.append(SimulatedLoop(Random(seed)))
        return made[-1]

    yield make
    for loop in made:
        loop.abandon()


def test_an_hour_takes_no_time(loop_of: LoopOf) -> None:
    """Sleeping moves the clock and nothing else."""
    loop = loop_of()
    loop.run_until_complete(asyncio.sleep(3_600))
    assert loop.time() == 3_600


def test_whoever_waits_for_nothing_is_found_out(loop_of: LoopOf) -> None:
    """A loop on which nothing will ever happen says so instead of hanging."""
    with pytest.raises(RuntimeError, match="never happen"):
        loop_of().run_until_complete(asyncio.Event().wait())


def test_callbacks_keep_their_order(loop_of: LoopOf) -> None:
    """asyncio promises it, and transports rely on it; only steps of tasks may change places."""
    for seed in range(20):
        loop, seen = loop_of(seed), list[int]()
        for number in range(10):
            loop.call_soon(seen.append, number)
        loop.run_until_complete(asyncio.sleep(0))
        assert seen == list(range(10))


async def noted(seen: list[str], name: str) -> None:
    seen.append(name)


async def several(seen: list[str]) -> None:
    await asyncio.gather(*(noted(seen, name) for name in "abcdef"))


def test_the_order_of_tasks_is_the_seeds(loop_of: LoopOf) -> None:
    """Another seed lets them run in another order, the same one in the same."""
    orders = []
    for seed in (1, 2, 3, 4, 5, 6, 1):
        seen: list[str] = []
        loop_of(seed).run_until_complete(several(seen))
        orders.append("".join(seen))
    assert orders[0] == orders[-1]
    assert len(set(orders)) > 2
    assert {"".join(sorted(order)) for order in orders} == {"abcdef"}


async def busy(seen: list[str]) -> None:
    try:
        while True:
            await asyncio.sleep(1)
            seen.append("step")
    finally:
        seen.append("finally")


def begun(loop: SimulatedLoop, main: Any) -> Process:
    process = Process("p")
    loop.create_task(main, context=process.context)
    return process


def test_a_dead_process_does_nothing_more(loop_of: LoopOf) -> None:
    """As after SIGKILL: it does not go on, and nothing of it is tidied up."""
    loop, seen = loop_of(), list[str]()
    process = begun(loop, busy(seen))
    loop.run_until_complete(asyncio.sleep(3.5))
    process.is_dead = True
    loop.run_until_complete(asyncio.sleep(10))
    assert seen == ["step"] * 3


def test_a_frozen_process_goes_on_where_it_was(loop_of: LoopOf) -> None:
    """As after SIGSTOP and SIGCONT: what became due meanwhile is overdue."""
    loop, seen = loop_of(), list[str]()
    process = begun(loop, busy(seen))
    loop.run_until_complete(asyncio.sleep(1.5))
    process.is_frozen = True
    loop.run_until_complete(asyncio.sleep(10))
    assert seen == ["step"]
    loop.go_on(process)
    loop.run_until_complete(asyncio.sleep(1.2))
    assert seen == ["step"] * 3


def test_what_a_thread_would_do_is_done_and_told_later(loop_of: LoopOf) -> None:
    """Offloaded work is computed in the loop's own thread; its result and its error come a moment later."""
    loop = loop_of()
    assert loop.run_until_complete(asyncio.to_thread(sum, (1, 2))) == 3
    assert 0 < loop.time() < 0.1
    with suppress(ZeroDivisionError):
        loop.run_until_complete(asyncio.to_thread(divmod, 1, 0))
        raise AssertionError("the error is lost")
