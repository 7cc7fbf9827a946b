"""CSV files as people's spreadsheets save them: whatever the encoding, the separator, the language of the headings.

The encoding is told by the bytes: a byte order mark, else UTF-8 if they are that, else GB 18030, which Chinese
spreadsheets write (GBK and GB 2312 are parts of it). Separators are commas, semicolons or tabs, whichever the headings
have most of. A quoted cell may have separators, quotes and line ends in it. A row that is broken is told of by its
number, and the others are read.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dispatch.domain.errors import InvalidInput

MOST_ROWS: Final = 50_000
MOST_CELL: Final = 10_000
"""Characters of a cell: more is a quote that somebody forgot to close."""
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS: Final = (",", ";", "\t", "，", "；")


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its columns. `number` is that of its first line in the file, as spreadsheets count; headings are 1."""

    number: int
    cells: Mapping[str, str]
    problem: tuple[str, str] | None = None
    """(code, sentence) of why it cannot be read, and what its cells seem to say then; None: it can."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a kind of file: each with the headings that name it, in any language; `needed` must be there."""

    headings: Mapping[str, Sequence[str]]
    needed: frozenset[str] = field(default_factory=frozenset)

    def named_by(self, heading: str) -> str:
        """The column that a heading names; empty: none."""
        plain = _plain(heading)
        for column, names in self.headings.items():
            if plain == _plain(column) or plain in map(_plain, names):
                return column
        return ""


def rows_of(data: bytes, columns: Columns) -> list[Row]:
    """The rows below the headings; empty ones are passed over, and so are columns that nobody knows.

    Raises `InvalidInput` for what is no table with these headings, or has more than `MOST_ROWS` rows.
    """
    lines = _Lines(_text(data))
    heading = next(iter(lines.reader), None)
    if heading is None:
        raise InvalidInput("empty_file", "The file is empty.")
    named = [columns.named_by(cell) for cell in heading]
    if missing := sorted(columns.needed - set(named)):
        raise InvalidInput("missing_columns", f"The file has no column {', '.join(missing)}; see the template.")
    found = list[Row]()
    for row in lines.below(named):
        if len(found) == MOST_ROWS:
            raise InvalidInput("too_many_rows", f"A file has at most {MOST_ROWS} rows; send several.")
        found.append(row)
    return found


class _Lines:
    def __init__(self, text: str) -> None:
        first = text.split("\n", 1)[0]
        separator = max(_SEPARATORS, key=first.count)
        csv.field_size_limit(MOST_CELL)
        self.reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator)

    def below(self, named: Sequence[str]) -> Iterator[Row]:
        """The rows from here on, their cells by the names of the columns."""
        while True:
            number = self.reader.line_num + 1
            try:
                cells = next(self.reader)
            except StopIteration:
                return
            except csv.Error:
                sentence = f"A cell has more than {MOST_CELL} characters; is a quote left open?"
                yield Row(number, {}, ("cell_too_long", sentence))
                continue
            if any(cell.strip() for cell in cells):
                yield _row(number, named, cells)


def _row(number: int, named: Sequence[str], cells: Sequence[str]) -> Row:
    filled = (*cells, *("" for _ in range(len(named) - len(cells))))
    known = {column: cell.strip() for column, cell in zip(named, filled, strict=False) if column}
    if any(cell.strip() for cell in cells[len(named) :]):
        sentence = f"The row has {len(cells)} cells, the headings are {len(named)}."
        return Row(number, known, ("too_many_cells", sentence))
    return Row(number, known)


def _text(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("unknown_encoding", "The file is neither UTF-8 nor GBK; save it as one of them.")


def _plain(heading: str) -> str:
    return heading.strip().strip("*").strip().replace(" ", "_").lower()
