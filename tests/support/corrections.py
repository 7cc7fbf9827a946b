"""A correction for tests: a door's pin that lies some hundreds of metres off."""

from dispatch.domain.correction import Correction
from dispatch.domain.doors import door_of
from dispatch.domain.geo import Point
from dispatch.domain.place_correction import Pattern
from tests.support.zones import NOON_MS

ADDRESS = "Street 1"
PIN = Point(60.17, 24.94)
PLACE = Point(60.172, 24.944)
DOOR = door_of(PIN, ADDRESS)


def correction(place: Point = PLACE, visits: int = 4, at_ms: int = NOON_MS, pin: Point = PIN) -> Correction:
    """Proposed, by so many visits."""
    return Correction(
        id=door_of(pin, ADDRESS),
        address=ADDRESS,
        pin=pin,
        place=place,
        pattern=Pattern.MOVED,
        visits=visits,
        distance_m=314.0,
        spread_m=9.0,
        confidence=0.75,
        reason_en="4 visits ended 314 m from the pin, always at the same place.",
        reason_zh="4 次送达的实际位置距标注点 314 米，每次都在同一处。",
        stays=(place,) * visits,
        at_ms=at_ms,
    )
