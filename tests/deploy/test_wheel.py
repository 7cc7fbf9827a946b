"""The wheel is the whole product: it carries the built pages and runs where there is no Node."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from dispatch import __version__
from tests.support.sources import ROOT

PAGE = "dispatch/web/static/console.html"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, freshly built."""
    if not (ROOT / PAGE).exists():
        pytest.fail("the pages are not built: run make setup")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with this wheel; other packages come from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site_packages = next(folder.glob("lib/python3*/site-packages"))
    (site_packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return folder / "bin"


def test_it_carries_every_built_page_and_no_source_of_one(wheel: Path) -> None:
    """All files that the build made are in it; the TypeScript is not needed to run."""
    packed = set(zipfile.ZipFile(wheel).namelist())
    built = {str(path.relative_to(ROOT)) for path in (ROOT / PAGE).parent.rglob("*") if path.is_file()}
    assert built <= packed
    assert not [name for name in packed if name.startswith(("dispatch/pages/", "tests/", "deploy/"))]


def test_it_carries_types_and_licence(wheel: Path) -> None:
    """Type checkers trust the packages, and the licence travels with them."""
    packed = zipfile.ZipFile(wheel).namelist()
    assert {"dispatch/py.typed", "courier_protocol/py.typed", "simulator/py.typed"} <= set(packed)
    assert [name for name in packed if name.endswith("/licenses/LICENSE")]


def test_the_command_runs_without_node(installed: Path) -> None:
    """`dispatch --version` answers with nothing on the path but the environment itself, from another folder."""
    run = [str(installed / "dispatch"), "--version"]
    answer = subprocess.run(
        run, cwd=installed, env={"PATH": str(installed)}, capture_output=True, text=True, check=True
    )
    assert __version__ in answer.stdout


def test_the_installed_copy_is_the_one_that_runs(installed: Path) -> None:
    """Not the working copy, which the tests' own environment knows too."""
    script = "import dispatch.web; print(dispatch.web.__file__)"
    run = [str(installed / "python"), "-c", script]
    answer = subprocess.run(
        run, cwd=installed, env={"PATH": str(installed)}, capture_output=True, text=True, check=True
    )
    assert Path(answer.stdout.strip()).is_relative_to(installed.parent)
