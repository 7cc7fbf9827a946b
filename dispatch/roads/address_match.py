"""Which address of the city somebody means, however they wrote it, and how sure that is.

Every reading of the text (`address_readings`) is compared with the streets that have most in common with it, by the
least number of letters to add, drop, change or swap (optimal string alignment: L. Boytsov, "Indexing methods for
approximate dictionary searching", JEA 16, 2011; computed by RapidFuzz). Then the house number is looked up. Confidence
is 1 less the price of each difference; it orders candidates and is no probability.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from dispatch.domain.geo import Point, distance_m
from dispatch.roads.address_index import AddressIndex, Form, Street
from dispatch.roads.address_readings import Reading, readings
from dispatch.roads.address_words import IDEOGRAPH
from dispatch.roads.city import Address

MOST_CANDIDATES: Final = 5
LONGEST_TEXT: Final = 500
"""Characters; what is longer is cut."""

EXACT: Final = 0.96
"""From here on nothing differs but how it is written, and perhaps a name or two before it (0.01 each)."""
LIKELY: Final = 0.80
"""A courier is sent there unasked. One wrong letter in a name of four or more still is (0.85), and so is a number next
door (0.92); two such differences together, or a word of the name that is missing (0.78), are not."""
POSSIBLE: Final = 0.55
"""Less is not shown: half of the name is another one."""
LEAD: Final = 0.05
"""By less than half a letter's price, the best candidate is not told from the next one elsewhere."""
SAME_PLACE_M: Final = 60.0
"""Candidates nearer to each other are one place: doors of one building, an address that is in the book twice."""
SAME_ADDRESS_M: Final = 250.0
"""One number of one street that is in the book twice is one address up to here; farther apart are two streets of the
same name."""
PIN_AGREES_M: Final = 150.0
"""A pin this near to its address is right: the far end of a large building, or a block's other entrance."""

_LETTER: Final = 0.08
_SHARE: Final = 0.25
_CHINESE_SHARE: Final = 0.45
"""A wrong letter costs `_LETTER`, and more in a short name: a share of its part of the name. A Chinese letter is a
word: 和平路 for 太平路 is asked about, and only a name of four letters before its 路 may have one of them wrong."""
_MARKS_DIFFER: Final = 0.20
"""3rd for 4th, 东 for 西: no slip but another street."""
_GOES_ON: Final = 0.05
"""For each word that follows a name without its kind, without a comma: Mission, then, rather than Mission Rock."""
_MOST_EDITS: Final = 3
_NUMBER_GUESSED: Final = 0.92
_NUMBER_MISSING: Final = 0.65
_LEAST_GUESS: Final = 0.62
_GUESS_OFF_M: Final = 500.0
"""A guessed house costs one for so many metres that it is probably away: 60 m away it is not likely any more."""
_LOOKED_INTO: Final = 12
"""So many of the best streets are looked through for the house."""
_CHINESE_MARKS: Final = re.compile("[东西南北中前后上下内外新老大小一二三四五六七八九十0-9]")
_DIGITS: Final = re.compile(r"\d+")


class Verdict(StrEnum):
    """What can be done with a text: go there, go there and say so, ask, or ask anew."""

    EXACT = "exact"
    LIKELY = "likely"
    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not_found"


class Guessed(StrEnum):
    """What of an address is not as it was written."""

    NUMBER = "number"
    STREET = "street"


