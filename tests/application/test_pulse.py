"""The beat: at once while it is quiet, together when much comes in. In virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from dispatch.application.pulse import Pulse, PulsePolicy
from dispatch.domain import commands as c
from simulator.virtual_time import run_virtual
from tests.support.hub import Rig, drain, shopper, staff, virtually
from tests.support.planned_zone import LoopTicker
from tests.support.zones import NOON_MS, plan, planned


def beating(policy: PulsePolicy, test: Callable[[Pulse, list[float]], Coroutine[Any, Any, None]]) -> None:
    """Run a test beside a pulse; the list gets the moment of each beat, in s."""

    async def doing() -> None:
        pulse, beats = Pulse(LoopTicker(), policy), list[float]()
        pulse.show_on_beat(lambda: beats.append(round(asyncio.get_running_loop().time(), 3)))
        running = asyncio.create_task(pulse.run())
        await test(pulse, beats)
        running.cancel()

    run_virtual(doing())


def test_nothing_waits_while_it_is_quiet() -> None:
    """A beat follows within a tick for what waits anyway, and none while nothing comes."""

    async def test(pulse: Pulse, beats: list[float]) -> None:
        await asyncio.sleep(1)
        for _ in range(9):
            pulse.came()
        assert not pulse.waits
        await asyncio.sleep(1)
        pulse.stir()
        await asyncio.sleep(1)
        assert beats == [1.015, 2.015]

    beating(PulsePolicy(busy_messages=10), test)


def test_much_within_a_tick_waits_until_it_is_half_as_much() -> None:
    """From the tenth message of a tick on; with five a tick it stays so, with four it ends."""

    async def test(pulse: Pulse, beats: list[float]) -> None:
        waits = []
        for messages in (10, 5, 5, 4, 9):
            for _ in range(messages):
                pulse.came()
            waits.append(pulse.waits)
            await asyncio.sleep(0.016)
        assert waits == [True, True, True, True, False] and len(beats) == 5

    beating(PulsePolicy(busy_messages=10), test)


def test_it_may_be_told_to_do_the_one_or_the_other() -> None:
    """For measuring: always, or never."""

    async def always(pulse: Pulse, _: list[float]) -> None:
        assert pulse.waits
        pulse.came()
        await asyncio.sleep(1)
        assert pulse.waits

    async def never(pulse: Pulse, _: list[float]) -> None:
        for _i in range(1_000):
            pulse.came()
        assert not pulse.waits
        await asyncio.sleep(1)
        assert not pulse.waits

    beating(PulsePolicy("always"), always)
    beating(PulsePolicy("never"), never)


def test_what_has_come_is_taken_before_anything_is_shown() -> None:
    """Whoever was made first: a place that waits for the beat is seen at that beat, not at the next one."""

    async def test(pulse: Pulse, _: list[float]) -> None:
        done: list[str] = []
        pulse.show_on_beat(lambda: done.append("shown"))
        pulse.take_on_beat(lambda: done.append("taken"))
        pulse.came()
        await asyncio.sleep(0.03)
        assert done == ["taken", "shown"]

    beating(PulsePolicy(), test)


def seqs(messages: list[Any]) -> list[list[int]]:
    return [[fix.seq for fix in message.fixes] for message in messages if type(message).__name__ == "Fixes"]


def on_board(test: Callable[[Rig], Coroutine[Any, Any, None]]) -> None:
    """A zone whose courier has a watched order on board."""

    async def begin(made: Rig) -> None:
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        stop_id = made.state.route("c1").stops[0].id
        await made.do(c.ReportProgress("c1", stop_id, c.StopAction.COMPLETED, NOON_MS))
        await test(made)

    virtually(begin)


def test_a_place_is_shown_to_shoppers_at_once_and_to_staff_at_the_beat() -> None:
    """Shoppers see every place as it comes, staff all of a tick in one frame."""

    async def test(made: Rig) -> None:
        customer, desk = shopper(made), staff(made)
        await asyncio.sleep(1)
        drain(customer), drain(desk)
        made.fix(1)
        made.fix(2)
        assert seqs(drain(customer)) == [[1], [2]] and seqs(drain(desk)) == []
        await asyncio.sleep(0.03)
        assert seqs(drain(customer)) == [] and seqs(drain(desk)) == [[1, 2]]

    on_board(test)


def test_a_busy_process_shows_a_courier_s_places_in_one_frame() -> None:
    """Nothing is lost and nothing is out of order: they only come together."""

    async def test(made: Rig) -> None:
        customer, desk = shopper(made), staff(made)
        await asyncio.sleep(1)
        drain(customer), drain(desk)
        made.pulse.waits = True
        for seq in range(1, 4):
            made.fix(seq)
        assert seqs(drain(customer)) == [] == seqs(drain(desk))
        await asyncio.sleep(0.03)
        assert seqs(drain(customer)) == [[1, 2, 3]] == seqs(drain(desk))

    on_board(test)
