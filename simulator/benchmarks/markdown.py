"""Tables and pages in markdown, for the benchmarks that write their results into `docs/benchmarks`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from simulator.benchmarks.results import Results


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; a bar inside a cell does not end it."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(each) for each in line)} |\n" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")


def metrics_table(results: Results, names: Mapping[str, str] | None = None) -> str:
    """The metrics beside their goals; `names` gives a reader's words to some of them."""
    words = names or {}
    rows = [(words.get(name, name), results.goals.get(name, ""), value) for name, value in results.metrics.items()]
    return table(["figure", "goal", "measured"], rows)


def made_with(*packages: str) -> str:
    """The versions of Python and of those packages that are installed, on one line."""
    found = [f"Python {python_version()}"]
    for name in packages:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return ", ".join(found)


def write_page(docs: Path, name: str, title: str, command: str, parts: Sequence[str]) -> Path:
    """Write `NAME.md` into the folder: the title, the command that writes it anew, then the parts; returns the file."""
    docs.mkdir(parents=True, exist_ok=True)
    head = [f"# {title}\n", f"Written by `{command}`; do not edit.\n"]
    file = docs / f"{name}.md"
    file.write_text("\n".join([*head, *(part.rstrip("\n") + "\n" for part in parts)]), encoding="utf-8")
    return file
