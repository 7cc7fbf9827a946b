"""The GCJ-02 shift and its inverse."""

import pytest

from dispatch.domain.gcj02 import in_mainland, shifted, unshifted
from dispatch.domain.geo import Point, distance_m

CITIES = [Point(39.9042, 116.4074), Point(31.2304, 121.4737), Point(22.5431, 114.0579), Point(30.5728, 104.0668)]

PUBLISHED = [
    (Point(31.1774276, 121.5272106), Point(31.17530398364597, 121.531541859215)),
    (Point(22.543847, 113.912316), Point(22.540796131694766, 113.9171764808363)),
    (Point(39.911954, 116.377817), Point(39.91334545536069, 116.38404722455657)),
]
"""(true, shown) in Shanghai, Shenzhen and Beijing: the pairs by which `eviltransform` tests itself (its `TESTS`)."""


@pytest.mark.parametrize(("true", "shown"), PUBLISHED)
def test_the_published_pairs_agree(true: Point, shown: Point) -> None:
    """To a tenth of a millimetre, so that no figure of the formula is another one; and back."""
    seen = shifted(true)
    assert (seen.lat, seen.lon) == (pytest.approx(shown.lat, abs=1e-9), pytest.approx(shown.lon, abs=1e-9))
    assert distance_m(unshifted(shown), true) < 0.01


@pytest.mark.parametrize(
    ("place", "inside"),
    [
        *((city, True) for city in CITIES),
        (Point(45.8038, 126.5350), True),  # Harbin
        (Point(43.8256, 87.6168), True),  # Urumqi
        (Point(29.6520, 91.1721), True),  # Lhasa
        (Point(20.0444, 110.1983), True),  # Haikou
        (Point(22.5350, 114.0560), True),  # Shenzhen, two kilometres from the border
        (Point(22.2710, 113.5767), True),  # Zhuhai
        (Point(22.3193, 114.1694), False),  # Hong Kong
        (Point(22.4980, 114.1280), False),  # Sheung Shui, its north
        (Point(22.1987, 113.5439), False),  # Macau
        (Point(25.0330, 121.5654), False),  # Taipei
        (Point(37.5665, 126.9780), False),  # Seoul
        (Point(21.0278, 105.8342), False),  # Hanoi
        (Point(47.8864, 106.9057), False),  # Ulaanbaatar
        (Point(27.7172, 85.3240), False),  # Kathmandu
        (Point(60.1699, 24.9384), False),  # Helsinki
    ],
)
def test_the_outline_tells_the_mainland(place: Point, inside: bool) -> None:
    """Cities on both sides of the border, Hong Kong and Macau outside."""
    assert in_mainland(place) is inside


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
