"""Real extracts, where the folder that DISPATCH_BENCH_DATA names has them."""

import os
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from dispatch.domain.vehicle import Profile
from dispatch.roads.city import City
from dispatch.roads.library import basemap_path, ensure_imported
from dispatch.roads.travel_times import open_travel_times

IMPORT_LIMIT_S = 60.0
SECOND_START_LIMIT_S = 1.0


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the imported city is stored."""
    return tmp_path_factory.mktemp("cities")


@pytest.fixture(scope="session")
def extract() -> Path:
    """Downtown San Francisco."""
    folder = os.environ.get("DISPATCH_BENCH_DATA")
    path = Path(folder or "") / "maps" / "sf-downtown.osm.pbf"
    if not folder or not path.is_file():
        pytest.skip("DISPATCH_BENCH_DATA names no folder with maps/sf-downtown.osm.pbf")
    return path


@pytest.fixture(scope="session")
def san_francisco(extract: Path, data_dir: Path) -> City:
    """Imported once; the import itself keeps its time limit."""
    began = perf_counter()
    city = ensure_imported(data_dir, extract)
    assert perf_counter() - began < IMPORT_LIMIT_S
    return city


def test_san_francisco_is_whole(san_francisco: City, data_dir: Path) -> None:
    """Thousands of addresses, its shops, its country and a small base map."""
    assert len(san_francisco.addresses) > 5_000
    assert len(san_francisco.shops) > 100
    assert (san_francisco.country, san_francisco.notes) == ("US", ())
    assert any(address.text == "450 Powell Street" for address in san_francisco.addresses)
    assert basemap_path(data_dir, san_francisco.id).stat().st_size < 3_000_000


def test_the_second_start_takes_less_than_a_second(san_francisco: City, extract: Path, data_dir: Path) -> None:
    """From the cache to the first travel time of every profile."""
    began = perf_counter()
    again = ensure_imported(data_dir, extract)
    times = open_travel_times(again, "cch")
    for profile in Profile:
        times.snap(profile, again.addresses[0].place)
    assert perf_counter() - began < SECOND_START_LIMIT_S
    assert again.source_hash == san_francisco.source_hash


def test_both_engines_agree_on_real_streets(san_francisco: City) -> None:
    """60 by 60 addresses for each profile: not one pair differs, and every address reaches every other."""
    rng = np.random.default_rng(11)
    stops = [san_francisco.addresses[index].place for index in rng.integers(0, len(san_francisco.addresses), 60)]
    fast, plain = open_travel_times(san_francisco, "cch"), open_travel_times(san_francisco, "scipy")
    for profile in Profile:
        matrix = fast.matrix_s(profile, stops, stops)
        assert np.array_equal(matrix, plain.matrix_s(profile, stops, stops))
        assert np.isfinite(matrix).all()
