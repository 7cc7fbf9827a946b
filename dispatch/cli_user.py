"""`dispatch user`: who may sign in to the desk, made and changed beside the database; the server may run meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from dispatch.adapters.passwords import ArgonHasher
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.staff import SqlStaffStore
from dispatch.application.access import Role
from dispatch.application.ports import StoreUnavailable
from dispatch.application.staff_ports import StaffUser
from dispatch.application.staff_rules import USER_ROLES, UserWish, check_password, user_id_of
from dispatch.application.staff_users import AT_THE_SERVER, StaffUsers
from dispatch.domain.errors import DomainError
from dispatch.settings import Settings

T = TypeVar("T")
data_dir_option = click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything lives (.data).")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, to stay; else one is made for once."
)


@click.group()
def user() -> None:
    """Who may sign in to the desk."""


@user.command()
@click.argument("user_id", metavar="NAME")
@click.option("--role", type=click.Choice([role.value for role in USER_ROLES]), required=True)
@click.option("--name", default="", help="The name that colleagues see; by default the user name.")
@click.option("--zones", default="", help="Zones that the user is limited to, comma-separated (default: all zones).")
@click.option(
    "--depots", default="", help="Depots that the user is limited to, comma-separated; --role depot needs one."
)
@password_option
@data_dir_option
def add(user_id: str, role: str, password_stdin: bool, **flags: Any) -> None:
    """Make a user. Without --password-stdin a password is printed that has to be replaced at the first sign-in."""
    name, zones, depots = flags.pop("name"), _named(flags.pop("zones")), _named(flags.pop("depots"))
    wish = UserWish(name or user_id, Role(role), zones, new=True, depots=depots)

    async def make(users: StaffUsers) -> str:
        given = _read_password(user_id) if password_stdin else ""
        made = await users.put(AT_THE_SERVER, user_id, wish)
        return await _set_password(users, made.id, given)

    click.echo(_with(make, flags))


@user.command()
@click.argument("user_id", metavar="NAME")
@password_option
@data_dir_option
def password(user_id: str, password_stdin: bool, **flags: Any) -> None:
    """Give a user another password. Ends the user's sessions."""

    async def change(users: StaffUsers) -> str:
        return await _set_password(users, user_id_of(user_id), _read_password(user_id) if password_stdin else "")

    click.echo(_with(change, flags))


@user.command()
@click.argument("user_id", metavar="NAME")
@data_dir_option
def disable(user_id: str, **flags: Any) -> None:
    """Shut a user out, at once."""
    _with(lambda users: users.set_active(AT_THE_SERVER, user_id_of(user_id), active=False), flags)
    click.echo(f"{user_id_of(user_id)} is shut out.")


@user.command()
@click.argument("user_id", metavar="NAME")
@data_dir_option
def enable(user_id: str, **flags: Any) -> None:
    """Let a user in again."""
    _with(lambda users: users.set_active(AT_THE_SERVER, user_id_of(user_id), active=True), flags)
    click.echo(f"{user_id_of(user_id)} may sign in again.")


@user.command("no-second-factor")
@click.argument("user_id", metavar="NAME")
@data_dir_option
def no_second_factor(user_id: str, **flags: Any) -> None:
    """Let a user who has lost phone and recovery codes sign in by the password alone."""
    _with(lambda users: users.remove_second_factor(AT_THE_SERVER, user_id_of(user_id)), flags)
    click.echo(f"{user_id_of(user_id)} signs in by the password alone.")


@user.command("list")
@data_dir_option
def list_users(**flags: Any) -> None:
    """Show who may sign in."""
    everybody = _with(lambda users: users.everybody(AT_THE_SERVER), flags)
    for each in everybody:
        click.echo(_line(each))
    if not everybody:
        click.echo("There is nobody yet: dispatch user add NAME --role admin")


def _named(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",") if name.strip())


def _line(each: StaffUser) -> str:
    zones = ",".join(each.zones) or "all zones"
    depots = f" at {','.join(each.depots)}" if each.depots else ""
    state = "" if each.active else "  shut out"
    return f"{each.id}  {each.role}  {zones}{depots}  {each.name}{state}"


async def _set_password(users: StaffUsers, user_id: str, given: str) -> str:
    """What to say about it."""
    if given:
        await users.set_password(AT_THE_SERVER, user_id, given)
        return f"{user_id} can sign in."
    _, made = await users.give_one_time(AT_THE_SERVER, user_id)
    return f"{user_id} can sign in within three days, and is asked for a new password then: {made}"


def _read_password(user_id: str) -> str:
    return check_password(user_id_of(user_id), sys.stdin.readline().rstrip("\r\n"))


def _with(ask: Callable[[StaffUsers], Coroutine[Any, Any, T]], flags: dict[str, Any]) -> T:
    async def run() -> T:
        async with _users(flags) as users:
            return await ask(users)

    try:
        return asyncio.run(run())
    except (DomainError, StoreUnavailable) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None


@asynccontextmanager
async def _users(flags: dict[str, Any]) -> AsyncIterator[StaffUsers]:
    settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    await upgrade(settings.sql_url())
    database = Database(settings.sql_url())
    try:
        yield StaffUsers(SqlStaffStore(database), ArgonHasher())
    finally:
        await database.close()
