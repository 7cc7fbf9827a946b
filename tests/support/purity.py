"""Finds what a pure room must not do: read a clock, draw from chance, talk to the outside, or wait."""

import ast
from collections.abc import Iterator

# fmt: off
BANNED_MODULES = frozenset({
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "requests", "secrets",
    "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
})
BANNED_CALLS = frozenset({
    "open", "input", "print", "breakpoint", "exec", "eval", "uuid.uuid1", "uuid.uuid4",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
})
# fmt: on
# Chance is fine once a seed is its argument.
SEEDED_CALLS = frozenset({"random.Random", "numpy.random.default_rng"})
CHANCE = ("random.", "numpy.random.")


def impurities(source: str) -> list[str]:
    """Each impure import or call of a module, as `line: name`, in the order of the lines."""
    tree = ast.parse(source)
    names = dict(_imported(tree))
    found = [(node.lineno, module) for node, module in _imports(tree) if module.split(".")[0] in BANNED_MODULES]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found += [(call.lineno, name) for call in calls if _is_banned(name := _name(call.func, names), call)]
    return [f"{line}: {name}" for line, name in sorted(found)]


def _imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node, node.module or ""


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What each imported name stands for, in full: `np` for `numpy`, `now` for `time.now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _name(function: ast.expr, names: dict[str, str]) -> str:
    """The full dotted name of what is called; empty for anything but a plain name."""
    if isinstance(function, ast.Name):
        return names.get(function.id, function.id)
    if isinstance(function, ast.Attribute) and (parent := _name(function.value, names)):
        return f"{parent}.{function.attr}"
    return ""


def _is_banned(name: str, call: ast.Call) -> bool:
    seeded = name in SEEDED_CALLS and bool(call.args or call.keywords)
    return name in BANNED_CALLS or (name.startswith(CHANCE) and not seeded)
