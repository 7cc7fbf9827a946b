"""`dispatch city`, as a person types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch.cli_city import city


def run(*arguments: str | Path) -> Result:
    """One command; an exception other than the exit itself fails the test."""
    result = CliRunner().invoke(city, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_import_says_what_it_made(village_file: Path, tmp_path: Path) -> None:
    """Name, id, folder, counts, attribution; the second run is taken from the cache."""
    data = tmp_path / "data"
    first = run("import", village_file, "--name", "Our Village", "--data-dir", data)
    assert first.exit_code == 0
    assert "Our Village (id our-village) in " in first.output
    assert "4 addresses" in first.output
    assert "© OpenStreetMap contributors" in first.output
    assert "taken from the cache" in run("import", village_file, "--name", "Our Village", "--data-dir", data).output


def test_generate_says_that_the_city_is_invented(tmp_path: Path) -> None:
    """A size and a seed are enough."""
    made = run("generate", "--size", "1km", "--seed", "9", "--data-dir", tmp_path)
    assert made.exit_code == 0
    assert "Generated city 9" in made.output
    assert "This city is invented." in made.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("generate", "--size", "big"), "write it like generate:12km:7"),
        (("generate", "--size", "500m"), "measures 1000 to 40000 m a side"),
        (("import", "gone.osm.pbf"), "cannot be read"),
        (("import", "VILLAGE", "--box", "1,2,3"), "write south,west,north,east"),
        (("import", "VILLAGE", "--box", "3,2,1,4"), "write south,west,north,east"),
        (("import", "VILLAGE", "--box", "1,2,3,4"), "outside the extract"),
    ],
)
def test_bad_input_ends_with_one_sentence(
    arguments: tuple[str, ...], sentence: str, village_file: Path, tmp_path: Path
) -> None:
    """Exit status 2, one line on standard error, no stack trace, nothing written."""
    data = tmp_path / "data"
    filled = [str(village_file) if argument == "VILLAGE" else argument for argument in arguments]
    refused = run(*filled, "--data-dir", data)
    assert refused.exit_code == 2
    error = refused.stderr.strip().splitlines()[-1]
    assert error.startswith("Error: ")
    assert sentence in error
    assert refused.stdout == ""
    assert not data.exists()
