"""The words of an address in one spelling, whichever way people write them.

`words` is for writing with spaces: "450 Powell St., Apt 5" and "450 POWELL STREET" become the same words. `ideographs`
is for Chinese: half-width digits, simplified signs of parts, and numerals as digits where a part's sign follows them.
Streets of the book and what is typed go through the same function, so that a wrong guess (is `st` a saint?) is made on
both sides. Abbreviations: United States Postal Service, Publication 28, appendix C1, the usual ones.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

IDEOGRAPH: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")

KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("st", "str", "street"), "street"),
    **dict.fromkeys(("ave", "av", "aven", "avenue"), "avenue"),
    **dict.fromkeys(("blvd", "boul", "bl", "boulevard"), "boulevard"),
    **dict.fromkeys(("rd", "road"), "road"),
    **dict.fromkeys(("ln", "lane"), "lane"),
    **dict.fromkeys(("dr", "drv", "drive"), "drive"),
    **dict.fromkeys(("pl", "place"), "place"),
    **dict.fromkeys(("plz", "plaza"), "plaza"),
    **dict.fromkeys(("ct", "court"), "court"),
    **dict.fromkeys(("sq", "square"), "square"),
    **dict.fromkeys(("ter", "terr", "terrace"), "terrace"),
    **dict.fromkeys(("aly", "ally", "alley"), "alley"),
    **dict.fromkeys(("ctr", "centre", "center"), "center"),
    **dict.fromkeys(("cir", "circle"), "circle"),
    **dict.fromkeys(("hwy", "highway"), "highway"),
    **dict.fromkeys(("fwy", "freeway"), "freeway"),
    **dict.fromkeys(("pkwy", "parkway"), "parkway"),
    **dict.fromkeys(("wy", "way"), "way"),
    **dict.fromkeys(("walk", "row", "mews", "close", "crescent", "steps"), ""),
}
"""What a street is called after its name; empty: written in one way only."""
KIND_WORDS: Final = frozenset({full or short for short, full in KINDS.items()})
SHORT_KINDS: Final = {full: short for short, full in reversed(list(KINDS.items())) if full}
"""The usual short form of each kind."""
DIRECTIONS: Final[Mapping[str, str]] = {
    **{"north": "n", "south": "s", "east": "e", "west": "w"},
    **{"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"},
}
"""With their short forms, which are not written out: `Hyde S` is as likely a slip of `Hyde St`."""
_TITLES: Final[Mapping[str, str]] = {"st": "saint", "ste": "sainte", "dr": "doctor", "mt": "mount", "ft": "fort"}
"""What begins a name, though elsewhere it is short for something else."""
_UNITS: Final = frozenset(
    {"apt", "apartment", "unit", "suite", "ste", "floor", "fl", "flr", "room", "rm", "flat", "#"}
    | {"bldg", "building", "level", "lvl", "box", "dept"}
)
_FLOORS: Final = frozenset({"floor", "fl", "flr", "level"})
_SIGNS: Final = frozenset({"no", "nr", "num", "number", "the"})
"""How people say that a number follows; and the article, which is left out as often as not."""
_ONES: Final = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
_TEENS: Final = "fifteenth sixteenth seventeenth eighteenth nineteenth"
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"

_WORD: Final = re.compile(
    r"\d+(?:st|nd|rd|th)(?![^\W_])|\d+[a-z]{1,4}(?![^\W_])|\d+|[^\W\d_\u3400-\u4dbf\u4e00-\u9fff]+|[#,;]"
)
_SILENT: Final = re.compile(r"['’`´.]")
_LONG_ZIP: Final = re.compile(r"\b(\d{5})-\d{4}\b")
_NUMBER: Final = re.compile(r"\d+[a-z]?")
_UNIT_ID: Final = re.compile(r"\d+[a-z]{0,4}|[a-z]\d*")
_LEAST_ZIP_LENGTH: Final = 5


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an address, and whether a comma stands before it."""

    text: str
    begins_part: bool = False


