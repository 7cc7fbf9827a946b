"""A city from an OpenStreetMap extract."""

from pathlib import Path

import pytest
import shapely

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Box, Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.clip import sea
from dispatch.roads.osm_import import import_osm
from dispatch.roads.travel_times import open_travel_times


def test_an_extract_becomes_a_city(village_file: Path) -> None:
    """Name, box, country, addresses of nodes and buildings, the shop and the attribution all come from the extract."""
    city = import_osm(village_file)
    assert (city.id, city.name, city.country) == ("village", "Village", "FI")
    assert city.box == Box(60.0, 25.0, 60.01, 25.02)
    assert [address.text for address in city.addresses] == [
        "Back Street 7",
        "Main Street 1",
        "Main Street 2",
        "Main Street 4",
    ]
    market = city.shops[0]
    assert (market.name, market.kind, market.address) == ("Village Market", "supermarket", "Main Street 2")
    assert "OpenStreetMap" in city.attribution
    assert set(city.network.names) == {"", "Main Street", "Bollard Lane", "East Street", "Back Street", "West Street"}


def test_entrances_in_a_wall_are_those_of_its_addresses(village_file: Path) -> None:
    """The house in Back Street has one at its corner; addresses that are nodes in the open have none."""
    city = import_osm(village_file)
    assert {address.text: address.entrance for address in city.addresses if address.entrance} == {
        "Back Street 7": Point(60.0083, 25.004)
    }


def test_streets_end_at_the_box(village_file: Path) -> None:
    """Main Street leaves the box in the east: it is cut there, to the metre."""
    network = import_osm(village_file).network
    assert network.node_lon.max() == pytest.approx(25.02, abs=1e-9)
    assert network.point_lon.max() == pytest.approx(25.02, abs=1e-9)


def test_a_smaller_box_may_be_asked_for(village_file: Path) -> None:
    """Only the west of the village: what lies outside is gone."""
    city = import_osm(village_file, Box(60.0, 25.0, 60.01, 25.012))
    assert city.network.node_lon.max() <= 25.012 + 1e-9
    assert "East Street" not in city.network.names


def test_rules_of_the_road_are_kept(village_file: Path) -> None:
    """Through the bollard only without a motor; up the one-way street only on a bicycle or on foot."""
    times = open_travel_times(import_osm(village_file))
    a, b = Point(60.002, 25.01), Point(60.008, 25.01)
    assert times.route(Profile.BIKE, a, b).distance_m == pytest.approx(667, abs=3)
    assert times.route(Profile.CAR, a, b).distance_m > 1_400
    behind_b, east = Point(60.008, 25.008), Point(60.008, 25.012)
    assert times.route(Profile.BIKE, behind_b, east).distance_m < 250
    assert times.route(Profile.CAR, behind_b, east).distance_m > 1_000


def test_the_base_map_gets_its_features(village_file: Path) -> None:
    """Roads with their kind and direction, the building's height from its storeys, the sea right of the coastline."""
    features = import_osm(village_file).features
    kinds = {(feature.layer, feature.properties.get("kind")) for feature in features}
    assert {("roads", "major"), ("roads", "minor"), ("water", "sea"), ("places", "shop")} <= kinds
    heights = [feature.properties["height"] for feature in features if feature.layer == "buildings"]
    assert heights == [9.6]
    back = next(feature for feature in features if feature.properties.get("name") == "Back Street")
    assert back.properties["oneway"] == 1
    water = next(feature.geometry for feature in features if feature.properties.get("kind") == "sea")
    assert water.contains(shapely.Point(25.0195, 60.005))
    assert not water.contains(shapely.Point(25.010, 60.005))


def test_missing_addresses_are_made_up_and_it_is_said(tmp_path: Path, village_file: Path) -> None:
    """Without house numbers the residential streets get some, beside the street, and the notes tell."""
    text = village_file.read_text(encoding="utf-8")
    bare = tmp_path / "bare.osm"
    bare.write_text(text.replace("addr:housenumber", "x").replace('k="shop"', 'k="x"'), encoding="utf-8")
    city = import_osm(bare)
    assert len(city.addresses) > 20
    assert len({address.text for address in city.addresses}) == len(city.addresses)
    assert "made up" in city.notes[0]
    assert city.shops
    assert "no shops" in city.notes[1]
    times = open_travel_times(city)
    assert all(times.snap(Profile.FOOT, address.place).distance_m < 15 for address in city.addresses)


def test_progress_is_told(village_file: Path) -> None:
    """The shares rise from 0 towards 1."""
    told: list[tuple[str, float]] = []
    import_osm(village_file, progress=lambda step, done: told.append((step, done)))
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[0] == ("reading the extract", 0.0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_extract"),
        (b"not a map", "bad_extract"),
        (b'<osm version="0.6"></osm>', "no_roads"),
        (
            b'<osm version="0.6"><node id="1" lat="1" lon="1"/><node id="2" lat="1" lon="1.01"/>'
            b'<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="footway"/></way></osm>',
            "no_roads",
        ),
    ],
)
def test_bad_extracts_are_refused_in_one_sentence(tmp_path: Path, content: bytes, code: str) -> None:
    """Empty, garbled, without roads, without a road for cars: a code for programs, a sentence for people."""
    path = tmp_path / "bad.osm"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        import_osm(path)
    assert refused.value.code == code
    assert refused.value.detail.endswith(".")
    assert "\n" not in refused.value.detail


def test_a_missing_file_and_a_box_elsewhere_are_refused(tmp_path: Path, village_file: Path) -> None:
    """Both say what is wrong; the second says what the extract covers."""
    with pytest.raises(InvalidInput, match="cannot be read"):
        import_osm(tmp_path / "nowhere.osm.pbf")
    with pytest.raises(InvalidInput, match="outside the extract, which covers 60") as refused:
        import_osm(village_file, Box(1, 2, 3, 4))
    assert refused.value.code == "outside"


def test_a_coastline_that_ends_before_the_edge_still_bounds_the_sea() -> None:
    """Its loose ends are led on to the box; one that ends far inside bounds nothing, so the town stays dry."""
    box = Box(0, 0, 1, 1)
    short = shapely.LineString([(0.5, 0.02), (0.5, 0.98)])
    (water,) = sea([short], box)
    assert water.contains(shapely.Point(0.7, 0.5))
    assert not water.contains(shapely.Point(0.3, 0.5))
    assert sea([shapely.LineString([(0.5, 0.4), (0.5, 0.6)])], box) == []
    assert sea([], box) == []


def test_an_island_is_land_in_the_sea() -> None:
    """A closed coastline drawn anticlockwise has its land inside and the sea around."""
    island = shapely.LineString([(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)])
    (water,) = sea([island], Box(0, 0, 1, 1))
    assert not water.contains(shapely.Point(0.5, 0.5))
    assert water.contains(shapely.Point(0.1, 0.1))
