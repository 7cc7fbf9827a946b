"""Small functions and modules, by limits rather than by good intentions."""

import pytest

from tests.support.sources import ROOT, committed_files, functions, median_body_lines, python_files

LONGEST_FUNCTION_LINES = 60
LONGEST_MODULE_LINES = 500
LONGEST_MEDIAN_BODY_LINES = 8
ROOMS = (
    "courier_protocol",
    "deploy",
    "dispatch/adapters",
    "dispatch/application",
    "dispatch/domain",
    "dispatch/planning",
    "dispatch/roads",
    "dispatch/web",
    "simulator",
)
MODULE_SUFFIXES = {".py", ".ts", ".tsx", ".css"}


def test_no_function_is_longer_than_a_screen() -> None:
    """A function of more than 60 lines, from `def` to its end, is two ideas."""
    python = [path for path in committed_files() if path.suffix == ".py"]
    too_long = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}": length
        for path in python
        for function in functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION_LINES
    }
    assert too_long == {}


def test_no_module_is_too_long_to_know() -> None:
    """A module of more than 500 lines, in Python, TypeScript or CSS, is split by subject."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in committed_files()
        if path.suffix in MODULE_SUFFIXES
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE_LINES} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_most_functions_of_a_room_are_small(room: str) -> None:
    """Half of a room's functions have at most 8 lines of body: the models that we follow are written so."""
    assert median_body_lines(room) <= LONGEST_MEDIAN_BODY_LINES


def test_every_room_is_measured() -> None:
    """A room without a module would pass the medians for nothing."""
    assert [room for room in ROOMS if not python_files(room)] == []
