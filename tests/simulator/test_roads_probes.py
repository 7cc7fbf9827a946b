"""Hidden speeds and incidents, learnt from the tracks of simulated couriers: a small version of the benchmark."""

from pathlib import Path

import pytest

from dispatch.roads.city import City
from dispatch.roads.generate import generate_city
from simulator.benchmarks.roads_probes import incident_figures, probe_figures
from simulator.speed_field import load_traffic

TRAFFIC = load_traffic(Path(__file__).parents[2] / "simulator" / "scenarios" / "eta-generated.toml")


@pytest.fixture(scope="module")
def town() -> City:
    """A generated city of 2 km a side."""
    return generate_city(2_000, seed=3)


def test_hidden_speeds_are_learnt_from_tracks(town: City) -> None:
    """Half an hour of 25 couriers in the evening peak: the edges' speeds are less than half as wrong as free flow."""
    figures = probe_figures(town, TRAFFIC, couriers=25, from_h=17.0, hours=0.5)
    assert figures["probe_error_ratio"] <= 0.5
    assert figures["probe_live_error_ratio"] <= 0.5


@pytest.mark.slow
def test_an_incident_is_known_within_two_minutes(town: City) -> None:
    """Of the first ride into it, with no more than a handful of edges suspected elsewhere."""
    figures = incident_figures(town, TRAFFIC, couriers=25)
    assert 0 <= figures["incident_known_s"] <= 120
    assert figures["alarm_false_edges"] <= 10