def plain_text(text: str) -> str:
    """The text in small letters, without accents, in one width."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words(text: str) -> list[Word]:
    """The words of an address in one spelling, without flats, floors, signs before numbers, and postal codes."""
    found: list[Word] = []
    begins = False
    for token in _WORD.findall(_LONG_ZIP.sub(r"\1", _SILENT.sub("", plain_text(text)))):
        if token in {",", ";"}:
            begins = True
            continue
        found.append(Word(token, begins))
        begins = False
    return _spelled_out(_without_postal_codes(_without_units(found)))


def is_number(word: str) -> bool:
    """Whether the word can be a house number: 12, 12b."""
    return _NUMBER.fullmatch(word) is not None


def spelled(word: str) -> str:
    """An ordinal in letters, `third` for `3rd`; any other word as it is."""
    return _IN_LETTERS.get(word, word)


def _without_units(found: Sequence[Word]) -> list[Word]:
    """Without `apt 5`, `#5`, `5th floor`, wherever they stand; what follows them is another part of the address."""
    kept, skip, cut = list[Word](), False, False
    for at, word in enumerate(found):
        following = next((each.text for each in found[at + 1 : at + 2]), "")
        names_it = word.text in _UNITS and _UNIT_ID.fullmatch(following) is not None
        if skip:
            skip, cut = False, True
        elif names_it or (word.text in _IN_LETTERS and following in _FLOORS):
            skip = True
        elif word.text == "#":
            cut = True
        else:
            kept.append(Word(word.text, word.begins_part or cut))
            cut = False
    return kept


def _without_postal_codes(found: Sequence[Word]) -> list[Word]:
    """Without long numbers that come after another one."""
    first = next((at for at, word in enumerate(found) if word.text.isdigit()), len(found))
    return [
        word
        for at, word in enumerate(found)
        if at <= first or not word.text.isdigit() or len(word.text) < _LEAST_ZIP_LENGTH
    ]


def _spelled_out(found: Sequence[Word]) -> list[Word]:
    told, before = list[Word](), ""
    for word in _joined_ordinals(found):
        if word.text in _SIGNS:
            continue
        begins_name = not before or word.begins_part or before.isdigit()
        told.append(Word(_full(word.text, begins_name=begins_name), word.begins_part))
        before = word.text
    return told


def _full(word: str, *, begins_name: bool) -> str:
    if begins_name and word in _TITLES:
        return _TITLES[word]
    return KINDS.get(word) or _IN_DIGITS.get(word) or ("junior" if word == "jr" else word)


def _joined_ordinals(found: Sequence[Word]) -> list[Word]:
    """`twenty third` as one word."""
    joined = [
        Word(f"{a.text} {b.text}", a.begins_part) if f"{a.text} {b.text}" in _IN_DIGITS else None
        for a, b in pairwise(found)
    ]
    return [
        (joined[at] if at < len(joined) else None) or word
        for at, word in enumerate(found)
        if at == 0 or joined[at - 1] is None
    ]


def _ordinals() -> dict[str, str]:
    """First to ninety-ninth, as it is written in digits."""
    ones = f"{_ONES} {_TEENS}".split()
    spoken = dict(enumerate(ones, start=1))
    for tens, word in enumerate(_TENS.split(), start=2):
        spoken[10 * tens] = f"{word[:-1]}ieth"
        spoken |= {10 * tens + one: f"{word} {ones[one - 1]}" for one in range(1, 10)}
    return {word: f"{number}{_ending(number)}" for number, word in spoken.items()}


def _ending(number: int) -> str:
    if number in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


_IN_DIGITS: Final = _ordinals()
_IN_LETTERS: Final = {digits: letters for letters, digits in _IN_DIGITS.items()}

# --- Chinese ----------------------------------------------------------------------------------------------------

STREET_SIGNS: Final = "路街道巷弄里胡同径村苑"
"""With which a Chinese street's name ends."""

_SIMPLE: Final = str.maketrans("號樓棟單層區縣鎮鄉國衖東門廣長龍灣園", "号楼栋单层区县镇乡国弄东门广长龙湾园")
"""The signs of an address's parts, and letters that many streets have; both sides go through it."""
_DIGIT_OF: Final = {letter: digit for digit, letter in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL: Final = re.compile("[零〇一二两三四五六七八九十百]+(?=号|弄|栋|幢|单元|室|层|座)")
_NO_PART: Final = re.compile(r"[\s,.;:，。、；：()（）\[\]【】]+")


def ideographs(text: str) -> str:
    """A Chinese address in one spelling, without spaces and commas; other writing in it stays, in small letters."""
    simple = _NO_PART.sub("", plain_text(text)).translate(_SIMPLE)
    return _NUMERAL.sub(lambda found: _in_digits(found[0]), simple)


def _in_digits(numeral: str) -> str:
    """`一百二十三` and `一二三` as `123`."""
    if not set(numeral) & {"十", "百"}:
        return "".join(str(_DIGIT_OF[letter]) for letter in numeral)
    total = digit = 0
    for letter in numeral:
        if letter in _DIGIT_OF:
            digit = _DIGIT_OF[letter]
            continue
        total += (digit or 1) * (100 if letter == "百" else 10)
        digit = 0
    return str(total + digit)
