"""Set-up: sentences instead of stack traces, and no step twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import setup
from tests.support.sources import ROOT

NOWHERE = "http://127.0.0.1:9/simple"  # the discard port: nothing listens there


def test_an_old_python_gets_a_sentence() -> None:
    """It names the version found, the version needed and the way to choose another."""
    with pytest.raises(setup.SetupError, match=r"3\.11 or newer is needed and this is 3\.9; .*PYTHON=python3\.12"):
        setup.require_python((3, 9), has_ensurepip=True)


def test_a_python_without_venv_gets_a_sentence() -> None:
    """Debian ships Python without it; the package to install is named."""
    with pytest.raises(setup.SetupError, match="apt-get install python3-venv"):
        setup.require_python((3, 11), has_ensurepip=False)


def test_the_pythons_that_are_supported_pass() -> None:
    """The oldest one, and a later one."""
    setup.require_python((3, 11), has_ensurepip=True)
    setup.require_python((3, 14), has_ensurepip=True)


def test_an_old_python_can_at_least_read_the_script() -> None:
    """Its grammar is that of 3.8, so that `require_python` gets to speak."""
    source = (ROOT / "deploy" / "setup.py").read_text()
    compile(source, "setup.py", "exec")
    import ast

    ast.parse(source, feature_version=(3, 8))


@pytest.fixture
def stamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose steps leave their stamps in it."""
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    (tmp_path / "input").write_text("1")
    return tmp_path


def test_a_step_runs_once_for_the_same_inputs(stamped: Path) -> None:
    """The second time there is nothing to do, and nothing is said."""

    def make() -> None:
        (stamped / "output").write_text("made")

    assert setup.step("Making", [stamped / "input"], stamped / "output", make)
    assert not setup.step("Making", [stamped / "input"], stamped / "output", make)


@pytest.mark.parametrize("change", ["input", "output", "salt"])
def test_a_step_runs_again_after_a_change(stamped: Path, change: str) -> None:
    """Another input, a lost output and another environment each make it due."""

    def make() -> None:
        (stamped / "output").write_text("made")

    setup.step("Making", [stamped / "input"], stamped / "output", make)
    if change == "input":
        (stamped / "input").write_text("2")
    elif change == "output":
        (stamped / "output").unlink()
    salt = "other" if change == "salt" else ""
    assert setup.step("Making", [stamped / "input"], stamped / "output", make, salt)


def test_a_step_that_failed_is_due_again(stamped: Path) -> None:
    """A stamp is left only by success, even where the output is there already."""
    (stamped / "output").write_text("half")

    def fail() -> None:
        raise setup.SetupError("no")

    for _ in range(2):
        with pytest.raises(setup.SetupError):
            setup.step("Making", [stamped / "input"], stamped / "output", fail)


def test_a_failing_command_shows_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Its output and its name, so that a person can see what went wrong."""
    with pytest.raises(setup.SetupError, match="failed, see above"):
        setup.run_quietly([sys.executable, "-c", "import sys; sys.exit('the reason')"])
    assert "the reason" in capsys.readouterr().out


def test_what_is_not_a_source_does_not_rebuild_the_pages() -> None:
    """Installed packages and caches of tools are left out of the digest."""
    assert not [path for path in setup.page_sources() if "node_modules" in path.parts]
    assert setup.PAGES / "package.json" in setup.page_sources()


@pytest.mark.slow
def test_no_registry_gets_one_sentence(tmp_path: Path) -> None:
    """With no package index in reach, the command says what to do, without a stack trace, and makes no stamp."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    environment = dict(
        os.environ, PIP_INDEX_URL=NOWHERE, PIP_RETRIES="0", PIP_NO_CACHE_DIR="1", PIP_CONFIG_FILE=os.devnull
    )
    environment.pop("PIP_FIND_LINKS", None)
    script = [sys.executable, str(tmp_path / "deploy" / "setup.py")]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Set-up stopped: no package registry answered; connect to the network, or name a mirror" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert [stamp.name for stamp in (tmp_path / ".venv" / "setup-stamps").iterdir()] == ["make_environment"]


@pytest.fixture
def no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Chromium, and a person who may not install it."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(setup, "CHROMIUM_ON_MACOS", ())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.mark.usefixtures("no_browser")
def test_a_missing_browser_is_said_in_one_line_and_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The tests that need it will count as not run; the line says what to install."""
    assert setup.chromium() is None
    setup.install_chromium()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "Browser tests will not run: Chromium is missing; on Debian, apt-get install chromium" in said


@pytest.mark.usefixtures("no_browser")
def test_a_browser_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """`$CHROMIUM` wins over everything that is found."""
    monkeypatch.setenv("CHROMIUM", "a-browser-of-my-own")
    assert setup.chromium() == "a-browser-of-my-own"
