"""Where an order goes that came as a text, and whether a pin and its text agree.

A text that is sure enough becomes a place. One that is not does not refuse the order: it is held for its address at a
provisional place, which the customer, the shop or the desk replaces by the true one; that sets it free.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dispatch.application.orders import HELD_FOR_ADDRESS
from dispatch.domain.depot import Depot
from dispatch.domain.geo import Point, distance_m
from dispatch.roads.address_match import PIN_AGREES_M, AddressMatch, Verdict


class PinVerdict(StrEnum):
    """Whether a pin is where its text is. `unknown` where the text is not understood well enough to say."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Located:
    """Where an order goes, and why it has to wait there (empty: it need not)."""

    place: Point
    hold: str = ""


def locate(match: AddressMatch, depot_ids: Sequence[str], depots: Mapping[str, Depot], centre: Point) -> Located:
    """The place of a text without a pin.

    The provisional one is the best candidate's; without any that of the depot which the goods come from (the first
    named one that is known, else the zone's first), so that nobody is ever sent to a place that nothing speaks for.
    `centre` is where an order goes in a zone without depots, which refuses it.
    """
    if found := match.accepted:
        return Located(found.place)
    if match.candidates:
        return Located(match.candidates[0].place, HELD_FOR_ADDRESS)
    named = [depots[depot_id] for depot_id in depot_ids if depot_id in depots] or list(depots.values())
    return Located(named[0].place if named else centre, HELD_FOR_ADDRESS)


def pin_verdict(match: AddressMatch, pin: Point) -> PinVerdict:
    """Whether the pin is where the text is. Only a text that is exactly in the city's book says that it is not."""
    found = match.accepted
    if found is None:
        return PinVerdict.UNKNOWN
    if distance_m(found.place, pin) <= PIN_AGREES_M:
        return PinVerdict.AGREES
    return PinVerdict.DIFFERS if match.verdict is Verdict.EXACT else PinVerdict.UNKNOWN
