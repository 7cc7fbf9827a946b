"""What makes a ride wait at the end of a street: signals and signs.

Signals delay by the uniform term of the Highway Capacity Manual (2000, chapter 16), 0.5 C (1 - g/C)^2 / (1 - X g/C):
13 s with a cycle C of 80 s, half of it green, at half the capacity X. Someone on foot waits (C - g)^2 / 2 C = 10 s. A
stop sign takes the standing still and looking (6 s), giving way half of that; house figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from dispatch.domain.vehicle import Profile


class Control(IntEnum):
    """What stands there, the slowest last."""

    NONE = 0
    GIVE_WAY = 1
    STOP = 2
    SIGNALS = 3


@dataclass(frozen=True, slots=True)
class Sign:
    """A signal or sign at a node; it may concern one direction of its way only."""

    control: Control
    forward: bool = True
    backward: bool = True


_WHEELS_S = (0.0, 3.0, 6.0, 13.0)
_FOOT_S = (0.0, 0.0, 0.0, 10.0)

ONE_CROSSING_M = 30.0
"""Signals at both ends of a shorter street belong to one crossing and make a ride wait once."""


def delays_s(profile: Profile) -> tuple[float, ...]:
    """The seconds that each kind of `Control` takes in the mean, in the order of its values."""
    return _FOOT_S if profile is Profile.FOOT else _WHEELS_S


def read_sign(tags: Mapping[str, str]) -> Sign | None:
    """What an OpenStreetMap node says; None when nobody waits there."""
    control = {"traffic_signals": Control.SIGNALS, "stop": Control.STOP, "give_way": Control.GIVE_WAY}.get(
        tags.get("highway", ""), Control.NONE
    )
    if control is Control.NONE:
        return None
    direction = tags.get("traffic_signals:direction") or tags.get("direction", "")
    return Sign(control, direction != "backward", direction != "forward")


def controls_of(
    nodes: Sequence[tuple[int, ...]], length_m: npt.NDArray[np.float64], signs: Mapping[int, Sign]
) -> npt.NDArray[np.uint8]:
    """[2K] what stands on each edge or at its head; `nodes` [K] are the node ids along each segment as drawn.

    Between junctions a sign that names no direction means the ride towards the nearer of them.
    """
    control = np.zeros(2 * len(nodes), dtype=np.uint8)
    for segment, along in enumerate(nodes):
        met = (_met(along, signs), _met(along[::-1], signs, against=True))
        for against in (0, 1):
            behind = signs.get(along[-1 if against else 0])
            one_crossing = length_m[segment] < ONE_CROSSING_M and behind and behind.control is Control.SIGNALS
            if not (one_crossing and met[against] is Control.SIGNALS):
                control[2 * segment + against] = met[against]
    return control


def _met(along: Sequence[int], signs: Mapping[int, Sign], *, against: bool = False) -> Control:
    slowest = Control.NONE
    for index, node in enumerate(along[1:], 1):
        sign = signs.get(node)
        if sign is None:
            continue
        concerns = sign.backward if against else sign.forward
        towards = index == len(along) - 1 or sign.forward != sign.backward or 2 * index >= len(along) - 1
        if concerns and towards:
            slowest = max(slowest, sign.control)
    return slowest
