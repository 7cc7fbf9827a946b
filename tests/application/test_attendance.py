"""Who has what open: told to those who tell it themselves, over gateways too. In virtual time."""

import asyncio

from courier_protocol.live import Attendee, Attending
from dispatch.adapters.memory_news import MemoryGatewayNews
from dispatch.application.attendance import MOST_SHOWN, Attendance
from dispatch.application.gateway_news import HOLDS_S
from simulator.virtual_time import run_virtual
from tests.application.test_gateway_news import other_gateway
from tests.support.hub import Rig, Screen, drain, rig, virtually, watching
from tests.support.planned_zone import LoopTicker

ANN, BO = Attendee("t1", "ann", "order", "o1"), Attendee("t2", "bo", "order", "o1", True)


def seen(screen: Screen) -> list[tuple[Attendee, ...]]:
    """Every telling that the screen got since the last call."""
    return [message.people for message in drain(screen) if isinstance(message, Attending)]


def test_two_at_one_order_see_each_other_until_one_goes() -> None:
    """Who does not say what they have open is told nothing, as clients of the release before are not."""

    async def test(made: Rig) -> None:
        ann, bo, silent = watching(made), watching(made), watching(made)
        made.hub.attend(ann.lane, ANN)
        made.hub.attend(bo.lane, BO)
        made.hub.attend(bo.lane, BO)
        assert seen(ann) == [(ANN,), (ANN, BO)] and seen(bo) == [(ANN, BO)] and seen(silent) == []
        made.hub.unwatch(bo.lane)
        assert seen(ann) == [(ANN,)] and seen(bo) == []
        bo.is_slow = ann.is_slow = True
        made.hub.attend(ann.lane, Attendee("t1", "ann"))
        assert seen(ann) == []

    virtually(test)


def test_other_gateways_hear_at_once_and_forget_a_dead_one() -> None:
    """What is open elsewhere shows within a moment; a gateway that is killed takes its people with it."""

    async def test() -> None:
        news = MemoryGatewayNews()
        async with rig(news=news) as made:
            screen = watching(made)
            made.hub.attend(screen.lane, ANN)
            async with other_gateway(made, news) as there:
                far = Screen()
                far.lane = there.watchers.watch_zone(far)
                there.attend(far.lane, BO)
                await asyncio.sleep(0.1)
                assert seen(screen)[-1] == (ANN, BO) and seen(far)[0] == (BO,)
                await asyncio.sleep(2.1)
                assert seen(far)[-1] == (ANN, BO)
            await asyncio.sleep(HOLDS_S + 3)
            assert seen(screen) == [(ANN,)]

    run_virtual(test())


def test_a_crowd_is_bounded() -> None:
    """A message has room for so many and no more."""

    async def test() -> None:
        attendance = Attendance(LoopTicker(), HOLDS_S)
        for n in range(MOST_SHOWN + 5):
            attendance.attend(n, Attendee(f"t{n}", "ann"))
        attendance.heard("g2", [BO])
        assert len(attendance.here) == len(attendance.everyone().people) == MOST_SHOWN

    run_virtual(test())
