"""The book of rides: what is known is not asked again, what nobody needs is not asked at all."""

import numpy as np

from dispatch.application.travel_book import TravelBook
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.planning.problem import UNREACHABLE_MS
from tests.support.planned_zone import AT_SEA, FAR_AWAY, NEAR_DEPOT, StraightLines

DOORS = [Point(60.1 + k / 1000, 24.9) for k in range(10)]


def test_known_rides_are_not_asked_again() -> None:
    """A second picture asks for the couriers' rides only; a new door for its own."""
    roads = StraightLines()
    book = TravelBook(roads)
    first = book.matrices([Profile.BIKE], DOORS, [NEAR_DEPOT])[Profile.BIKE]
    assert roads.pairs == 110
    again = book.matrices([Profile.BIKE], DOORS, [NEAR_DEPOT])[Profile.BIKE]
    assert roads.pairs == 110 + 10
    assert (first == again).all()
    more = book.matrices([Profile.BIKE], [*DOORS, FAR_AWAY], [NEAR_DEPOT])[Profile.BIKE]
    assert roads.pairs <= 120 + 2 * 11 + 11
    assert (more[:10, :10] == first[:10, :10]).all()
    assert (more[:11, 11] == UNREACHABLE_MS).all()


def test_what_is_not_needed_is_not_asked() -> None:
    """A new order among fifty routes: its own rides and each route's, not those between the routes' doors."""
    roads = StraightLines()
    doors = [Point(60.1 + k / 1000, 24.9 + j / 1000) for k in range(10) for j in range(20)]
    starts = [Point(60.3, 24.9 + k / 1000) for k in range(50)]
    needed = np.zeros((250, 250), dtype=bool)
    needed[0, :200] = needed[:, 0] = True
    for k in range(50):
        needed[200 + k, 4 * k] = True
    rides = TravelBook(roads).matrices([Profile.BIKE], doors, starts, needed)[Profile.BIKE]
    assert roads.pairs < 2_000
    assert roads.asked <= 6
    assert (rides[needed] < UNREACHABLE_MS).all()
    whole = TravelBook(StraightLines()).matrices([Profile.BIKE], doors, starts)[Profile.BIKE]
    assert (rides[needed] == whole[needed]).all()
    assert (rides[~needed & ~np.eye(250, dtype=bool)] == UNREACHABLE_MS).all()


def test_one_place_may_stand_for_two_doors() -> None:
    """Two flats of one house are two places at one point: no ride between them, the same rides to the others."""
    roads = StraightLines()
    book = TravelBook(roads)
    for _ in range(2):
        rides = book.matrices([Profile.BIKE], [DOORS[0], DOORS[1], DOORS[0]], [])[Profile.BIKE]
        assert rides[0, 2] == rides[2, 0] == 0
        assert rides[0, 1] == rides[2, 1] > 0


def test_the_book_forgets_what_nobody_asks_for() -> None:
    """A day of ever new doors: the book stays a few times as large as what is in use, and stays right."""
    roads = StraightLines()
    book = TravelBook(roads)
    depot, truth = DOORS[0], TravelBook(StraightLines())
    for k in range(6_000):
        door = Point(60.1 + k / 100_000, 24.95)
        rides = book.matrices([Profile.BIKE], [depot, door], [])[Profile.BIKE]
        if k % 250 == 0:
            assert (rides == truth.matrices([Profile.BIKE], [depot, door], [])[Profile.BIKE]).all()
    page = book._pages[Profile.BIKE]
    assert len(page._known) == 1_024
    assert roads.pairs <= 6_000 * 4 + 4


def test_the_book_grows_with_what_is_in_use() -> None:
    """A thousand places that are asked for again and again, and more and more of them: none is forgotten."""
    roads = StraightLines()
    book = TravelBook(roads)
    doors = [Point(60.1 + k / 100_000, 24.95) for k in range(1_500)]
    for size in (1_000, 1_300, 1_500, 1_500):
        for first in range(0, size, 10):
            book.matrices([Profile.BIKE], doors[first : first + 10], [])
    before = roads.pairs
    for first in range(0, 1_500, 10):
        book.matrices([Profile.BIKE], doors[first : first + 10], [])
    assert roads.pairs == before
    assert len(book._pages[Profile.BIKE]._known) == 2_048


def test_a_door_at_sea_is_unreachable_and_the_others_are_not() -> None:
    """One place off the network does not spoil the matrix."""
    roads = StraightLines()
    legs = TravelBook(roads).matrices([Profile.BIKE], [NEAR_DEPOT, AT_SEA, FAR_AWAY], [AT_SEA])[Profile.BIKE]
    assert 0 < legs[0, 2] < UNREACHABLE_MS
    assert legs[0, 1] == legs[1, 0] == legs[3, 0] == UNREACHABLE_MS
    assert (legs.diagonal() == 0).all()
