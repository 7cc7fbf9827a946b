"""How often the server wants a courier's place: as often as somebody needs it, and no oftener, for a fix costs battery.

    the courier                                   business s   unless moved   why
    off duty                                      300          100 m          nobody may look; the link is kept
    on a break                                    60           50 m           where work could begin again
    waiting for work                              15           20 m           who is nearest; the plan rounds to minutes
    waiting, and staff watch the map              10           20 m           a free courier's dot must not jump
    with stops ahead                              5            0              arrival times within a few seconds
    standing at the stop                          15           20 m           nothing moves until the next action does
    near the next stop                            3            0              the door is found, the arrival noticed
    with a watched order on board                 3            0              a shopper looks at the moving dot

"Near" is 300 m or a minute's ride at the present speed, whichever is farther. A battery below 15% doubles the interval
and below 5% quadruples it: a phone that dies reports nothing for the rest of the shift. Intervals are business time,
like speeds; but no phone is asked for more than a fix every half a real second, at whatever rate business time runs.

A state that flickers (a distance around 300 m, a battery at 15%) must not make a policy a second: what was entered is
left only well beyond its limit, and a phone is told at most every `TELL_EVERY_S` real seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from courier_protocol.messages import Policy
from dispatch.application.ports import Position
from dispatch.domain.courier import Duty
from dispatch.domain.geo import distance_m
from dispatch.domain.route import StopState
from dispatch.domain.zone import ZoneState

TABLE: Final[dict[str, tuple[float, float]]] = {
    "off_duty": (300.0, 100.0),
    "on_break": (60.0, 50.0),
    "waiting": (15.0, 20.0),
    "waiting_seen": (10.0, 20.0),
    "working": (5.0, 0.0),
    "at_stop": (15.0, 20.0),
    "near_stop": (3.0, 0.0),
    "watched": (3.0, 0.0),
}
"""(business seconds, metres) by reason; see above."""
NEAR_M: Final = 300.0
NEAR_S: Final = 60.0
LEAVES_AT: Final = 1.3
"""Whoever was near is so until so many times farther."""
STANDS_BELOW_MPS: Final = 1.0
LOW_BATTERY: Final = ((0.05, 4.0), (0.15, 2.0))
"""(below this charge, so many times the interval), the worst first."""
BATTERY_MARGIN: Final = 0.03
LEAST_REAL_S: Final = 0.5
TELL_EVERY_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rate depends on. `shopper_watches` is about an order that this courier has on board."""

    duty: Duty
    stops_ahead: int = 0
    at_stop: bool = False
    to_next_stop_m: float | None = None
    speed_mps: float | None = None
    battery: float | None = None
    shopper_watches: bool = False
    staff_watch: bool = False


def situation(
    state: ZoneState, courier_id: str, position: Position | None, *, shopper_watches: bool, staff_watch: bool
) -> Situation:
    """The courier's situation at this state."""
    stops = state.route(courier_id).stops
    return Situation(
        duty=state.couriers[courier_id].duty,
        stops_ahead=len(stops),
        at_stop=bool(stops) and stops[0].state is StopState.ARRIVED,
        to_next_stop_m=distance_m(position.place, stops[0].place) if position and stops else None,
        speed_mps=position.speed_mps if position else None,
        battery=position.battery if position else None,
        shopper_watches=shopper_watches,
        staff_watch=staff_watch,
    )


def wanted(seen: Situation, rate: float, before: Policy | None = None) -> Policy:
    """The policy for a situation; `before` is what the phone was told last."""
    reason = _reason(seen, before.reason if before else "")
    interval_s, min_move_m = TABLE[reason]
    told_factor = before.fix_interval_s / TABLE[before.reason][0] if before else 1.0
    interval_s *= _battery_factor(seen.battery, told_factor)
    return Policy(max(interval_s, LEAST_REAL_S * rate), min_move_m, reason)


def _reason(seen: Situation, before: str) -> str:
    if not seen.stops_ahead:
        return _without_work(seen)
    if seen.at_stop and (seen.speed_mps or 0.0) < STANDS_BELOW_MPS:
        return "at_stop"
    if seen.shopper_watches:
        return "watched"
    return "near_stop" if _is_near(seen, before == "near_stop") else "working"


def _without_work(seen: Situation) -> str:
    if seen.duty is Duty.OFF_DUTY:
        return "off_duty"
    if seen.duty is Duty.ON_BREAK:
        return "on_break"
    return "waiting_seen" if seen.staff_watch else "waiting"


def _is_near(seen: Situation, was_near: bool) -> bool:
    near_m = max(NEAR_M, NEAR_S * (seen.speed_mps or 0.0))
    return seen.to_next_stop_m is not None and seen.to_next_stop_m <= near_m * (LEAVES_AT if was_near else 1.0)


def _battery_factor(battery: float | None, before: float) -> float:
    """How many times longer; a phone that was told so hears otherwise only when it is well above the limit."""
    if battery is None:
        return 1.0
    for limit, factor in LOW_BATTERY:
        if battery < limit + (BATTERY_MARGIN if before >= factor else 0.0):
            return factor
    return 1.0


class Reporting:
    """What each phone of a process was told last, and when. Times are technical."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._told: dict[str, tuple[Policy, int]] = {}

    def due(self, courier_id: str, look: Callable[[], Situation], mono_ms: int) -> Policy | None:
        """The policy that the phone is to be told now; None when it knows it, or was told another a moment ago."""
        told = self._told.get(courier_id)
        if told and mono_ms - told[1] < TELL_EVERY_S * 1000:
            return None
        policy = wanted(look(), self._rate, told[0] if told else None)
        if told and told[0] == policy:
            return None
        self._told[courier_id] = (policy, mono_ms)
        return policy

    def forget(self, courier_id: str) -> None:
        """The session is over; the next one is told at once."""
        self._told.pop(courier_id, None)
