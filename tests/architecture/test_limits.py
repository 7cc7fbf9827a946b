"""`docs/limits.md` says what the code does: each default is that of the setting or constant, each test is there."""

import ast
import dataclasses
import importlib
import re
from functools import cache
from typing import Any

import msgspec
import pytest

from dispatch.application.channel_ports import Rate
from dispatch.settings import Settings
from tests.support.sources import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
HEAD = "| what | default | where | beyond it | test |"
ROWS = [
    [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and line != HEAD
]


def default_of(where: str) -> Any:
    """The default of a setting, the value of a constant, or the default of a field."""
    if where.startswith("DISPATCH_"):
        return Settings.model_fields[where.removeprefix("DISPATCH_").lower()].default
    owner, _, name = where.rpartition(".")
    try:
        return getattr(importlib.import_module(owner), name)
    except ModuleNotFoundError:
        module, _, kind = owner.rpartition(".")
        return _field_default(getattr(importlib.import_module(module), kind), name)


def _field_default(kind: Any, name: str) -> Any:
    fields = msgspec.structs.fields(kind) if issubclass(kind, msgspec.Struct) else dataclasses.fields(kind)
    return next(field.default for field in fields if field.name == name)


def as_written(value: Any) -> str:
    """As the page has it: thousands apart, no point where none is needed, rates in words."""
    if isinstance(value, tuple):
        return ", ".join(f"{as_written(rate.times)} in {as_written(rate.within_s)} s" for rate in value)
    assert isinstance(value, int | float), value
    return f"{value:,.0f}" if value == int(value) else str(value)


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_limit_is_what_stands_on_the_page(row: list[str]) -> None:
    """Default and code agree, what happens beyond it is said, and a test shows it."""
    what, default, where, beyond, _ = row
    assert (as_written(default_of(where)), bool(beyond)) == (default, True), what


def test_every_test_that_is_named_is_there() -> None:
    """In the tables and in the text around them."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > len(ROWS)
    assert [f"{file}::{name}" for file, name in named if name not in names_in(file)] == []


def test_rates_are_written_in_words() -> None:
    """What the page has for a tuple of rates."""
    assert as_written((Rate(6, 60), Rate(1_000, 3_600))) == "6 in 60 s, 1,000 in 3,600 s"


def test_every_setting_that_bounds_something_is_on_the_page() -> None:
    """Settings named by a maximum, a burst or a rate: who adds one tells of it."""
    bounds = [name for name in Settings.model_fields if re.search(r"^max_|_max_|_burst$|_per_s$", name)]
    assert [name for name in bounds if f"`DISPATCH_{name.upper()}`" not in PAGE] == []
