"""Where an order goes that came as a text, and whether a pin and its text agree."""

import pytest

from dispatch.application.addressing import Located, PinVerdict, locate, pin_verdict
from dispatch.domain.depot import Depot
from dispatch.domain.geo import Point
from dispatch.roads.address_match import PIN_AGREES_M, AddressMatch, Candidate, Verdict

DOOR, CENTRE = Point(60.17, 24.94), Point(60.175, 24.95)
NEAR, FAR = Depot("near", "Near", Point(60.169, 24.939)), Depot("far", "Far", Point(60.20, 24.99))
DEPOTS = {"near": NEAR, "far": FAR}
FOUND = (Candidate(DOOR, "12 Maple Street", 0.9),)
NEXT_DOOR, AWAY = Point(60.1705, 24.94), Point(60.172, 24.94)
"""56 m and 222 m from the door."""


@pytest.mark.parametrize("verdict", [Verdict.EXACT, Verdict.LIKELY])
def test_a_text_that_is_sure_enough_is_a_place(verdict: Verdict) -> None:
    """Nothing is held."""
    assert locate(AddressMatch(verdict, FOUND), [], DEPOTS, CENTRE) == Located(DOOR)


def test_a_text_that_means_several_is_held_at_the_likeliest() -> None:
    """For its address, whatever depot is named."""
    assert locate(AddressMatch(Verdict.AMBIGUOUS, FOUND), ["far"], DEPOTS, CENTRE) == Located(DOOR, "address")


@pytest.mark.parametrize(
    ("named", "place"),
    [(["far"], FAR.place), (["moon", "far"], FAR.place), ([], NEAR.place), (["moon"], NEAR.place)],
)
def test_a_text_that_is_not_found_is_held_at_the_depot(named: list[str], place: Point) -> None:
    """At the first named one that is known, else at the zone's first."""
    assert locate(AddressMatch(Verdict.NOT_FOUND), named, DEPOTS, CENTRE) == Located(place, "address")


def test_a_zone_without_depots_has_its_middle() -> None:
    """It will refuse the order for another reason."""
    assert locate(AddressMatch(Verdict.NOT_FOUND), [], {}, CENTRE) == Located(CENTRE, "address")


@pytest.mark.parametrize(
    ("verdict", "pin", "said"),
    [
        (Verdict.EXACT, NEXT_DOOR, PinVerdict.AGREES),
        (Verdict.EXACT, AWAY, PinVerdict.DIFFERS),
        (Verdict.LIKELY, NEXT_DOOR, PinVerdict.AGREES),
        (Verdict.LIKELY, AWAY, PinVerdict.UNKNOWN),
        (Verdict.AMBIGUOUS, NEXT_DOOR, PinVerdict.UNKNOWN),
    ],
)
def test_only_an_exact_text_speaks_against_a_pin(verdict: Verdict, pin: Point, said: PinVerdict) -> None:
    """A guess of ours is no reason to doubt what somebody marked."""
    assert pin_verdict(AddressMatch(verdict, FOUND), pin) is said
    assert 56 < PIN_AGREES_M < 222


def test_what_is_not_found_says_nothing_of_a_pin() -> None:
    """Unknown."""
    assert pin_verdict(AddressMatch(Verdict.NOT_FOUND), DOOR) is PinVerdict.UNKNOWN
