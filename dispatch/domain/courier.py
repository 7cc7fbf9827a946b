"""Couriers: who rides, with what, and whether they are working."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.domain.vehicle import Load, Profile


class Duty(StrEnum):
    """Whether a courier takes work. `ending` finishes what is on the route and takes nothing new."""

    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    ON_BREAK = "on_break"
    ENDING = "ending"


class Account(StrEnum):
    """Whether a courier may work at all."""

    INVITED = "invited"
    TRAINING = "training"
    ACTIVE = "active"
    SUSPENDED = "suspended"


MAY_RIDE = frozenset({Account.ACTIVE, Account.TRAINING})
"""Who may sign in, be connected and report."""


class Fleet(StrEnum):
    """Whose courier it is: one of the house's own, or a freelancer who is asked when those do not suffice."""

    OWN = "own"
    FREELANCE = "freelance"


@dataclass(frozen=True, slots=True)
class Break:
    """A rest within a shift, business time in epoch ms: begun at `from_ms`, or as soon as the stop at hand is done.

    It lasts `until_ms - from_ms`. A ride that would not end by its beginning waits until it is over.
    """

    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Courier:
    """One courier of a zone. The place is not here: positions live in Redis and may be lost.

    `shift_end_at_ms` is business time in epoch ms (0: open end); no pickup begins after it. `speed_factor` is how fast
    they ride against what the roads say: 1.2 is a fifth faster. `max_orders` is how many orders a learner may have at
    once (0: as many as anybody). `home_areas` are the ids of areas that they know.

    `duty_since_ms` is when the duty last changed, `shift_from_ms` when they last came on duty (0: not known).
    """

    id: str
    name: str
    profile: Profile
    capacity: Load
    account: Account = Account.ACTIVE
    duty: Duty = Duty.OFF_DUTY
    phone: str = ""
    """For signing in by one-time code; digits with a leading +. Personal data: never logged."""
    skills: tuple[str, ...] = ()
    shift_end_at_ms: int = 0
    breaks: tuple[Break, ...] = ()
    speed_factor: float = 1.0
    max_orders: int = 0
    home_areas: tuple[str, ...] = ()
    fleet: Fleet = Fleet.OWN
    duty_since_ms: int = 0
    shift_from_ms: int = 0

    def with_duty(self, duty: Duty, at_ms: int) -> "Courier":
        """The courier with another duty from a moment on; a shift begins when they were off duty before."""
        begun_ms = at_ms if self.duty is Duty.OFF_DUTY else self.shift_from_ms
        return replace(self, duty=duty, duty_since_ms=at_ms, shift_from_ms=begun_ms)

    def at_work_as(self, known: "Courier") -> "Courier":
        """The courier with the duty and the shift of `known`."""
        return replace(self, duty=known.duty, duty_since_ms=known.duty_since_ms, shift_from_ms=known.shift_from_ms)


@dataclass(frozen=True, slots=True)
class CourierSession:
    """The newest session of a courier's phone; a higher generation fences every older one."""

    courier_id: str
    generation: int
