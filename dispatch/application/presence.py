"""Whether a courier's phone is there: live, stale, lost or offline.

The theory. A link is judged by silence alone, for a TCP connection may be dead for minutes before anyone knows. What
goes stale is a *place*, and a place ages in business time: after 60 s a rider is some 300 m further. But silence
is made by real networks: a tunnel, a lift, a reconnect with back-off take real seconds, at whatever rate business time
runs. So each threshold is the longer of a business and a real duration:

    stale   60 s business, at least 10 s real    12 missed fixes of 5 s; a reconnect with back-off takes up to ~8 s
    lost    300 s business, at least 30 s real   the planner gives no new work after the same time

A phone that said goodbye, that was never heard, or that has gone silent off duty is offline; nobody waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.domain.courier import Courier, Duty


class Link(StrEnum):
    """How well a courier's phone is heard."""

    LIVE = "live"
    STALE = "stale"
    LOST = "lost"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """The thresholds of silence; see above."""

    stale_business_s: float = 60.0
    stale_real_s: float = 10.0
    lost_business_s: float = 300.0
    lost_real_s: float = 30.0

    def link(self, silent_s: float, rate: float, duty: Duty) -> Link:
        """What a silence of so many real seconds means at this rate of business time."""
        if silent_s < max(self.stale_business_s / rate, self.stale_real_s):
            return Link.LIVE
        if duty is Duty.OFF_DUTY:
            return Link.OFFLINE
        return Link.STALE if silent_s < max(self.lost_business_s / rate, self.lost_real_s) else Link.LOST


class Presence:
    """Who was heard when, in technical time. `links` holds the last judgement of each courier."""

    def __init__(self, rate: float, policy: LinkPolicy) -> None:
        self._rate = rate
        self._policy = policy
        self._heard_mono_ms: dict[str, float] = {}
        self.links: dict[str, str] = {}

    def heard(self, courier_id: str, mono_ms: float) -> None:
        """Something came from this courier's phone."""
        self._heard_mono_ms[courier_id] = mono_ms

    def said_goodbye(self, courier_id: str) -> None:
        """The phone ended its session on purpose."""
        self._heard_mono_ms.pop(courier_id, None)

    def silent_ms(self, courier_id: str, mono_ms: float) -> float | None:
        """For how long nothing has come from this courier's phone; None when it was not heard, or said goodbye."""
        heard_mono_ms = self._heard_mono_ms.get(courier_id)
        return None if heard_mono_ms is None else mono_ms - heard_mono_ms

    def judge(self, couriers: Mapping[str, Courier], mono_ms: float) -> dict[str, Link]:
        """Judge every courier now; returns the links that changed."""
        changed = {}
        for courier in couriers.values():
            link = self._link(courier, mono_ms)
            if self.links.get(courier.id, Link.OFFLINE) != link:
                self.links[courier.id] = changed[courier.id] = link
        return changed

    def _link(self, courier: Courier, mono_ms: float) -> Link:
        silent_ms = self.silent_ms(courier.id, mono_ms)
        return Link.OFFLINE if silent_ms is None else self._policy.link(silent_ms / 1000, self._rate, courier.duty)
