"""`make audit`: what is known against the packages that this project pins, and the rules that its sources keep.

Three looks: advisories about Python's packages (`pip-audit` on the lock files), about Node's (`npm audit` on the
pages' lock file), and Bandit's rules (`S` of ruff) on everything that is shipped. Each finding is said. An advisory
service that cannot be asked is said in one sentence, and is no finding: the exit status is 1 for findings only.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = ROOT / ".venv" / "bin"
LOCKS: Final = ("requirements.lock", "deploy/bootstrap.lock")
SHIPPED: Final = ("courier_protocol", "dispatch", "simulator", "deploy")
WITHIN_S: Final = 300.0


class NotAsked(Exception):
    """A service could not say; the message says about what."""


def python_findings(lock: str) -> list[str]:
    """What is known against the packages of a lock file. Raises `NotAsked`."""
    asked = (BIN / "pip-audit", "--requirement", ROOT / lock, "--disable-pip", "--format", "json")
    done = _run(*asked, "--progress-spinner", "off", "--timeout", "15")
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise NotAsked(f"The service of advisories did not answer about {lock}.") from None
    packages: list[dict[str, Any]] = told["dependencies"]
    unknown = sum("skip_reason" in package for package in packages)
    if unknown:
        sys.stdout.write(f"{lock}: not asked about {unknown} of {len(packages)} packages: the service has none.\n")
    return [f"{each['name']} {each['version']}: {known['id']}" for each in packages for known in each.get("vulns", ())]


def node_findings() -> list[str]:
    """What is known against the pages' packages. Raises `NotAsked`."""
    done = _run("npm", "--prefix", ROOT / "dispatch" / "pages", "audit", "--json")
    try:
        told: dict[str, Any] = json.loads(done.stdout)
        known: dict[str, Any] = told["vulnerabilities"]
    except (ValueError, KeyError):
        raise NotAsked("The service of advisories did not answer about the pages' packages.") from None
    return [f"{name}: {each['severity']}" for name, each in known.items()]


def broken_rules() -> list[str]:
    """Where Bandit's rules are broken. What is excepted, and why, stands in `pyproject.toml` or beside the line."""
    done = _run(BIN / "ruff", "check", "--select", "S", "--output-format", "concise", *SHIPPED)
    return [line for line in done.stdout.splitlines() if ": S" in line]


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    words = [str(word) for word in command]
    try:
        return subprocess.run(
            words, cwd=ROOT, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=WITHIN_S,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(words, 1, "", type(error).__name__)


def main() -> int:
    """Look, say what was found, and return the exit status."""
    found = 0
    looks: list[tuple[str, Callable[[], list[str]]]] = [
        *((lock, partial(python_findings, lock)) for lock in LOCKS),
        ("the pages' packages", node_findings),
        ("Bandit's rules", broken_rules),
    ]
    for what, look in looks:
        try:
            findings = look()
        except NotAsked as error:
            sys.stdout.write(f"{what}: not asked. {error}\n")
            continue
        found += len(findings)
        sys.stdout.write(f"{what}: {len(findings)} found.\n" + "".join(f"  {each}\n" for each in findings))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
