"""The score that `make mutants` prints is that of the mutants that were tried."""

import json
from pathlib import Path

import pytest

from tests.support import mutants


def test_the_score_counts_what_was_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure and a test without end count as noticed; a survivor and code that no test calls do not; others wait."""
    room = tmp_path / "dispatch" / "domain"
    room.mkdir(parents=True)
    tried = {"a": 1, "b": 36, "c": 0, "d": 33, "e": None}
    (room / "offer.py.meta").write_text(json.dumps({"exit_code_by_key": tried}))
    (room / "order.py.meta").write_text(json.dumps({"exit_code_by_key": {"f": 1, "g": 1}}))
    (room / "zone.py.meta").write_text(json.dumps({"exit_code_by_key": {"h": None}}))
    monkeypatch.setattr(mutants, "FOLDER", tmp_path)
    mutants.main()
    assert capsys.readouterr().out.splitlines() == [
        "dispatch/domain/offer  2 of 4  50%",
        "dispatch/domain/order  2 of 2  100%",
        "dispatch/domain: 4 of 6 killed, 66.7%",
        "all: 4 of 6 killed, 66.7%",
    ]
