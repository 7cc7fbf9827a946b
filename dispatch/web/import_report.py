"""What is told of a table while it is worked through: lines of JSON, the last of them the report."""

from typing import Any, Final

import msgspec

from dispatch.application.cells import BadCell

LINES: Final = "application/x-ndjson"
_MOST_TOLD: Final = 1_000
"""Problems in a report: who has more has the wrong file."""


class ImportReport:
    """What became of the rows: `taken`, `refused`, or `unchanged` where it was there before; problems by their rows."""

    def __init__(self) -> None:
        self.taken = self.refused = self.unchanged = 0
        self.problems = list[dict[str, Any]]()

    def wrong(self, cell: BadCell) -> None:
        """A row is left out."""
        self.refused += 1
        if len(self.problems) < _MOST_TOLD:
            self.problems.append({"row": cell.row, "column": cell.column, "code": cell.code, "detail": cell.detail})

    def progress(self) -> bytes:
        """How many rows are done."""
        return json_line({"done": self.taken + self.refused + self.unchanged})

    def line(self) -> bytes:
        """All of it."""
        counts = {"taken": self.taken, "refused": self.refused}
        if self.unchanged:
            counts["unchanged"] = self.unchanged
        problems = sorted(self.problems, key=lambda problem: int(problem["row"]))
        return json_line({"report": {**counts, "problems": problems}})


def json_line(what: dict[str, Any]) -> bytes:
    """A line of the answer."""
    return msgspec.json.encode(what) + b"\n"
