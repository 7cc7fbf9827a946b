"""`dispatch db`: the database's schema, its backups and their way back."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from dispatch.adapters.sql import backup as backups
from dispatch.adapters.sql.migrations import UnknownSchema
from dispatch.adapters.sql.migrations import upgrade as upgrade_schema
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.errors import DomainError
from dispatch.settings import Settings

T = TypeVar("T")
data_dir_option = click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything lives (.data).")
file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def db() -> None:
    """The database: its schema and its backups."""


@db.command()
@data_dir_option
def upgrade(**flags: Any) -> None:
    """Bring the schema up to this version; safe to repeat."""
    settings = _settings(flags)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _run(upgrade_schema(settings.sql_url()))
    click.echo("The schema is up to date.")


@db.command()
@file_argument
@data_dir_option
def backup(file: Path, **flags: Any) -> None:
    """Write the whole database, as it is at one moment, into FILE; the server may run meanwhile."""
    _tell(f"{file} holds", _run(backups.back_up(_settings(flags).sql_url(), file)))


@db.command()
@file_argument
@click.option("--force", is_flag=True, help="Even while a server runs: it ends, and has to be started again.")
@data_dir_option
def restore(file: Path, force: bool, **flags: Any) -> None:
    """Make the database what the backup FILE holds. What was written since then is lost; every session starts anew."""
    _tell("Restored", _run(backups.restore(_settings(flags).sql_url(), file, forced=force)))


@db.command()
@file_argument
def verify(file: Path) -> None:
    """Read the backup FILE to its end, and say what it holds."""
    _tell(f"{file} is whole; it holds", _run(backups.verify(file)))


def _settings(flags: dict[str, Any]) -> Settings:
    return Settings(**{name: value for name, value in flags.items() if value is not None})


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (DomainError, StoreUnavailable, UnknownSchema) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None


def _tell(what: str, zones: Sequence[backups.Kept]) -> None:
    for zone in zones:
        click.echo(f"{what} zone {zone.zone_id}: {zone.head} events, {zone.orders} orders, {zone.couriers} couriers.")
    if not zones:
        click.echo(f"{what} no zone.")
