"""The GCJ-02 shift and its inverse."""

import pytest

from dispatch.domain.gcj02 import shifted, unshifted
from dispatch.domain.geo import Point

CITIES = [Point(39.9042, 116.4074), Point(31.2304, 121.4737), Point(22.5431, 114.0579), Point(30.5728, 104.0668)]


def test_beijing_is_shifted_north_east_as_published() -> None:
    """The well-known example: 39.90420, 116.40740 is shown at about 39.90560, 116.41364."""
    seen = shifted(CITIES[0])
    assert seen.lat == pytest.approx(39.90560, abs=2e-5)
    assert seen.lon == pytest.approx(116.41364, abs=2e-5)


@pytest.mark.parametrize("place", CITIES)
def test_the_inverse_leads_back_to_a_millimetre(place: Point) -> None:
    """Shift and back gives the place, in either order."""
    for back in (unshifted(shifted(place)), shifted(unshifted(place))):
        assert back.lat == pytest.approx(place.lat, abs=1e-8)
        assert back.lon == pytest.approx(place.lon, abs=1e-8)
