"""Which edges a drawn shape means."""

import numpy as np
import pytest

from dispatch.domain.errors import InvalidInput
from dispatch.roads.build import Street, build_network
from dispatch.roads.covering import Geometry, cut_share, edges_of
from dispatch.roads.network import Network

ALL = (5.0, 15.0, 20.0, 30.0, 30.0, 27.0)
PLACES = {1: (60.0, 25.0), 2: (60.0, 25.01), 3: (60.0, 25.02), 4: (60.005, 25.01), 5: (60.005, 25.02)}
ALONG_FIRST = ((25.0, 60.0001), (25.01, 60.0001))
"""Some 11 m north of the street from 1 to 2, drawn eastwards."""


@pytest.fixture(scope="module")
def network() -> Network:
    """A main street from 1 over 2 to 3, and a block 2-4-5-3 on its north."""
    ways = ((1, 2, 3), (2, 4), (4, 5), (5, 3))
    return build_network([Street(nodes, str(k), ALL, ALL) for k, nodes in enumerate(ways)], PLACES)


def between(network: Network, a: int, b: int) -> int:
    """The edge from one place to the other."""
    at = [np.flatnonzero((network.node_lat == PLACES[k][0]) & (network.node_lon == PLACES[k][1]))[0] for k in (a, b)]
    return int(np.flatnonzero((network.tail == at[0]) & (network.head == at[1]))[0])


def test_a_line_means_the_street_beside_it_in_its_direction(network: Network) -> None:
    """Not the opposite direction, nor the streets that go on from its end or turn off there."""
    assert edges_of(network, Geometry("line", ALONG_FIRST)).tolist() == [between(network, 1, 2)]
    assert edges_of(network, Geometry("line", ALONG_FIRST[::-1])).tolist() == [between(network, 2, 1)]
    both = sorted((between(network, 1, 2), between(network, 2, 1)))
    assert edges_of(network, Geometry("line", ALONG_FIRST), both=True).tolist() == both


def test_a_polygon_means_every_street_that_it_touches(network: Network) -> None:
    """Both directions."""
    around_5 = ((25.019, 60.004), (25.021, 60.004), (25.021, 60.006), (25.019, 60.006))
    met = sorted(between(network, *ends) for ends in ((4, 5), (5, 4), (5, 3), (3, 5)))
    assert edges_of(network, Geometry("polygon", around_5)).tolist() == met


def test_edges_mean_themselves(network: Network) -> None:
    """In rising order and once each; one that does not exist is off the map."""
    assert edges_of(network, Geometry("edges", edges=(3, 1, 3))).tolist() == [1, 3]
    with pytest.raises(InvalidInput, match="meets no street"):
        edges_of(network, Geometry("edges", edges=(1, 10_000)))


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (Geometry("line", ((10.0, 50.0), (10.1, 50.0))), "off_map"),
        (Geometry("line", ((25.005, 59.999), (25.005, 60.001))), "off_map"),
        (Geometry("line", ((25.0, 60.0),)), "bad_geometry"),
        (Geometry("line", ((25.0, 60.0), (25.0, 60.0))), "bad_geometry"),
        (Geometry("line", ((25.0, float("nan")), (25.0, 60.0))), "bad_geometry"),
        (Geometry("polygon", ((25.0, 60.0), (25.1, 60.1), (25.1, 60.0), (25.0, 60.1))), "bad_geometry"),
        (Geometry("polygon", ((25.0, 60.0), (25.1, 91.0), (25.1, 60.0))), "bad_geometry"),
    ],
)
def test_shapes_that_mean_nothing_are_refused(network: Network, shape: Geometry, code: str) -> None:
    """Far away, only across a street, without length, not on the earth, crossing itself."""
    with pytest.raises(InvalidInput) as refused:
        edges_of(network, shape)
    assert refused.value.code == code


def test_what_a_closure_cuts_off_is_measured(network: Network) -> None:
    """One side of a block cuts nothing off; the way into a dead end makes the way out of it useless."""
    assert cut_share(network, np.array([between(network, 4, 5), between(network, 5, 4)], np.int32)) == pytest.approx(0)
    into = between(network, 2, 1)
    share = network.length_m[into // 2] / (2 * network.length_m.sum())
    assert cut_share(network, np.array([into], np.int32)) == pytest.approx(share)
    assert cut_share(network, np.arange(2 * network.segment_count, dtype=np.int32)) == pytest.approx(0)
