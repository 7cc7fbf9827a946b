"""What is committed works anywhere: it names no machine's folders and no package host."""

import re

import pytest

from tests.support.sources import ROOT, committed_files

MACHINE_PATHS = re.compile(r"(?<![\w.~:/-])/(?:work|root|opt/wheels|home/\w+|Users/\w+)/")
# Put together here, so that this file does not name them either.
HOSTS = re.compile(
    "|".join([r"pypi\.org", r"pythonhosted\.org", r"npmjs\.org", r"registry\.yarnpkg", r"deb\.debian\.org"])
)
BENCH_DATA = re.compile(r"\.\./shared\b|\$\(cd \.\. && pwd\)/shared\b")
THE_ONE_THAT_NAMES_THE_BENCH_DATA = ".ci/run"
PAGES = "dispatch/pages/src/"  # their own folder `shared` is something else
THIS_FILE = "tests/architecture/test_committed_names.py"


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """`file:line` of each committed line that matches; files that are not text have no lines."""
    found = []
    for path in committed_files():
        name = str(path.relative_to(ROOT))
        if name != THIS_FILE:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [f"{name}:{number}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    return found


def test_no_folder_of_a_machine_is_named() -> None:
    """A path that exists on one machine only breaks all others."""
    assert lines_with(MACHINE_PATHS) == []


def test_no_package_host_is_named() -> None:
    """Everybody's own mirror has to do, so lock files and scripts name none."""
    assert lines_with(HOSTS) == []


def test_only_ci_knows_where_the_bench_data_lie() -> None:
    """Everything else takes the folder from DISPATCH_BENCH_DATA or --data."""
    files = {line.split(":")[0] for line in lines_with(BENCH_DATA)}
    assert {name for name in files if not name.startswith(PAGES)} == {THE_ONE_THAT_NAMES_THE_BENCH_DATA}


@pytest.mark.parametrize("line", ["cd /root/x", '"/home/ann/data"', "open('/work/main/x')"])
def test_a_machine_path_is_recognised(line: str) -> None:
    """The pattern finds what it is for."""
    assert MACHINE_PATHS.search(line)


@pytest.mark.parametrize("line", ["/v1/work/orders", "https://example.com/home/ann/", "./root/x", "the root/"])
def test_other_paths_are_not_mistaken_for_it(line: str) -> None:
    """URLs and relative paths may use the same words."""
    assert not MACHINE_PATHS.search(line)
