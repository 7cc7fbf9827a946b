"""Cells of tables, as people type them: what one says, or why it says nothing that could be meant. Pure.

Numbers may have thousands apart and full-width digits, and answers are given in two languages.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from dispatch.application.csv_rows import Columns, Row

T = TypeVar("T")
_YES: Final = frozenset({"1", "y", "yes", "true", "x", "是", "对", "√"})
_NO: Final = frozenset({"", "0", "n", "no", "false", "否", "不"})
MOST: Final = 10_000_000
_NO_ID: Final = "An id has 1-40 letters, digits and . _ -, and begins with a letter or digit."


@dataclass(frozen=True, slots=True)
class BadCell:
    """What is wrong with a row, and in which column (empty: in the row as a whole); `code` is stable, for programs."""

    row: int
    column: str
    code: str
    detail: str


class WrongCell(Exception):
    """A cell that says nothing that could be meant."""

    def __init__(self, column: str, code: str, detail: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code
        self.detail = detail


def read_row(row: Row, make: Callable[[Mapping[str, str]], T]) -> T | BadCell:
    """What a row says; or what is wrong with which of its cells."""
    if row.problem:
        return BadCell(row.number, "", *row.problem)
    try:
        return make(row.cells)
    except WrongCell as wrong:
        return BadCell(row.number, wrong.column, wrong.code, wrong.detail)


def plain(cells: Mapping[str, str], column: str) -> str:
    """What stands in a cell, in one width."""
    return unicodedata.normalize("NFKC", cells.get(column, "")).strip()


def ident(cells: Mapping[str, str], column: str, is_id: Callable[[str], bool]) -> str:
    """An id, as `is_id` knows them."""
    typed = plain(cells, column)
    if not is_id(typed):
        raise WrongCell(column, "bad_id", _NO_ID)
    return typed


def words(cells: Mapping[str, str], column: str, most: int) -> str:
    """Words on one line."""
    typed = cells.get(column, "")
    if not 0 < len(typed) <= most or not typed.isprintable():
        raise WrongCell(column, "bad_words", f"Write 1 to {most} characters on one line.")
    return typed


def number(cells: Mapping[str, str], column: str, least: int = 0, most: int = MOST) -> int:
    """A whole number; an empty cell is 0 where that is allowed."""
    typed = plain(cells, column).replace(",", "").replace(" ", "")
    if not typed and least == 0:
        return 0
    whole, _, fraction = typed.partition(".")  # spreadsheets write 5 as 5.0
    if not (whole.isdecimal() and whole.isascii()) or fraction.strip("0") or not least <= int(whole[:12]) <= most:
        raise WrongCell(column, "bad_number", f"Write a whole number from {least} to {most}.")
    return int(whole)


def yes(cells: Mapping[str, str], column: str) -> bool:
    """Yes or no; an empty cell says no."""
    typed = plain(cells, column).lower()
    if typed not in _YES | _NO:
        raise WrongCell(column, "bad_answer", "Write yes or no.")
    return typed in _YES


def template(columns: Columns, *, in_chinese: bool, example: Mapping[str, Any]) -> str:
    """A file with the headings and one row, as a spreadsheet opens it."""
    heads = [_in_chinese(names) if in_chinese else column for column, names in columns.headings.items()]
    cells = [str(example.get(column, "")) for column in columns.headings]
    return "\ufeff" + ",".join(heads) + "\r\n" + ",".join(cells) + "\r\n"


def _in_chinese(names: Iterable[str]) -> str:
    return next(name for name in names if not name.isascii())
