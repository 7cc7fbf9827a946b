"""Phone numbers as people type them."""

import pytest

from dispatch.domain.errors import InvalidInput
from dispatch.domain.phone import normalised_phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("\uff0b\uff18\uff16 \uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10", "+8613800138000"),
        ("+358 (40) 123.4567", "+358401234567"),
    ],
)
def test_one_number_has_one_form(typed: str, kept: str) -> None:
    """Ornament goes, an eleven-digit Chinese mobile number gets its country; what is normal already stays so."""
    assert normalised_phone(typed) == kept == normalised_phone(kept)


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "12345", "040 123 4567", "12800138000", "+0 123 456 789", "+12345678901234567"),
        *("+86 138x0013", "1\x003", "9" * 41, "1" * 100_000),
    ],
)
def test_what_nobody_can_dial(typed: str) -> None:
    """A local number without its country says nothing; neither do letters, NUL bytes and endless digits."""
    with pytest.raises(InvalidInput, match="country code"):
        normalised_phone(typed)
