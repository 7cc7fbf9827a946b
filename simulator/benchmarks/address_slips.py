"""Addresses as people write them: the same one abbreviated, in another order, with a flat and a slip of the finger.

Slips are in the letters of the street's name. A wrong digit is another address, which nobody can see from the text; a
number that does not exist is a case of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.roads.address_index import house_keys, street_key
from dispatch.roads.address_words import plain_text, spelled
from dispatch.roads.city import Address
from simulator.chance import Stream

MISSING_SHARE: Final = 0.10
"""Of the addresses whose number is changed to one that the street does not have."""
SLIP_SHARE: Final = 0.80
_FARTHEST_NUMBER: Final = 12
_SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "Street": ("St", "St.", "Str"),
    "Avenue": ("Ave", "Av", "Ave."),
    "Boulevard": ("Blvd", "Blvd."),
    "Place": ("Pl",),
    "Lane": ("Ln",),
    "Court": ("Ct",),
    "Alley": ("Aly",),
    "Plaza": ("Plz",),
    "South": ("S", "S."),
    "North": ("N",),
}
_UNITS: Final = (
    "Apt 5",
    "Apartment 12B",
    "Unit 3",
    "Suite 300",
    "Ste 210",
    "#4",
    "# 12",
    "5th Floor",
    "Floor 2",
    "Rm 8",
)
_TAILS: Final = (
    "San Francisco, CA 94103",
    "San Francisco, CA",
    "San Francisco",
    "San Francisco, California 94108-1234, USA",
    "CA 94102",
)
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ORDINAL: Final = re.compile(r"\d+(?:st|nd|rd|th)")


@dataclass(frozen=True, slots=True)
class Written:
    """An address as somebody wrote it; `number` is the one written, `is_known` whether the street has it."""

    text: str
    truth: Address
    number: str
    is_known: bool


def written(addresses: Sequence[Address], count: int, chance: Stream) -> list[Written]:
    """So many addresses of the book, chosen evenly among those that have a number, each written by somebody else."""
    numbers: dict[str, set[str]] = {}
    for address in addresses:
        numbers.setdefault(street_key(address.street), set()).update(house_keys(address.house_number))
    usable = [address for address in addresses if house_keys(address.house_number)[0].isdigit()]
    chosen = chance.choice(len(usable), size=count, replace=False)
    return [_written(usable[at], numbers[street_key(usable[at].street)], chance) for at in chosen.tolist()]


def _written(address: Address, known: set[str], chance: Stream) -> Written:
    number = str(chance.choice([key for key in house_keys(address.house_number) if key.isdigit()]))
    missing = _missing(int(number), known, chance) if chance.random() < MISSING_SHARE else ""
    number = missing or number
    street = _shortened(address.street, chance)
    if chance.random() < SLIP_SHARE:
        street = slipped(street, chance)
    return Written(_put_together(number, street, chance), address, number, not missing)


def _missing(number: int, known: set[str], chance: Stream) -> str:
    """A number nearby that the street does not have; empty where it has them all."""
    near = [n for n in range(max(1, number - _FARTHEST_NUMBER), number + _FARTHEST_NUMBER) if str(n) not in known]
    return str(chance.choice(near)) if near else ""


def _shortened(street: str, chance: Stream) -> str:
    """Half of the words that have a short form in it; a third of the ordinals in letters."""
    parts = []
    for word in street.split():
        part = word
        if word in _SHORT and chance.random() < 0.5:
            part = str(chance.choice(_SHORT[word]))
        elif _ORDINAL.fullmatch(word) and chance.random() < 0.33:
            part = spelled(word).title()
        parts.append(part)
    return " ".join(parts)


def slipped(text: str, chance: Stream) -> str:
    """One letter dropped, doubled, swapped with the next one, or replaced by its neighbour on the keyboard."""
    places = [at for at, letter in enumerate(text) if letter.isalpha()]
    at = int(chance.choice(places))
    letter, rest = text[at], text[at + 1 :]
    match int(chance.integers(4)):
        case 0:
            return text[:at] + rest
        case 1:
            return text[:at] + letter + letter + rest
        case 2 if rest[:1].isalpha():
            return text[:at] + rest[0] + letter + rest[1:]
        case _:
            return text[:at] + _neighbour(letter, chance) + rest


def _neighbour(letter: str, chance: Stream) -> str:
    row = next((row for row in _KEYS if plain_text(letter) in row), "")
    if not row:
        return "x"
    at = row.index(plain_text(letter))
    beside = str(chance.choice([row[n] for n in (at - 1, at + 1) if 0 <= n < len(row)]))
    return beside.upper() if letter.isupper() else beside


def _put_together(number: str, street: str, chance: Stream) -> str:
    """Number first or last, a flat in half of them, the city in two thirds, any case, some without commas."""
    parts = [f"{number} {street}" if chance.random() < 0.75 else f"{street} {number}"]
    if chance.random() < 0.5:
        parts.insert(0 if chance.random() < 0.1 else 1, str(chance.choice(_UNITS)))
    if chance.random() < 0.67:
        parts.append(str(chance.choice(_TAILS)))
    text = ", ".join(parts)
    if chance.random() < 0.3:
        text = text.replace(",", "")
    return (text, text.upper(), text.lower())[int(chance.integers(3))]
