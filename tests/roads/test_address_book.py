"""Addresses are found as people type them."""

import pytest

from dispatch.domain.geo import Point
from dispatch.roads.address_book import MOST_FOUND, AddressBook
from dispatch.roads.city import Address

HERE = Point(60.17, 24.94)


def houses(street: str, count: int, lat: float, *, number_first: bool = True) -> list[Address]:
    """A street from here to the east, with its houses in a row."""
    places = [(str(n), Point(lat, 24.94 + n / 5_000)) for n in range(1, count + 1)]
    return [
        Address(f"{number} {street}" if number_first else f"{street}{number}号", street, number, place)
        for number, place in places
    ]


BOOK = AddressBook(
    [
        *houses("Maple Street", 120, 60.17),
        *houses("Old Maple Lane", 30, 60.18),
        *houses("Mäkelänkatu", 40, 60.19),
        *houses("枫树街", 20, 60.20, number_first=False),
    ]
)


def found(typed: str) -> list[str]:
    """What is found near here."""
    return [each.text for each in BOOK.find(typed, HERE)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("maple street 12", "12 Maple Street"),
        ("12 maple", "12 Maple Street"),
        ("  STREET,maple 7 ", "7 Maple Street"),
        ("maple lane 7", "7 Old Maple Lane"),
        ("makelankatu 3", "3 Mäkelänkatu"),
        ("枫树街12号", "枫树街12号"),
        ("树街 3", "枫树街3号"),
    ],
)
def test_an_address_is_found_however_it_is_written(typed: str, first: str) -> None:
    """In any order, without accents, in parts, with or without spaces."""
    assert found(typed)[0] == first


def test_the_very_number_comes_first_then_those_that_begin_so() -> None:
    """1, then 10 to 16: what is still being typed. At most eight."""
    assert found("maple street 1") == [f"{n} Maple Street" for n in (1, *range(10, 17))]
    assert len(found("maple street 1")) == MOST_FOUND


def test_without_a_number_the_nearest_house_of_each_street() -> None:
    """A street that begins so comes before one that has the word somewhere."""
    assert found("maple") == ["1 Maple Street", "1 Old Maple Lane"]


@pytest.mark.parametrize("typed", ["", "   ", "12", "no 12", "elm street", "maple 999", "'; DROP TABLE", "\u202e"])
def test_what_fits_nothing_finds_nothing(typed: str) -> None:
    """A number alone would fit every street."""
    assert found(typed) == []


def test_the_nearest_address_to_a_place() -> None:
    """With its distance in metres; a city without addresses has none."""
    nearest = BOOK.nearest(Point(60.1701, 24.9406))
    assert nearest is not None
    assert (nearest.text, nearest.away_m) == ("3 Maple Street", 11)
    assert AddressBook().nearest(HERE) is None
    assert AddressBook().find("maple", HERE) == ()
