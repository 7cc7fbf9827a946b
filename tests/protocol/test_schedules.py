"""More than a thousand random schedules of what can break a courier's channel, as a state machine that shrinks.

`test_lossy_links` breaks one phone's link. Here both phones of a courier and the server die as well, phones supersede
each other, tokens end and are renewed, histories are trimmed, and the stream is restored from a backup.
"""

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.support.lossy_world import World

SCHEDULES = 1_200
DOINGS = 50
HAVE_HAPPENED = (
    "resumed with missed pushes",
    "resynced",
    "an action came again",
    "phone died owing actions",
    "phone died with events in hand",
    "server died with actions in hand",
    "server closed: SUPERSEDED",
    "server closed: SLOW_CONSUMER",
    "server closed: BAD_TOKEN",
    "phone closed: STREAM_GAP",
    "phone closed: HEARTBEAT_TIMEOUT",
    "signed in again",
)
"""A schedule is worth what happens in it: each of these in at least one of four hundred."""

phones = st.integers(0, 1)
several = st.integers(1, 6)
BY_ONE = ("fix", "act", "act", "act", "handle", "handle", "refresh", "sign_in", "sign_in")
BY_THE_SERVER = ("event", "event", "event_of_others", "commit", "commit")
BY_A_PROXY = ("lose_up", "lose_down", "lose_down", "repeat_up", "repeat_down", "swap_down")
BY_CHANCE = ("kill_server", "kill_server", "forget", "restore", "relay_again", "snapshot")


class Schedules(RuleBasedStateMachine):
    """Each rule is something that a courier, an app, a phone, a network or a server does."""

    ran: ClassVar[int] = 0
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(phones=2)

    @rule(who=phones, what=st.sampled_from(BY_ONE), times=several)
    def courier(self, who: int, what: str, times: int) -> None:
        """Does something, and the app keeps up with events or does not."""
        for _ in range(times):
            getattr(self.world, what)(who)

    @rule(what=st.sampled_from(BY_THE_SERVER), times=several)
    def server(self, what: str, times: int) -> None:
        """Records events, and decides on actions."""
        for _ in range(times):
            getattr(self.world, what)()

    @initialize(who=phones)
    def begin(self, who: int) -> None:
        """A shift begins with a phone that works."""
        self.talk(who, 3, is_quick=True)

    @rule(who=phones, times=several, is_quick=st.booleans())
    def talk(self, who: int, times: int, is_quick: bool) -> None:
        """Frames go to and fro, as they mostly do; a quick server has committed by the time that it answers."""
        for _ in range(times):
            self.world.up(who)
            if is_quick:
                self.world.commit()
            self.world.down(who)
            self.world.down(who)

    @rule(who=phones, downs=st.integers(0, 3))
    def stammer(self, who: int, downs: int) -> None:
        """One direction is ahead of the other."""
        self.world.up(who)
        for _ in range(downs):
            self.world.down(who)

    @rule(who=phones)
    def cut(self, who: int) -> None:
        """The link breaks."""
        self.world.cut(who)

    @precondition(lambda self: any(link.rising or link.falling for link in self.world.links))
    @rule(who=phones, how=st.sampled_from(BY_A_PROXY))
    def meddle(self, who: int, how: str) -> None:
        """A broken proxy does what no WebSocket does."""
        getattr(self.world, how)(who)

    @precondition(lambda self: self.world.links)
    @rule(who=phones, lost=several)
    def mute(self, who: int, lost: int) -> None:
        """A broken proxy swallows what the server says, then lets it through again."""
        for _ in range(2):
            self.world.event()
            for _ in range(lost):
                self.world.lose_down(who)
        self.world.event()
        self.world.down(who)

    @rule(ms=st.sampled_from((10, 3_000, 9_000, 25_000)))
    def wait(self, ms: int) -> None:
        """Time passes, for more or less than a heartbeat and a silence."""
        self.world.wait(ms)

    @rule(ms=st.sampled_from((15_000, 15_000, 25_000, 25_000, 700_000)))
    def doze(self, ms: int) -> None:
        """The phones sleep in their pockets, for less or for more than a token lasts."""
        self.world.doze(ms)

    @rule(who=phones, to_ms=st.integers(0, 2**41))
    def jump(self, who: int, to_ms: int) -> None:
        """Somebody sets a phone's clock."""
        self.world.phones[who].wall_ms = to_ms

    @rule(who=phones)
    def kill_phone(self, who: int) -> None:
        """The battery is empty, or the app was swiped away."""
        self.world.kill_phone(who)

    @rule(what=st.sampled_from(BY_CHANCE))
    def misfortune(self, what: str) -> None:
        """The server dies, forgets its history, comes back from a backup, or says again what it has said."""
        getattr(self.world, what)()

    def teardown(self) -> None:
        """In the end it is calm, for one phone after the other."""
        Schedules.happened.update(set(+self.world.happened))
        for who in (0, 1):
            self.world.heal(who)
            self.world.assert_all_is_well(who)
        Schedules.ran += 1


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_whatever_breaks_in_whatever_order_nothing_is_lost_or_doubled() -> None:
    """Always: a fix at most once a generation, pushes in order without a hole or a repeat, or a snapshot instead.

    In the end: every action of both phones committed and settled once, in the courier's order; every fix with the
    server; each app at the newest event. `make fuzz` runs far more schedules, and others each time.
    """
    search = settings(
        max_examples=max(SCHEDULES, settings().max_examples),
        stateful_step_count=DOINGS,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(Schedules, settings=search)  # type: ignore[no-untyped-call]
    assert Schedules.ran >= SCHEDULES
    rare = {what: Schedules.happened[what] for what in HAVE_HAPPENED if Schedules.happened[what] < Schedules.ran / 400}
    assert rare == {}
