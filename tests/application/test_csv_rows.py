"""Files as spreadsheets save them: any of the encodings, separators and headings that people have; broken rows told."""

import pytest

from dispatch.application.csv_rows import MOST_CELL, Columns, Row, rows_of
from dispatch.domain.errors import InvalidInput

COLUMNS = Columns({"id": ("sku", "编码"), "name": ("名称",), "note": ("备注",)}, frozenset({"id", "name"}))


def read(text: str | bytes) -> list[tuple[int, dict[str, str], str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(row.number, dict(row.cells), " ".join(row.problem or ())) for row in rows_of(data, COLUMNS)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
def test_every_way_to_save_it(encoding: str, separator: str) -> None:
    """Chinese headings and words; the end of a line as Windows writes it."""
    text = "\r\n".join([separator.join(("编码", "名称", "别的")), separator.join(("A1", "鲜牛奶", "?")), ""])
    assert read(text.encode(encoding)) == [(2, {"id": "A1", "name": "鲜牛奶"}, "")]


def test_quotes_may_hold_everything() -> None:
    """Separators, quotes, and line ends, after which rows are counted as a spreadsheet does."""
    found = read('SKU,name,note\nA1,"Milk, fresh ""1 l""","two\nlines"\n\n ,,\nA2,Tea\n')
    assert found == [
        (2, {"id": "A1", "name": 'Milk, fresh "1 l"', "note": "two\nlines"}, ""),
        (6, {"id": "A2", "name": "Tea", "note": ""}, ""),
    ]


def test_a_broken_row_is_told_and_the_others_are_read() -> None:
    """Too many cells; a quote that is never closed swallows what is behind it, and says so."""
    found = read(f'id,name,note\nA1,Milk,,,oops\nA2,Tea,\nA3,"{"x" * (MOST_CELL + 1)}\nA4,Rice,\n')
    assert [(number, bool(problem)) for number, _, problem in found][:2] == [(2, True), (3, False)]
    assert found[0][2].startswith("too_many_cells The row has 5 cells") and found[2][2].startswith("cell_too_long")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "empty_file"),
        (b"\xff\xff\xff\x00\x81\xff", "unknown_encoding"),
        (b"name,note\nMilk,?\n", "missing_columns"),
        (b"id,name\n" + b"a,b\n" * 50_001, "too_many_rows"),
    ],
)
def test_what_is_no_table_is_refused(text: bytes, code: str) -> None:
    """With what is missing."""
    with pytest.raises(InvalidInput) as refusal:
        rows_of(text, COLUMNS)
    assert refusal.value.code == code and refusal.value.detail.endswith(".")


def test_headings_are_found_whatever_their_case() -> None:
    """Stars of needed columns, spaces and capitals do not count; an unknown column is passed over."""
    assert rows_of(b" ID *, Name,colour\n1,2,3\n", COLUMNS) == [Row(2, {"id": "1", "name": "2"})]
