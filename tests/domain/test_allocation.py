"""A delivery is split between depots: exactly, by what sells where, and never below what orders wait for."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain import stock_commands as s
from dispatch.domain.allocation import Basis, Claim, allocate, weights
from dispatch.domain.demand import ShelfLife
from dispatch.domain.shelf import Sku
from tests.domain.test_stock import create, figures, shelf, state_of, stocked, wanting
from tests.support.zones import ask, refused


@pytest.mark.parametrize(
    ("pieces", "claims", "expected"),
    [
        (10, {"a": (0, 1), "b": (0, 1)}, {"a": 5, "b": 5}),
        (10, {"a": (0, 2), "b": (0, 1), "c": (0, 1)}, {"a": 5, "b": 3, "c": 2}),
        (7, {"a": (0, 6), "b": (0, 1)}, {"a": 6, "b": 1}),
        (10, {"a": (0, 9), "b": (4, 1)}, {"a": 6, "b": 4}),
        (10, {"a": (0, 0), "b": (3, 0)}, {"a": 5, "b": 5}),
        (10, {"a": (0, 0), "b": (7, 0)}, {"a": 3, "b": 7}),
        (3, {"a": (4, 9), "b": (2, 1)}, {"a": 2, "b": 1}),
        (1, {"a": (0, 1), "b": (0, 1)}, {"a": 1, "b": 0}),
    ],
    ids=["halves", "ties by name", "six to one", "at least", "nobody sells", "least and equal", "too few", "one piece"],
)
def test_a_split(pieces: int, claims: dict[str, tuple[int, float]], expected: dict[str, int]) -> None:
    """By weight, with what somebody needs at least; where that is more than there is, by the need."""
    assert allocate(pieces, [Claim(depot_id, *claim) for depot_id, claim in claims.items()]) == expected


@for_all(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1e6)), min_size=1, max_size=12),
)
def test_every_piece_goes_somewhere_and_nobody_is_left_short(pieces: int, drawn: list[tuple[int, float]]) -> None:
    """The sum is exact; nobody gets less than they need unless there is not enough for all, and then nobody more."""
    claims = [Claim(f"d{n}", least, weight) for n, (least, weight) in enumerate(drawn)]
    parts = allocate(pieces, claims)
    assert sum(parts.values()) == pieces and min(parts.values()) >= 0
    enough = sum(claim.least for claim in claims) < pieces
    for claim in claims:
        if enough:
            assert parts[claim.depot_id] >= claim.least
        elif any(each.least for each in claims):
            assert parts[claim.depot_id] <= claim.least


def sold(depot_id: str, sku: str, pieces: int) -> ShelfLife:
    return ShelfLife(depot_id, sku, 1, 1, pieces)


@pytest.mark.parametrize(
    ("lives", "basis", "expected"),
    [
        ([sold("d1", "tea", 9), sold("d2", "tea", 3)], Basis.SKU, {"d1": 9, "d2": 3}),
        ([sold("d1", "tea", 9), sold("d2", "coffee", 30)], Basis.CATEGORY, {"d1": 9, "d2": 30}),
        ([sold("d1", "soap", 99)], Basis.EQUAL, {"d1": 1, "d2": 1}),
        ([sold("d1", "tea", 12), sold("d2", "tea", -3)], Basis.SKU, {"d1": 12, "d2": 0}),
        ([sold("d3", "tea", 99)], Basis.EQUAL, {"d1": 1, "d2": 1}),
    ],
    ids=["its own", "its category's", "another category's", "more canceled", "elsewhere"],
)
def test_what_a_split_goes_by(lives: list[ShelfLife], basis: Basis, expected: dict[str, int]) -> None:
    """Its own sales where there are enough, else those of its category, else equal parts."""
    skus = {each: Sku(each, each, category) for each, category in (("tea", "hot"), ("coffee", "hot"), ("soap", "wash"))}
    assert weights(skus["tea"], skus, lives, ["d1", "d2"]) == (basis, expected)


def test_all_depots_receive_in_one_decision() -> None:
    """Orders that waited at both go on; where one part is wrong nothing is received."""
    state = stocked(1)
    create(state, wanting("o1", 3), wanting("o2", 2, depot_id="d2"))
    assert {state_of(state, each)[0] for each in ("o1", "o2")} == {"held"}
    parts = (s.Part("d1", 4), s.Part("d2", 2))
    assert refused(state, s.AllocateStock("charger", (*parts, s.Part("d9", 1)))) == "unknown_depot"
    assert refused(state, s.AllocateStock("charger", (*parts, s.Part("d2", 0)))) == "bad_quantity"
    assert figures(state)[0] == 1
    ask(state, s.AllocateStock("charger", parts, "L9", 0, "truck"))
    assert [state_of(state, each)[0] for each in ("o1", "o2")] == ["dispatchable"] * 2
    assert shelf(state, "d2").lots[0].id == "L9" and figures(state, "d2")[0] == 2
