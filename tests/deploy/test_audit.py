"""`make audit`: what is a finding, and what only could not be asked."""

import json
import subprocess
from pathlib import Path

import pytest

from deploy import audit

KNOWN = {"name": "left-pad", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
CLEAN = {"name": "numpy", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "nobody", "skip_reason": "not found"}


def answers(monkeypatch: pytest.MonkeyPatch, python: object, node: object, rules: str = "") -> None:
    """The tools say this instead of being run; bytes stand for no JSON at all."""

    def said(*command: str | Path) -> subprocess.CompletedProcess[str]:
        tool = Path(command[0]).name
        told = {"pip-audit": python, "npm": node}.get(tool, rules)
        return subprocess.CompletedProcess([], 1, told if isinstance(told, str) else json.dumps(told), "")

    monkeypatch.setattr(audit, "_run", said)


def test_what_cannot_be_asked_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the services it says so, a sentence each, and ends well."""
    answers(monkeypatch, "no route to host", {"error": {"code": "ENOAUDIT"}})
    assert audit.main() == 0
    assert capsys.readouterr().out.count("not asked. The service of advisories did not answer") == 3
    answers(monkeypatch, {"dependencies": [CLEAN, UNKNOWN]}, {"vulnerabilities": {}})
    assert audit.main() == 0 and "not asked about 1 of 2 packages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("python", "node", "rules"),
    [
        ([KNOWN, UNKNOWN], {}, ""),
        ([CLEAN], {"left-pad": {"severity": "high"}}, ""),
        ([CLEAN], {}, "dispatch/x.py:1:1: S102 Use of `exec`\nFound 1 error.\n"),
    ],
)
def test_a_finding_is_told_and_fails(
    monkeypatch: pytest.MonkeyPatch, python: list[object], node: dict[str, object], rules: str
) -> None:
    """Each kind of its own is enough for the exit status 1."""
    answers(monkeypatch, {"dependencies": python}, {"vulnerabilities": node}, rules)
    assert audit.main() == 1


def test_the_sources_keep_bandits_rules() -> None:
    """The real look at what is shipped finds nothing."""
    assert audit.broken_rules() == []
