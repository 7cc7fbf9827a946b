"""Phone numbers as people type them, in the one form that is stored and compared: a plus and digits (E.164)."""

import re
import unicodedata

from dispatch.domain.errors import InvalidInput

_ORNAMENT = re.compile(r"[\s()./·‐-―−-]+")
"""Spaces, brackets, dots and every dash; address books also put marks of direction around numbers (`_INVISIBLE`)."""
_INVISIBLE = "Cf"
_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MAX_TYPED = 40


def normalised_phone(typed: str) -> str:
    """`+` and 6-15 digits. Spaces, dashes, dots and brackets go, full-width signs become plain, `00` becomes `+`, and
    an 11-digit Chinese mobile number gets +86, or its plus. Raises `InvalidInput` for what cannot be dialled from
    anywhere.
    """
    seen = "".join(sign for sign in typed[: _MAX_TYPED + 1] if unicodedata.category(sign) != _INVISIBLE)
    plain = _ORNAMENT.sub("", unicodedata.normalize("NFKC", seen))
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    elif _CHINESE_MOBILE.fullmatch(plain):
        plain = "+86" + plain
    elif plain.startswith("86") and _CHINESE_MOBILE.fullmatch(plain[2:]):
        plain = "+" + plain
    if len(typed) > _MAX_TYPED or not _E164.fullmatch(plain):
        raise InvalidInput("bad_phone", "Give the phone number with its country code, such as +86 138 0013 8000.")
    return plain
