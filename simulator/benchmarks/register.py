"""Every benchmark as a command: `bench NAME` runs one, `bench all` each in turn, and says which could not run and why.

A benchmark is the module of its name in this package, with `run(data, **options) -> Results`. `data` is the folder with
`bench/` and `maps/`, or None. A benchmark that writes pages or plots takes `docs`, the folder for them, or None. One
that takes more has `OPTIONS`: click options, whose values `run` gets by name; `bench all` runs it with their defaults.
`run` raises `NotRun` with one sentence when what it needs is not there. Modules are imported when they are asked for.
"""

from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from simulator.benchmarks.results import NotRun, Results, show, write_all_json, write_json

BENCHES = (
    "channel",
    "live",
    "roads",
    "eta",
    "decision",
    "pdptw",
    "mdrp",
    "city",
    "pages",
    "stock",
    "intake",
    "restock",
    "addresses",
)
"""Names, in the order of `bench all`."""

COMMON = ("data", "docs", "json_file")
"""What every benchmark is given."""

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DISPATCH_BENCH_DATA",
    help="The folder with bench/ and maps/ (or DISPATCH_BENCH_DATA).",
)
json_option = click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the metrics as JSON."
)
docs_option = click.option(
    "--docs",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write tables and plots into this folder (the project's are in docs/benchmarks).",
)


class Benches(click.Group):
    """A command for each benchmark, and `all`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """`all` first, then the benchmarks in their order."""
        return ["all", *BENCHES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None when there is none."""
        if cmd_name == "all":
            return every
        return _command(cmd_name) if cmd_name in BENCHES else None


@click.command(cls=Benches)
def bench() -> None:
    """Measure a part beside its peers; a missed goal is shown and is no error."""


def _command(name: str) -> click.Command:
    module = import_module(f"simulator.benchmarks.{name}")

    def measure(*, data: Path | None, docs: Path | None, json_file: Path | None, **options: Any) -> None:
        results = _run(name, data, docs, options)
        if json_file and isinstance(results, Results):
            write_json(results, json_file)

    command = click.command(name, help=(module.__doc__ or "").partition("\n")[0])(measure)
    for option in (data_option, docs_option, json_option, *getattr(module, "OPTIONS", ())):
        option(command)
    return command


@click.command("all")
@data_option
@json_option
@docs_option
def every(*, data: Path | None, json_file: Path | None, docs: Path | None) -> None:
    """Run every benchmark with its defaults; one JSON file for all. Fails at its end when one failed."""
    found, failed = dict[str, Results | str](), list[str]()
    for name in BENCHES:
        try:
            found[name] = _run(name, data, docs, _defaults(name))
        except Exception as error:
            found[name] = f"failed: {type(error).__name__}: {error}"
            failed.append(name)
            Console(stderr=True).print_exception()
    if json_file:
        write_all_json(found, json_file)
    if failed:
        raise click.ClickException(f"these benchmarks failed: {', '.join(failed)}.")


def _defaults(name: str) -> dict[str, Any]:
    """The values of a benchmark's own options when nobody sets them."""
    unset = _command(name).make_context(name, []).params
    return {option: value for option, value in unset.items() if option not in COMMON}


def _run(name: str, data: Path | None, docs: Path | None, options: dict[str, Any]) -> Results | str:
    """What a benchmark measured, shown; or the sentence that says why it did not run."""
    console, run = Console(), import_module(f"simulator.benchmarks.{name}").run
    pages = {"docs": docs} if "docs" in signature(run).parameters else {}
    try:
        results: Results = run(data if data is not None and data.is_dir() else None, **pages, **options)
    except NotRun as reason:
        console.print(f"{name}: not run: {reason}", soft_wrap=True)
        return str(reason)
    show(name, results, console)
    return results
