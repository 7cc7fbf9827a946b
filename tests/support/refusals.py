"""Every refusal of the domain: its code and its sentence, with … where something is put in."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.support.sources import ROOT

PAGE = ROOT / "docs" / "refusals.md"
GAP = "…"
ROW = re.compile(r"^\| `(?P<code>[^`]+)` \| (?P<sentence>.+) \|$", re.MULTILINE)
MADE_OF_PARTS = {
    ("changed_since", "Order … is … now."),
    ("changed_since", "Courier … is … now."),
    ("changed_since", "No courier brings order … now."),
    ("changed_since", "Order … was overridden again since."),
    ("changed_since", "Order … has the … … now."),
    ("changed_since", "The route of courier … is another one now."),
    ("changed_since", "The route of courier … is another one now: with …."),
    ("changed_since", "The route of courier … is another one now: without …."),
    ("proof_missing", "This order needs …; the report was not taken."),
    ("wrong_pin", "The PIN is wrong; ask the customer again."),
    ("wrong_barcode", "This is not the code of the order's parcel; look at the label again."),
}
"""Refusals whose code and sentence do not stand beside each other in the sources; one may say several of these."""
_CODE = re.compile(r"[a-z_…]+")


def written() -> set[tuple[str, str]]:
    """(code, sentence) of each refusal in the sources: two texts beside each other, of which one is a code and the
    other a sentence, as arguments or as a pair.
    """
    found = set(MADE_OF_PARTS)
    for path in sorted((ROOT / "dispatch" / "domain").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            texts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            if len(texts) == 2:
                found |= {
                    (code, sentence)
                    for code in _texts(texts[0])
                    for sentence in _texts(texts[1])
                    if _CODE.fullmatch(code) and sentence.endswith(".")
                }
    return found


def _texts(node: ast.expr) -> Iterator[str]:
    """What the expression may say."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


@cache
def _told() -> list[tuple[re.Pattern[str], re.Pattern[str]]]:
    rows = ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return [(_pattern(row["code"]), _pattern(row["sentence"])) for row in rows]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".+?".join(map(re.escape, text.split(GAP))), re.DOTALL)


def is_told(code: object, sentence: object) -> bool:
    """Whether the page has the refusal word for word; of one that is made of several sentences, each of them."""
    if not isinstance(code, str) or not isinstance(sentence, str):
        return False
    rows = [row for told, row in _told() if told.fullmatch(code)]
    if any(row.fullmatch(sentence) for row in rows):
        return True
    parts = [part if part.endswith(".") else f"{part}." for part in sentence.split(". ")]
    return len(parts) > 1 and all(any(row.fullmatch(part) for row in rows) for part in parts)
