"""Calls of many made into few."""

import asyncio
import gc

import pytest

from dispatch.application.ports import StoreUnavailable
from dispatch.application.rounds import Rounds


class Desk:
    """Answers a round when it is let; refuses one that holds a `-1`, and is away for one that holds a `-2`."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.open = asyncio.Event()

    async def add_up(self, items: list[int]) -> int:
        self.rounds.append(list(items))
        await self.open.wait()
        if -1 in items:
            raise ValueError("not this one")
        if -2 in items:
            raise StoreUnavailable("away")
        return sum(items)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_comes_meanwhile_is_done_together() -> None:
    """The first goes at once and alone; those who come while it is under way share the next call."""
    desk = Desk()
    rounds = Rounds(desk.add_up)
    first = asyncio.create_task(rounds.join(1))
    await settle()
    others = [asyncio.create_task(rounds.join(number)) for number in (2, 3)]
    await settle()
    assert desk.rounds == [[1]]
    desk.open.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [5, 5]
    assert desk.rounds == [[1], [2, 3]]


async def test_a_round_has_so_many_and_no_more() -> None:
    """A crowd makes several rounds, in the order in which it came."""
    desk = Desk()
    desk.open.set()
    rounds = Rounds(desk.add_up, most=2)
    assert await asyncio.gather(*(rounds.join(number) for number in range(5))) == [1, 1, 5, 5, 4]
    assert desk.rounds == [[0, 1], [2, 3], [4]]


async def test_who_leaves_takes_nobody_with_them() -> None:
    """A caller who was cancelled is out, and the round is made for the others."""
    desk = Desk()
    rounds = Rounds(desk.add_up)
    leaves, stays = (asyncio.create_task(rounds.join(number)) for number in (1, 2))
    await settle()
    leaves.cancel()
    await settle()
    assert leaves.cancelled()
    desk.open.set()
    assert await stays == 3


async def test_a_round_that_fails_fails_for_its_members_only() -> None:
    """Everybody of it is told; the next one is made as ever."""
    desk = Desk()
    desk.open.set()
    rounds = Rounds(desk.add_up, most=2)
    said = await asyncio.gather(*(rounds.join(number) for number in (-1, 2, 3)), return_exceptions=True)
    assert [str(each) for each in said] == ["not this one", "not this one", "3"]
    with pytest.raises(ValueError, match="not this one"):
        await rounds.join(-1)
    assert await rounds.join(4) == 4


async def test_nobody_waits_twice_for_a_store_that_is_away() -> None:
    """It did not answer those before them in all its time; they are told so at once, and it is asked again later."""
    desk = Desk()
    rounds = Rounds(desk.add_up)
    first = asyncio.create_task(rounds.join(-2))
    await settle()
    others = [asyncio.create_task(rounds.join(number)) for number in (2, 3)]
    await settle()
    desk.open.set()
    said = await asyncio.gather(first, *others, return_exceptions=True)
    assert [str(each) for each in said] == ["away"] * 3 and desk.rounds == [[-2]]
    assert await rounds.join(4) == 4


async def test_a_round_fails_although_nobody_waits_for_it_any_more(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is left behind that would complain."""
    desk = Desk()
    rounds = Rounds(desk.add_up)
    leaves = asyncio.create_task(rounds.join(-1))
    await settle()
    leaves.cancel()
    await settle()
    desk.open.set()
    assert await rounds.join(4) == 4
    del leaves
    gc.collect()
    assert caplog.records == []
