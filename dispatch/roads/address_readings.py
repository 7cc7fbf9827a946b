"""The ways in which an address can be read: these words may name the street, and then that is the number of the house.

An address says nowhere where its street begins. So every run of words is tried as a street's name, with the house
number that stands before or after it, and with a price for what then remains unexplained: a word between number and
street belongs to the name more often than not, a city behind it does not matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from dispatch.roads.address_words import (
    DIRECTIONS,
    IDEOGRAPH,
    KIND_WORDS,
    STREET_SIGNS,
    Word,
    ideographs,
    is_number,
    words,
)

MOST_STREET_WORDS: Final = 5
_MOST_WORDS: Final = 24
"""More is not an address; the rest is not looked at."""
_MOST_BEFORE_NUMBER: Final = 48
"""Ideographs, from the country to the estate; what stands before them is not looked at."""
_MOST_IDEOGRAPHS: Final = 14
"""Of a street's name, the city and the district before it aside."""

STRAY: Final = 0.22
"""A word beside the name that is not of it, as `Old` in Old Maple Lane: enough that nobody rides there unasked."""
FAR_STRAY: Final = 0.01
"""A word elsewhere: a person, a firm, a building."""
MOST_FAR_STRAYS: Final = 5
OTHER_KIND: Final = 0.10
"""A lane is asked for where the name read is followed by `street`; people mix them up, but it may be another one."""
OTHER_SIDE: Final = 0.15
"""`North` behind the name: a part of the street or of the town."""
BEHIND: Final = 0.03
"""An estate or a building between a Chinese street and the number."""
UNSIGNED: Final = 0.06
"""A city or district without its sign before a Chinese street, or a part of its name."""
SECOND_NUMBER: Final = 0.02
"""Of two numbers that may be the house's, the one behind the street."""

_HOUSE_LETTERS: Final = frozenset(ascii_lowercase) - frozenset(DIRECTIONS.values())
"""In `521 A` the letter is a part of the number, or of the flat; in `20 S` it is one of the street."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read an address: the street's name, the numbers that the house may have, the likeliest first.

    `price` is what the reading leaves unexplained, 0 for nothing; `is_whole`: nothing beside the name was left out;
    `following` is how many words come at once behind it, so that the name may go on.
    """

    street: str
    numbers: tuple[str, ...]
    price: float = 0.0
    is_whole: bool = True
    following: int = 0


def readings(text: str) -> list[Reading]:
    """All ways to read the text; none when it holds no word."""
    found = words(text)[:_MOST_WORDS]
    latin = list(_latin_readings(found))
    return [*latin, *_chinese_readings(ideographs(text))] if IDEOGRAPH.search(text) else latin


# --- writing with spaces ----------------------------------------------------------------------------------------


def _latin_readings(found: Sequence[Word]) -> Iterator[Reading]:
    for start, word in enumerate(found):
        if word.text.isdigit():
            continue
        for end in range(start + 1, min(start + MOST_STREET_WORDS, len(found)) + 1):
            yield from _with_numbers(found, start, end)


def _with_numbers(found: Sequence[Word], start: int, end: int) -> Iterator[Reading]:
    """The window as a street: with the number before it, the one right behind it, or none."""
    before = next((at for at in range(start - 1, -1, -1) if is_number(found[at].text)), None)
    behind = _number_behind(found, end)
    street = " ".join(word.text for word in found[start:end])
    after, following = _after(found, start, end)
    if before is not None:
        run = _run_to(found, before)
        beside, far = found[before + 1 : start], _far(run)
        numbers = tuple(word.text for word in found[run : before + 1])
        if beside and beside[0].text in _HOUSE_LETTERS:
            numbers, beside = (numbers[0] + beside[0].text, *numbers), beside[1:]
        price = STRAY * len(beside) + far + after
        yield Reading(street, numbers, price, not beside and not after, following)
    if behind is not None or before is None:
        close = _close_before(found, start)
        numbers = tuple(_numbers_from(found, behind)) if behind is not None else ()
        price = STRAY * close + _far(start - close) + after + (SECOND_NUMBER if before is not None else 0.0)
        yield Reading(street, numbers, price, not close and not after, following)


