"""How a courier behaves where people differ: answers, pace, time at the door, tunnels. All of it from one seed."""

from dataclasses import dataclass
from typing import Literal

from simulator.chance import stream

Answer = Literal["accept", "decline", "silence"]

DWELL_SPREAD = 0.35
"""Standard deviation of the logarithm of the time at a stop: one in twenty takes 1.8 times as long as usual."""
GPS_SIGMA_M = 6.0
"""Error of a phone's receiver in each direction, in the open."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual among the couriers of a run. Shares of 1; durations in business seconds."""

    declines: float = 0.03
    silent: float = 0.01
    answer_s: tuple[float, float] = (3.0, 15.0)
    outage_every_s: float = 3 * 3600.0
    outage_s: tuple[float, float] = (20.0, 120.0)


CALM = Habits()
FLAKY = Habits(outage_every_s=420.0, outage_s=(20.0, 300.0))
"""A city of tunnels: a lost link every seven minutes of business time."""

UNBROKEN = Habits(outage_every_s=1e9)
"""No tunnels: every link that is lost is the service's doing."""


class Temper:
    """One courier's draws. Each purpose has a stream of its own, so that one does not disturb another."""

    def __init__(self, seed: int, courier_id: str, habits: Habits = CALM) -> None:
        self._habits = habits
        self._answers = stream(seed, courier_id, "answers")
        self._dwells = stream(seed, courier_id, "dwells")
        self._outages = stream(seed, courier_id, "outages")
        self.gps = stream(seed, courier_id, "gps")
        self.pace = float(stream(seed, courier_id, "pace").uniform(0.88, 1.12))
        """How fast this courier rides, in shares of the vehicle's speed."""

    def answer(self) -> tuple[Answer, float]:
        """What the courier makes of an offer, and after how many business seconds."""
        luck, delay_s = float(self._answers.random()), float(self._answers.uniform(*self._habits.answer_s))
        if luck < self._habits.silent:
            return "silence", delay_s
        return ("decline" if luck < self._habits.silent + self._habits.declines else "accept"), delay_s

    def dwell_s(self, service_s: float) -> float:
        """How long a stop takes that should take `service_s`: log-normal, with that as its mean."""
        return service_s * float(self._dwells.lognormal(-(DWELL_SPREAD**2) / 2, DWELL_SPREAD))

    def next_outage(self) -> tuple[float, float]:
        """After how many business seconds the link is lost next, and for how long."""
        wait_s = float(self._outages.exponential(self._habits.outage_every_s))
        return wait_s, float(self._outages.uniform(*self._habits.outage_s))
