"""Names of doors and buildings."""

from math import cos, radians

import pytest

from dispatch.domain.doors import building_of, cell_of, door_of
from dispatch.domain.geo import METRES_PER_DEGREE, Point

HERE = Point(31.2304, 121.4737)
FIVE_METRES_ON = Point(31.23045, 121.4737)
FAR = Point(31.2404, 121.4737)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mikonkatu 2, apt 5", "mikonkatu 2  Apt. 17B"),
        ("Mikonkatu 2, 3rd floor", "Mikonkatu 2"),
        ("1 Main St, Unit 4", "1 Main St #12"),
        ("南京西路100号3号楼2单元1203室", "南京西路100号3号楼1单元5层501室"),
        ("南京西路100号3号楼12层", "南京西路100号3号楼"),
    ],
)
def test_flats_of_one_building_have_one_name(one: str, other: str) -> None:
    """In Chinese and English, wherever the pins are."""
    assert building_of(HERE, one) == building_of(FAR, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mikonkatu 2", "Mikonkatu 4"), ("南京西路100号3号楼501室", "南京西路100号5号楼501室")],
)
def test_two_buildings_have_two_names(one: str, other: str) -> None:
    """Also in one estate."""
    assert building_of(HERE, one) != building_of(HERE, other)


def test_an_address_without_a_number_is_told_by_its_place() -> None:
    """A street has many buildings; so does no address at all."""
    for vague in ("Mikonkatu", "人民公园", ""):
        assert building_of(HERE, vague) == building_of(FIVE_METRES_ON, vague) != building_of(FAR, vague)


def test_a_door_is_its_flat_and_its_pin() -> None:
    """Another flat, or another pin, is another door; a space or a capital is not."""
    assert door_of(HERE, "Mikonkatu 2, apt 5") == door_of(FIVE_METRES_ON, "mikonkatu 2,  Apt 5")
    assert door_of(HERE, "Mikonkatu 2, apt 5") != door_of(HERE, "Mikonkatu 2, apt 6")
    assert door_of(HERE, "Mikonkatu 2, apt 5") != door_of(FAR, "Mikonkatu 2, apt 5")


def test_a_name_tells_nothing() -> None:
    """No word of the address is left in it."""
    assert "mikonkatu" not in door_of(HERE, "Mikonkatu 2") + building_of(HERE, "Mikonkatu 2")


def test_cells_have_their_size_everywhere() -> None:
    """A walk of a kilometre east crosses about ten cells of a hundred metres, at the equator and in the north."""
    for lat in (0.0, 31.0, 60.0, 85.0):
        degrees_a_metre = 1 / (METRES_PER_DEGREE * cos(radians(lat)))
        way = [Point(lat, 10 + metres * degrees_a_metre) for metres in range(1_000)]
        assert 10 <= len({cell_of(place, 100.0) for place in way}) <= 11
