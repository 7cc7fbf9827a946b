"""What the city's book says of an address, as it goes over the wire; for orders and for the check alone."""

import asyncio
from typing import Protocol

from dispatch.application.addressing import PinVerdict, pin_verdict
from dispatch.domain.geo import Point, distance_m
from dispatch.roads.address_match import AddressMatch, Candidate
from dispatch.web.bodies import AddressCandidate, AddressChecked, DropoffBody
from dispatch.web.call import Call
from dispatch.web.problems import Problem


class Marked(Protocol):
    """A body with a place that may be left out."""

    lat: float | None
    lon: float | None


def pin_of(body: Marked) -> Point | None:
    """The place that was marked. Raises `Problem` 422 for half of one."""
    if body.lat is None and body.lon is None:
        return None
    if body.lat is None or body.lon is None:
        raise Problem(422, "half_a_place", "Give both lat and lon, or neither.")
    return Point(body.lat, body.lon)


async def looked_up(call: Call, dropoff: DropoffBody) -> tuple[AddressMatch, Point | None]:
    """(what the drop-off's text means, its pin). Raises as `pin_of`."""
    pin = pin_of(dropoff)
    return await asyncio.to_thread(call.services.addresses.match, dropoff.address, pin), pin


def worth_telling(match: AddressMatch, pin: Point | None) -> AddressChecked | None:
    """What whoever places an order should hear: how its text was understood, or that its pin is somewhere else."""
    return None if pin and pin_verdict(match, pin) is not PinVerdict.DIFFERS else checked(match, pin)


def checked(match: AddressMatch, pin: Point | None) -> AddressChecked:
    """The match, and the pin beside it if there is one."""
    shown = [_candidate(each) for each in match.candidates]
    found = AddressChecked(verdict=match.verdict.value, candidates=shown)
    if pin is not None:
        found.pin = pin_verdict(match, pin).value
        found.distance_m = round(distance_m(match.candidates[0].place, pin)) if match.candidates else None
    return found


def _candidate(found: Candidate) -> AddressCandidate:
    return AddressCandidate(
        address=found.text,
        lat=found.place.lat,
        lon=found.place.lon,
        confidence=found.confidence,
        guessed=[each.value for each in found.guessed],
    )
