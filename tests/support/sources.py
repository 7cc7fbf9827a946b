"""The project's own files, as the architecture tests read them."""

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def committed_files() -> list[Path]:
    """Every file that `.gitignore` does not leave out; read without git, which a test machine need not have."""
    ignored = (ROOT / ".gitignore").read_text().split()
    files = []
    for place, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name != ".git" and not _is_ignored(Path(place, name), ignored))
        files += [Path(place, name) for name in sorted(names) if not _is_ignored(Path(place, name), ignored)]
    return files


def _is_ignored(path: Path, patterns: list[str]) -> bool:
    spellings = (path.name, str(path.relative_to(ROOT)))
    return any(fnmatch(spelling, pattern.rstrip("/")) for pattern in patterns for spelling in spellings)


def python_files(room: str) -> list[Path]:
    """The modules of a room, given by its folder relative to the project's root."""
    return sorted((ROOT / room).rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a module, nested ones too."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return (node for node in nodes if isinstance(node, Function))


def body_lines(function: Function) -> int:
    """Lines from the first statement after the docstring to the last one."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not statements:
        return 0
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1


def median_body_lines(room: str) -> float:
    """The median body length of a room's functions (0 for a room without any)."""
    lengths = [body_lines(function) for path in python_files(room) for function in functions(path)]
    return median(lengths) if lengths else 0.0