def _number_behind(found: Sequence[Word], end: int) -> int | None:
    """Where a house number stands behind the window: at once, or after words of the same part."""
    for at in range(end, min(end + MOST_STREET_WORDS, len(found))):
        if is_number(found[at].text):
            return at
        if found[at].begins_part:
            return None
    return None


def _after(found: Sequence[Word], start: int, end: int) -> tuple[float, int]:
    """(price of what stands right behind the window, how many words follow without a comma, at most three)."""
    following = []
    for word in found[end : end + 3]:
        if word.begins_part or is_number(word.text):
            break
        following.append(word.text)
    if not following:
        return 0.0, 0
    if following[0] in DIRECTIONS:
        return OTHER_SIDE, len(following)
    if found[end - 1].text in KIND_WORDS and end - start > 1:
        return 0.0, len(following)
    kind = next((at for at, word in enumerate(following) if word in KIND_WORDS), None)
    return (0.0 if kind is None else OTHER_KIND if kind == 0 else STRAY), len(following)


def _close_before(found: Sequence[Word], start: int) -> int:
    """How many words stand before the window in its own part of the address."""
    close, at = 0, start
    while at > 0 and not found[at].begins_part and not is_number(found[at - 1].text):
        close, at = close + 1, at - 1
    return close


def _far(count: int) -> float:
    return FAR_STRAY * min(count, MOST_FAR_STRAYS)


def _run_to(found: Sequence[Word], last: int) -> int:
    """Where the numbers begin that end here."""
    first = last
    while first > 0 and is_number(found[first - 1].text):
        first -= 1
    return first


def _numbers_from(found: Sequence[Word], first: int) -> Iterator[str]:
    for word in found[first:]:
        if not is_number(word.text):
            return
        yield word.text


# --- Chinese ----------------------------------------------------------------------------------------------------

_PLACE_SIGNS: Final = "省市区县镇乡旗村"
_CITIES: Final = re.compile("^(中国)?(北京|上海|天津|重庆|广州|深圳|杭州|成都|武汉|南京|西安|苏州|香港|澳门)$")
"""Cities that are written without a sign more often than with it."""
_HOUSE: Final = re.compile(
    r"(?P<lane>\d+)[弄巷](?:(?P<inner>\d+[a-z]?)号(?!楼))?|(?P<number>\d+(?:-\d+)?[a-z]?)号(?!楼|线)"
)
_BUILDING: Final = re.compile(r"(\d+)(?:号楼|栋|幢|座)")
_DIGITS: Final = re.compile(r"\d+[a-z]?")


def _chinese_readings(text: str) -> Iterator[Reading]:
    """The name ends with a street's sign, or right before the number; it begins anywhere."""
    head, numbers = _number_of(text)
    head = head[-_MOST_BEFORE_NUMBER:]
    ends = {len(head)} | {at + 1 for at, sign in enumerate(head) if sign in STREET_SIGNS}
    for end in sorted(ends):
        for start in range(max(0, end - _MOST_IDEOGRAPHS), end - 1):
            price = _price_before(head[:start])
            yield Reading(head[start:end], numbers, price + (BEHIND if end < len(head) else 0.0), price == 0.0)


def _number_of(text: str) -> tuple[str, tuple[str, ...]]:
    """(what stands before the number, the number). A building of an estate counts where there is no other number."""
    house = _HOUSE.search(text)
    if house:
        lane, inner, number = house["lane"], house["inner"], house["number"]
        return _writing(text[: house.start()]), (f"{lane}弄{inner or ''}" if lane else number,)
    building = _BUILDING.search(text)
    if building:
        return _writing(text[: building.start()]), (f"{building[1]}号楼",)
    digits = _DIGITS.search(text)
    return _writing(text), (digits[0],) if digits else ()


def _writing(text: str) -> str:
    """Only the ideographs; what stands before a Chinese name in other writing is not of it."""
    return "".join(IDEOGRAPH.findall(text))


def _price_before(prefix: str) -> float:
    """City and district are no strays; one letter before the name probably belongs to it."""
    if not prefix or prefix[-1] in _PLACE_SIGNS or _CITIES.match(prefix):
        return 0.0
    return STRAY if len(prefix) == 1 or prefix[-1] in STREET_SIGNS else UNSIGNED
