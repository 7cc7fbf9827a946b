"""How many mutants the tests have killed, by module: what `make mutants` prints at its end (details in `mutants/`).

A mutant that makes a test run for ever is noticed as well as one that makes it fail; one of code that no test of the
selection calls is not.
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = Path("mutants")
SURVIVED, UNTESTED = (0,), (5, 33)


def outcomes(meta: Path) -> Counter[str]:
    """What became of the mutants of one module."""
    codes: Mapping[str, int | None] = json.loads(meta.read_text())["exit_code_by_key"]
    return Counter(_outcome(code) for code in codes.values() if code is not None)


def _outcome(code: int) -> str:
    return "survived" if code in SURVIVED else "untested" if code in UNTESTED else "killed"


def score_pct(found: Counter[str]) -> float:
    """Killed of all, in percent."""
    return 100 * found["killed"] / max(1, found.total())


def main() -> None:
    """Print a line for each module and room, and one for all."""
    rooms: dict[str, Counter[str]] = {}
    for meta in sorted(FOLDER.rglob("*.meta")):
        module = meta.relative_to(FOLDER).with_suffix("").with_suffix("")
        if found := outcomes(meta):
            print(f"{module}  {found['killed']} of {found.total()}  {score_pct(found):.0f}%")
            rooms[str(module.parent)] = rooms.get(str(module.parent), Counter()) + found
    rooms["all"] = sum(rooms.values(), Counter())
    for room, found in rooms.items():
        print(f"{room}: {found['killed']} of {found.total()} killed, {score_pct(found):.1f}%")


if __name__ == "__main__":
    main()
