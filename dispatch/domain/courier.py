"""Couriers: who rides, with what, and whether they are working."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Courier:
    """One courier of a zone. The place is not here: positions live in Redis and may be lost."""

    id: str
    name: str
    profile: Profile
    capacity: Load
    account: Account = Account.ACTIVE
    duty: Duty = Duty.OFF_DUTY
    phone: str = ""
    """For signing in by one-time code; digits with a leading +. Personal data: never logged."""


@dataclass(frozen=True, slots=True)
class CourierSession:
    """The newest session of a courier's phone; a higher generation fences every older one."""

    courier_id: str
    generation: int
