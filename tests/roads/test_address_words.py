"""Addresses in one spelling, however they are written: tables of pairs in English and Chinese."""

import pytest

from dispatch.roads.address_index import house_keys, street_key
from dispatch.roads.address_readings import Reading, readings
from dispatch.roads.address_words import ideographs, spelled, words


def said(text: str) -> str:
    return " ".join(word.text for word in words(text))


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("450 Powell St.", "450 powell street"),
        ("450 POWELL STREET", "450 powell street"),
        ("４５０ Powell Str", "450 powell street"),
        ("Powell St, 450", "powell street 450"),
        ("12 Grant Ave", "12 grant avenue"),
        ("12 Grant Av.", "12 grant avenue"),
        ("5 Mission Bay Blvd N", "5 mission bay boulevard n"),
        ("9 Terry A. François Blvd", "9 terry a francois boulevard"),
        ("776 O’Farrell St", "776 ofarrell street"),
        ("1 St. Louis Aly", "1 saint louis alley"),
        ("St Louis Alley 1", "saint louis alley 1"),
        ("1 Dr Carlton B Goodlett Pl", "1 doctor carlton b goodlett place"),
        ("9 Martin Luther King Jr Dr", "9 martin luther king junior drive"),
        ("521 Third Street", "521 3rd street"),
        ("521 Twenty-Third St", "521 23rd street"),
        ("5 Twentieth Ave", "5 20th avenue"),
        ("11 eleventh st", "11 11th street"),
        ("No. 7 Market Street", "7 market street"),
        ("369 The Embarcadero", "369 embarcadero"),
        ("521a 3rd St", "521a 3rd street"),
    ],
)
def test_one_spelling(typed: str, same: str) -> None:
    """Abbreviations, cases, widths, accents, ordinals, titles, and signs before numbers."""
    assert said(typed) == same


@pytest.mark.parametrize(
    "typed",
    [
        "450 Powell St Apt 5",
        "450 Powell St, Apartment 12B",
        "450 Powell St #5",
        "450 Powell St # 12",
        "#4, 450 Powell St",
        "Apt 5, 450 Powell St",
        "450 Powell St Suite 300",
        "450 Powell St, Ste 210",
        "450 Powell St, 5th Floor",
        "450 Powell St Floor 2 Rm 8",
        "450 Powell Street 94102",
        "450 Powell Street, 94102-1234",
    ],
)
def test_what_lies_behind_the_door_is_left_out(typed: str) -> None:
    """Flats, suites, floors, rooms and postal codes."""
    assert said(typed) == "450 powell street"


@pytest.mark.parametrize(
    ("typed", "same"), [("Powell Street 925, Floor 2", "powell street 925"), ("12345 Main St", "12345 main street")]
)
def test_a_house_number_is_neither_a_floor_nor_a_postal_code(typed: str, same: str) -> None:
    """A number before `floor` may be the house's; the first one may be long."""
    assert said(typed) == same


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("南京东路１００号", "南京东路100号"),
        ("南京東路 100 號", "南京东路100号"),
        ("南京东路一百二十三号", "南京东路123号"),
        ("南京东路十号", "南京东路10号"),
        ("南京东路二十号", "南京东路20号"),
        ("南京东路一〇一号", "南京东路101号"),
        ("幸福路十二号楼三单元五〇一室", "幸福路12号楼3单元501室"),
        ("中山东一路12号", "中山东一路12号"),
        ("上海市，黄浦区（南京东路）", "上海市黄浦区南京东路"),
    ],
)
def test_one_spelling_of_chinese(typed: str, same: str) -> None:
    """Widths, traditional signs, numerals before a part's sign and nowhere else, spaces and commas."""
    assert ideographs(typed) == same


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("450", ["450"]),
        ("521A", ["521a"]),
        ("521 A", ["521a"]),
        ("120;122", ["120", "122"]),
        ("1300,1310", ["1300", "1310"]),
        ("100-106", ["100-106", "100", "102", "104", "106"]),
        ("7-8", ["7-8", "7", "8"]),
        ("37-210", ["37-210", "37"]),
        ("1309-1/2", ["1309"]),
        ("12号", ["12"]),
        ("12号楼", ["12号楼"]),
        ("300弄5号", ["300弄5"]),
        (";", []),
    ],
)
def test_the_numbers_of_a_house(written: str, keys: list[str]) -> None:
    """Lists and ranges are several; halves, letters and Chinese signs are written in one way."""
    assert house_keys(written) == keys


def test_streets_have_one_key() -> None:
    """Whatever the map's writers call it; what has no word is itself."""
    assert street_key("Polk St") == street_key("POLK STREET") == "polk street"
    assert street_key("南京東路") == "南京东路"
    assert street_key("...") == "..."


def test_ordinals_in_letters() -> None:
    """Up to ninety-ninth; other words stay."""
    assert [spelled(word) for word in ("3rd", "12th", "40th", "99th", "powell")] == [
        *("third", "twelfth", "fortieth", "ninety ninth"),
        "powell",
    ]


def best(text: str, street: str) -> Reading:
    """The cheapest way to read the text as this street."""
    return min((way for way in readings(text) if way.street == street), key=lambda way: way.price)


@pytest.mark.parametrize(
    ("text", "street", "numbers", "price"),
    [
        ("450 Powell Street, San Francisco, CA", "powell street", ("450",), 0.0),
        ("Powell Street 450, San Francisco", "powell street", ("450",), 0.0),
        ("120 122 10th Street", "10th street", ("120", "122"), 0.0),
        ("521 A 3rd Street", "3rd street", ("521a", "521"), 0.0),
        ("450 Old Powell Street", "powell street", ("450",), 0.22),
        ("450 Powell Hill Street", "powell", ("450",), 0.22),
        ("450 Powell Lane", "powell", ("450",), 0.10),
        ("Powell Old 450, Springfield", "powell", ("450",), 0.0),
        ("Powell Street, Block 9", "powell street", (), 0.0),
        ("450 Powell Street North", "powell street", ("450",), 0.15),
        ("Acme Ltd, 450 Powell Street", "powell street", ("450",), 0.02),
        ("Powell Street", "powell street", (), 0.0),
        ("上海市黄浦区南京东路100号", "南京东路", ("100",), 0.0),
        ("上海南京东路100号", "南京东路", ("100",), 0.0),
        ("黄浦南京东路100号", "南京东路", ("100",), 0.06),
        ("小南京东路100号", "南京东路", ("100",), 0.22),
        ("南京东路幸福苑100号", "南京东路", ("100",), 0.03),
        ("幸福路300弄5号201室", "幸福路", ("300弄5",), 0.0),
        ("幸福路300弄", "幸福路", ("300弄",), 0.0),
        ("幸福路12号楼3单元501室", "幸福路", ("12号楼",), 0.0),
        ("幸福路8号12号楼", "幸福路", ("8",), 0.0),
        ("南京东路100", "南京东路", ("100",), 0.0),
        ("南京东路", "南京东路", (), 0.0),
    ],
)
def test_what_a_text_can_mean(text: str, street: str, numbers: tuple[str, ...], price: float) -> None:
    """The number beside the street, and the price of what is left unexplained."""
    way = best(text, street)
    assert (way.numbers, round(way.price, 3)) == (numbers, price)


def test_nothing_means_nothing() -> None:
    """No word, no reading; a long text is cut."""
    assert readings("") == readings("12 34") == readings("?!") == []
    assert len(readings("word " * 500)) < 200
    assert len(readings("路" * 500 + "1号")) < 700
