"""How habits, measurements and disturbances become the weights of a moment."""

import numpy as np
import numpy.typing as npt
import pytest

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.conditions import HALF_LIFE_MS, Conditions, Disturbance, Kind, LiveSpeeds, edge_ms
from dispatch.roads.network import CLOSED_MS, Network

CAR = Profile.CAR
NOW = 1_000_000


class Habit:
    """Every street takes so many times its free-flow time."""

    def __init__(self, edges: int, factor: float) -> None:
        self._factors = np.full(edges, factor, dtype=np.float32)

    def factors(self, profile: Profile, at_ms: int) -> npt.NDArray[np.float32]:
        """See `SpeedHistory`."""
        return self._factors


@pytest.fixture(scope="module")
def network(town: City) -> Network:
    """The streets of the town."""
    return town.network


def disturbance(
    kind: Kind = "slowdown", factor: float = 2.0, edges: tuple[int, ...] = (0,), **more: int
) -> Disturbance:
    """One that concerns everybody from the beginning, unless said otherwise."""
    return Disturbance(
        "d", kind, np.array(edges, np.int32), factor, (), **{"from_ms": 0, "until_ms": 0, **more}, reason=""
    )


def live(factor: float, weight: float = 1.0, edge: int = 0, at_ms: int = NOW) -> LiveSpeeds:
    """One measured edge."""
    return LiveSpeeds(np.array([edge], np.int32), np.array([factor], np.float32), np.array([weight], np.float32), at_ms)


def factor_of(network: Network, conditions: Conditions, at_ms: int = NOW, edge: int | None = None) -> float:
    """Time over free-flow time of one edge, of the first that is open to cars unless said otherwise."""
    edge = open_edge(network) if edge is None else edge
    return float(edge_ms(network, CAR, conditions, at_ms, NOW)[edge] / network.travel_ms(CAR)[edge])


def open_edge(network: Network) -> int:
    """The longest edge open to cars, so that whole milliseconds hardly round its factor."""
    return int(np.argmax(np.where(network.is_open(CAR), np.repeat(network.length_m, 2), 0)))


def test_nothing_known_is_free_flow(network: Network) -> None:
    """Without conditions the weights are the network's own."""
    assert (edge_ms(network, CAR, Conditions(), NOW, NOW) == network.travel_ms(CAR)).all()


def test_measurements_are_blended_by_confidence_and_fade_to_the_habit(network: Network) -> None:
    """Half sure: halfway between habit and measurement; one half-life ahead, a quarter; sources share when sure."""
    edge, habit = open_edge(network), Habit(2 * network.segment_count, 2.0)
    half_sure = Conditions(history=habit, probes={CAR: live(4, 0.5, edge)})
    assert factor_of(network, half_sure) == pytest.approx(3, rel=1e-3)
    assert factor_of(network, half_sure, NOW + HALF_LIFE_MS) == pytest.approx(2.5, rel=1e-3)
    assert factor_of(network, half_sure, 0) == pytest.approx(3, rel=1e-3)
    two = Conditions(history=habit, probes={CAR: live(4, 1, edge)}, feed=live(8, 1, edge))
    assert factor_of(network, two) == pytest.approx(6, rel=1e-3)


def test_disturbances_multiply_within_bounds(network: Network) -> None:
    """Two slow-downs multiply; together they never pass the bound, nor is any ride believed to be much faster."""
    edge = open_edge(network)
    slow = disturbance(factor=2, edges=(edge, edge)), disturbance("weather", 1.5, (edge,))
    assert factor_of(network, Conditions(slow)) == pytest.approx(3, rel=1e-3)
    jam = Conditions((disturbance(factor=20, edges=(edge,)),) * 2)
    assert factor_of(network, jam) == pytest.approx(20, rel=1e-3)
    fast = Conditions((disturbance(factor=0.2, edges=(edge,)),))
    assert factor_of(network, fast) == pytest.approx(1 / 1.3, rel=1e-3)


def test_a_closure_closes_its_edges_while_it_lasts_for_whom_it_concerns(network: Network) -> None:
    """From its beginning until just before its end, for its profiles, its edges and no others."""
    edge = open_edge(network)
    works = Disturbance("w", "closure", np.array([edge], np.int32), 1.0, (CAR,), NOW + 10, NOW + 20, "works")
    closed = [
        edge_ms(network, CAR, Conditions((works,)), at, NOW)[edge] == CLOSED_MS for at in (NOW, NOW + 10, NOW + 20)
    ]
    assert closed == [False, True, False]
    during = edge_ms(network, CAR, Conditions((works,)), NOW + 10, NOW)
    assert np.flatnonzero(during != network.travel_ms(CAR)).tolist() == [edge]
    on_foot = edge_ms(network, Profile.FOOT, Conditions((works,)), NOW + 10, NOW)
    assert (on_foot == network.travel_ms(Profile.FOOT)).all()


@pytest.mark.parametrize("factor", [-1.0, 0.0, 0.1, 20.5, float("nan"), float("inf")])
def test_factors_out_of_bounds_are_refused(factor: float) -> None:
    """Negative, huge and undefined factors never get in."""
    with pytest.raises(InvalidInput, match="factor"):
        disturbance(factor=factor)
    with pytest.raises(InvalidInput, match="factor"):
        live(factor)


def test_other_nonsense_is_refused(network: Network) -> None:
    """Ends before beginnings, edges that cannot be, confidences beyond 1, lists of different lengths."""
    with pytest.raises(InvalidInput, match="end after"):
        disturbance(from_ms=5, until_ms=5)
    with pytest.raises(InvalidInput, match="negative"):
        disturbance(edges=(-1,))
    with pytest.raises(InvalidInput, match="confidence"):
        live(1, 1.5)
    with pytest.raises(InvalidInput, match="one factor"):
        LiveSpeeds(np.array([1, 2], np.int32), np.array([1], np.float32), np.array([1], np.float32), 0)
    with pytest.raises(InvalidInput, match="only once"):
        LiveSpeeds(np.array([1, 1], np.int32), np.array([1, 1], np.float32), np.array([1, 1], np.float32), 0)
    beyond = 2 * network.segment_count
    for conditions in (Conditions((disturbance(edges=(beyond,)),)), Conditions(feed=live(1, 1, beyond))):
        with pytest.raises(InvalidInput, match="edges"):
            edge_ms(network, CAR, conditions, NOW, NOW)
