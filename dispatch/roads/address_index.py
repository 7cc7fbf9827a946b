"""A city's streets and house numbers, as the matcher looks them up: by what their names have in common with a text."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import distance_m
from dispatch.roads.address_words import (
    DIRECTIONS,
    IDEOGRAPH,
    KIND_WORDS,
    SHORT_KINDS,
    STREET_SIGNS,
    ideographs,
    plain_text,
    spelled,
    words,
)
from dispatch.roads.city import Address

NO_KIND: Final = 0.05
"""The price of a name without its kind: `Folsom` may be a street and an avenue."""
_MOST_LOOKED_AT: Final = 40
"""Streets whose names are compared letter by letter; those that have the most pairs of letters in common."""
_LONGEST_RANGE: Final = 60
"""Houses between the ends of 100-158; what is longer is no range but one number in two parts."""
_USUAL_SPACING_M: Final = 5.0
"""From one number to the next, where a street has too few houses to tell (house figure)."""
_SPLIT: Final = re.compile(r"[;,、]")
_HALF: Final = re.compile(r"[- ]?1/2$")
_RANGE: Final = re.compile(r"(\d+)-(\d+)")
_LEADING: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Street:
    """A street of the book: its houses by number, and by the digits that the number begins with, in their order."""

    name: str
    houses: defaultdict[str, list[Address]] = field(default_factory=lambda: defaultdict(list))
    by_digits: defaultdict[int, list[Address]] = field(default_factory=lambda: defaultdict(list))
    digits: list[int] = field(default_factory=list)

    def nearest(self, number: int) -> int:
        """The known number that is nearest, of two the one on the same side. The street has to have numbers."""
        at = bisect_left(self.digits, number)
        around = self.digits[max(0, at - 1) : at + 2]
        return min(around, key=lambda n: (abs(n - number), (n - number) % 2, n))

    @property
    def spacing_m(self) -> float:
        """Metres from one number to the next, over the whole street."""
        first, last = self.digits[0], self.digits[-1]
        if last - first < 2:
            return _USUAL_SPACING_M
        return distance_m(self.by_digits[first][0].place, self.by_digits[last][0].place) / (last - first)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a street's name; `stem` is the name proper, without the kind, and `price` that of the form."""

    text: str
    stem: str
    street: int
    price: float = 0.0


class AddressIndex:
    """Immutable once made; may be used from any thread.

    `street_names` are further streets of the city, of which no house is known: what names one of them means no other.
    """

    def __init__(self, addresses: Iterable[Address], street_names: Iterable[str] = ()) -> None:
        self.streets: list[Street] = []
        self._number_of: dict[str, int] = {}
        keys: dict[str, list[str]] = {}
        for address in addresses:
            if address.street not in keys:
                keys[address.street] = [key for name in address.street.split(";") if (key := street_key(name))]
            for key in keys[address.street]:
                self._add(key, address)
        for key in filter(None, map(street_key, street_names)):
            self._street(key)
        for street in self.streets:
            street.digits = sorted(street.by_digits)
        self._forms = [_forms_of(street.name, at) for at, street in enumerate(self.streets)]
        self._postings, self._sizes = _postings(self._forms)

    def near_forms(self, texts: Sequence[str]) -> list[Form]:
        """The forms of the streets that have the most in common with some texts."""
        shared = np.zeros(len(self.streets))
        for gram in {gram for text in texts for gram in _grams(text)}:
            if (own := self._postings.get(gram)) is not None:
                shared[own] += 1
        share = shared / self._sizes
        best = np.argpartition(-share, min(_MOST_LOOKED_AT, len(share) - 1))[:_MOST_LOOKED_AT]
        return [form for at in best.tolist() if share[at] > 0 for form in self._forms[at]]

    def _street(self, key: str) -> Street:
        at = self._number_of.setdefault(key, len(self.streets))
        if at == len(self.streets):
            self.streets.append(Street(key))
        return self.streets[at]

    def _add(self, key: str, address: Address) -> None:
        street = self._street(key)
        for number in house_keys(address.house_number):
            street.houses[number].append(address)
            if digits := _LEADING.match(number):
                street.by_digits[int(digits[0])].append(address)


def house_keys(house_number: str) -> list[str]:
    """The numbers of a house in one spelling: `120;122` is two, `10-14` is 10, 12, 14 and itself, `12号` is 12."""
    keys = dict[str, None]()
    for part in _SPLIT.split(house_number):
        plain = ideographs(_HALF.sub("", part.strip()))
        key = plain if plain.endswith("号楼") else plain.removesuffix("号")
        for number in (key, *_in_range(key)):
            if number:
                keys[number] = None
    return list(keys)


def _in_range(key: str) -> list[str]:
    found = _RANGE.fullmatch(key)
    if not found:
        return []
    first, last = int(found[1]), int(found[2])
    if not 0 < last - first <= _LONGEST_RANGE:
        return [found[1]]
    step = 2 if (last - first) % 2 == 0 else 1
    return [str(number) for number in range(first, last + 1, step)]


def street_key(name: str) -> str:
    """A street's name in one spelling, `st` and `street` being one."""
    if IDEOGRAPH.search(name):
        return ideographs(name)
    return " ".join(word.text for word in words(name)) or plain_text(name).strip()


def _forms_of(name: str, street: int) -> list[Form]:
    if IDEOGRAPH.search(name):
        stem = name[:-1] if name[-1] in STREET_SIGNS and len(name) > 2 else name
        return [Form(name, stem, street), *([Form(stem, stem, street, NO_KIND)] if stem != name else [])]
    parts = name.split()
    has_kind = len(parts) > 1 and parts[-1] in KIND_WORDS
    stem = " ".join(parts[:-1]) if has_kind else name
    found = {name: Form(name, stem, street)}
    if has_kind:
        found[stem] = Form(stem, stem, street, NO_KIND)
    for shorter in (SHORT_KINDS, DIRECTIONS):
        for form in list(found.values()):
            short = " ".join(shorter.get(word, word) for word in form.text.split())
            found.setdefault(short, Form(short, form.stem, street, form.price))
    for form in list(found.values()):
        said = " ".join(map(spelled, form.text.split()))
        found.setdefault(said, Form(said, " ".join(map(spelled, form.stem.split())), street, form.price))
    return list(found.values())


def _postings(
    forms_of: Sequence[Sequence[Form]],
) -> tuple[dict[str, npt.NDArray[np.intp]], npt.NDArray[np.float64]]:
    """(streets by pair of letters, [S] how many pairs each name has; of an ordinal's two spellings the shorter one)."""
    postings: defaultdict[str, list[int]] = defaultdict(list)
    sizes = np.ones(len(forms_of))
    for at, forms in enumerate(forms_of):
        grams = [_grams(stem) for stem in {form.stem for form in forms}]
        sizes[at] = min(map(len, grams))
        for gram in set().union(*grams):
            postings[gram].append(at)
    return {gram: np.array(own, dtype=np.intp) for gram, own in postings.items()}, sizes


def _grams(text: str) -> set[str]:
    """Pairs of letters of each word with its ends; of Chinese each letter, too."""
    found = {f"{a}{b}" for word in text.split() for a, b in pairwise(f"^{word}$")}
    return found | set(IDEOGRAPH.findall(text))
