"""The benchmark of addresses: what it writes, what it calls right, and what it says without its data."""

from pathlib import Path

import numpy as np
import pytest

from dispatch.domain.geo import Point
from dispatch.roads.address_match import AddressMatch, AddressMatcher, Candidate, Guessed, Verdict
from dispatch.roads.city import Address
from simulator.benchmarks.address_slips import Written, slipped, written
from simulator.benchmarks.addresses import judged, run, show_wrong
from simulator.benchmarks.results import NotRun

BOOK = [
    Address(f"{n} Powell Street", "Powell Street", str(n), Point(60.17, 24.94 + n / 10_000)) for n in range(10, 90, 2)
]
FULL = [Address(f"{n} Elm Street", "Elm Street", str(n), Point(60.18, 24.94 + n / 10_000)) for n in range(1, 40)]


def test_a_seed_decides_what_is_written() -> None:
    """The same again; another seed writes otherwise; a street that has every number is left its own."""
    first, again, other = (written([*BOOK, *FULL], 60, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert all(each.is_known == (each.number in each.truth.house_number) for each in first)
    assert any(not each.is_known for each in first)


@pytest.mark.parametrize("seed", range(30))
def test_a_slip_is_one_letter(seed: int) -> None:
    """The text changes by a letter, or by two that change places, and keeps its digits."""
    text = slipped("3rd Ærø Street", np.random.default_rng(seed))
    assert abs(len(text) - len("3rd Ærø Street")) <= 1 and text.startswith("3")


def test_right_is_what_a_courier_may_be_sent_to() -> None:
    """Another number is wrong and counted as accepted; so is a verdict that asks, which is left to people."""
    meant = Written("20 powell", BOOK[5], "20", True)
    guess = Written("21 powell", BOOK[5], "21", False)

    def found(address: Address, verdict: Verdict, *guessed: Guessed) -> AddressMatch:
        return AddressMatch(verdict, (Candidate(address.place, address.text, 0.9, guessed),))

    matches = [
        found(BOOK[5], Verdict.EXACT),
        found(BOOK[6], Verdict.EXACT),
        found(BOOK[5], Verdict.AMBIGUOUS),
        found(BOOK[6], Verdict.LIKELY, Guessed.NUMBER),
        found(BOOK[9], Verdict.LIKELY, Guessed.NUMBER),
        found(BOOK[5], Verdict.LIKELY),
    ]
    figures = judged([meant] * 3 + [guess] * 3, matches, BOOK)
    assert figures == {
        "right_pct": 33.3,
        "missing_number_right_pct": 33.3,
        "accepted_wrong_pct": 50.0,
        "left_to_people_pct": 16.7,
    }


def test_what_went_wrong_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """The text, what was meant, and what was found."""
    texts = [Written("20 Powell Street", BOOK[5], "20", True), Written("Nowhere 1", BOOK[5], "20", True)]
    matcher = AddressMatcher(BOOK)
    show_wrong(texts, [matcher.match(each.text) for each in texts], BOOK)
    assert capsys.readouterr().out == "'Nowhere 1' for '20 Powell Street': not_found: \n"


def test_without_the_map_it_is_not_run(tmp_path: Path) -> None:
    """One sentence says what is missing."""
    (tmp_path / "maps").mkdir()
    with pytest.raises(NotRun, match=r"maps/sf-downtown\.osm\.pbf"):
        run(tmp_path)