ACCEPTED: Final = frozenset({Verdict.EXACT, Verdict.LIKELY})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address of the book; `confidence` from 0 to 1, `guessed` what differs from the text."""

    place: Point
    text: str
    confidence: float
    guessed: tuple[Guessed, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """The verdict on a text, and the addresses that it may mean, the likeliest first; none when not found."""

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()

    @property
    def accepted(self) -> Candidate | None:
        """The address that is meant, if that is sure enough to go there."""
        return self.candidates[0] if self.verdict in ACCEPTED else None


NOT_FOUND: Final = AddressMatch(Verdict.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class _Named:
    """A street under a reading of the text, and how well its name fits."""

    street: Street
    reading: Reading
    fit: float
    differs: bool


class AddressMatcher:
    """Finds what is meant among a city's addresses. The index is made when first asked; usable from any thread.

    `street_names` are all streets of the city: one of which no house is known is not taken for a slip in another name.
    """

    def __init__(self, addresses: Iterable[Address], street_names: Iterable[str] = ()) -> None:
        self._addresses = tuple(addresses)
        self._street_names = tuple(street_names)
        self._lock = Lock()
        self._made: AddressIndex | None = None

    def match(self, text: str, pin: Point | None = None) -> AddressMatch:
        """What the text means. A pin decides between addresses that fit equally well."""
        if not self._addresses:
            return NOT_FOUND
        streets = self._named(readings(text[:LONGEST_TEXT]))
        found = [each for named in streets for each in _houses(named)]
        possible = [each for each in found if each.confidence >= POSSIBLE]
        ordered = _distinct(sorted(possible, key=lambda each: (-each.confidence, _away_m(each, pin))))
        if not ordered:
            return NOT_FOUND
        verdict = _verdict(ordered, pin) if _is_told(streets) else Verdict.AMBIGUOUS
        return AddressMatch(verdict, tuple(ordered[:MOST_CANDIDATES]))

    @property
    def _index(self) -> AddressIndex:
        with self._lock:  # a batch asks from many threads at once; one of them makes it
            self._made = self._made or AddressIndex(self._addresses, self._street_names)
            return self._made

    def _named(self, ways: Sequence[Reading]) -> list[_Named]:
        """The best streets, each under its best reading."""
        index = self._index
        forms = index.near_forms([way.street for way in ways])
        if not forms:
            return []
        fits, edits = _fits(ways, forms)
        best = dict[int, _Named]()
        for at in np.argsort(-fits, axis=None, kind="stable").tolist():
            row, column = divmod(at, len(forms))
            fit, way, form = float(fits[row, column]), ways[row], forms[column]
            if fit < POSSIBLE or len(best) == _LOOKED_INTO:
                break
            if form.street not in best:
                differs = bool(edits[row, column]) or not way.is_whole
                best[form.street] = _Named(index.streets[form.street], way, fit, differs)
        return list(best.values())


def _fits(ways: Sequence[Reading], forms: Sequence[Form]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """([R, F] how well each reading names each form, [R, F] by how many letters they differ)."""
    texts = [form.text for form in forms]
    edits = cdist([way.street for way in ways], texts, scorer=OSA.distance, score_cutoff=_MOST_EDITS).astype(np.int64)
    stems = np.array([len(form.stem) for form in forms])
    most = np.select([stems <= 3, stems <= 6], [1, 2], _MOST_EDITS)
    shares = np.array([_CHINESE_SHARE if IDEOGRAPH.search(text) else _SHARE for text in texts])
    is_other = _marks([way.street for way in ways])[:, None] != _marks(texts)[None, :]
    goes_on = np.outer([way.following for way in ways], [form.text == form.stem for form in forms])
    price = (
        edits * (_LETTER + shares / stems)
        + np.array([[way.price] for way in ways])
        + np.array([[form.price for form in forms]])
        + _MARKS_DIFFER * is_other
        + _GOES_ON * goes_on
    )
    return np.where(edits <= most, 1.0 - price, 0.0), edits


def _marks(texts: Sequence[str]) -> npt.NDArray[np.str_]:
    """What tells neighbouring streets apart in each text: digits, and the sides of Chinese names."""
    return np.array([_mark(text) for text in texts])


def _mark(text: str) -> str:
    if IDEOGRAPH.search(text):
        return "".join(_CHINESE_MARKS.findall(text))
    return " ".join(_DIGITS.findall(text))


def _houses(named: _Named) -> list[Candidate]:
    """The houses that are meant on a street, under its reading."""
    street, numbers = named.street, named.reading.numbers
    guessed = (Guessed.STREET,) if named.differs else ()
    for number in numbers:
        if number in street.houses:
            return [_candidate(house, named.fit, guessed) for house in _apart(street.houses[number])]
    if not street.digits:
        return []
    if not numbers:
        middle = street.by_digits[street.digits[len(street.digits) // 2]][0]
        return [_candidate(middle, named.fit * _NUMBER_MISSING, (Guessed.NUMBER, *guessed))]
    wanted = int(_DIGITS.findall(numbers[0])[0])
    nearest = street.nearest(wanted)
    off_m = abs(nearest - wanted) * street.spacing_m
    factor = max(_LEAST_GUESS, _NUMBER_GUESSED - off_m / _GUESS_OFF_M)
    house = street.by_digits[nearest][0]
    return [_candidate(house, named.fit * factor, (Guessed.NUMBER, *guessed))]


def _apart(houses: Sequence[Address]) -> list[Address]:
    """Of the entries of one number those that are addresses of their own; the one with the fewest numbers first."""
    kept = list[Address]()
    for house in sorted(houses, key=lambda each: len(each.house_number)):
        if all(distance_m(house.place, other.place) > SAME_ADDRESS_M for other in kept):
            kept.append(house)
    return kept


def _candidate(house: Address, confidence: float, guessed: tuple[Guessed, ...]) -> Candidate:
    return Candidate(house.place, house.text, round(confidence, 3), guessed)


def _distinct(ordered: Iterable[Candidate]) -> list[Candidate]:
    """Without those that stand at the place of a better one."""
    kept = list[Candidate]()
    for each in ordered:
        if all(distance_m(each.place, other.place) > SAME_PLACE_M for other in kept):
            kept.append(each)
    return kept


def _is_told(streets: Sequence[_Named]) -> bool:
    """Whether a street with houses is named, rather than one of which none is known."""
    with_houses = max((each.fit for each in streets if each.street.digits), default=0.0)
    without = max((each.fit for each in streets if not each.street.digits), default=0.0)
    return with_houses - without >= LEAD


def _verdict(ordered: Sequence[Candidate], pin: Point | None) -> Verdict:
    best = ordered[0]
    rivals = [each for each in ordered[1:] if best.confidence - each.confidence < LEAD]
    if best.confidence < LIKELY or (rivals and not _pin_decides(best, rivals, pin)):
        return Verdict.AMBIGUOUS
    return Verdict.EXACT if best.confidence >= EXACT and not best.guessed else Verdict.LIKELY


def _pin_decides(best: Candidate, rivals: Sequence[Candidate], pin: Point | None) -> bool:
    return pin is not None and _away_m(best, pin) <= PIN_AGREES_M < min(_away_m(each, pin) for each in rivals)


def _away_m(candidate: Candidate, pin: Point | None) -> float:
    return distance_m(candidate.place, pin) if pin else 0.0
