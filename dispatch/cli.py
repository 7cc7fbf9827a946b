"""The commands: each reads its options into `Settings` and hands over; no logic here.

What a command needs is imported by it alone: half a second that every other command would wait for.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dispatch import __version__
from dispatch.adapters.interpreter import begin_start
from dispatch.domain.errors import InvalidInput

if TYPE_CHECKING:
    from dispatch.settings import Settings

ROLES = (
    *("admin", "dispatcher", "depot", "support", "finance", "courier", "customer"),
    *("group_leader", "distributor", "integrator"),
)


def settings_from(**flags: Any) -> "Settings":
    """The settings: flags that were given win over the environment. Raises `InvalidInput` in plain words."""
    from pydantic import ValidationError  # noqa: PLC0415

    from dispatch.settings import Settings  # noqa: PLC0415

    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise InvalidInput("bad_setting", f"The setting {name} is not usable: {first['msg']}.") from None


def checked_settings(roles: frozenset[str], flags: dict[str, Any]) -> "Settings":
    """The settings of these roles, once nothing speaks against them: said before the server is loaded, in seconds."""
    from dispatch.start_checks import check  # noqa: PLC0415

    settings = settings_from(**flags)
    check(settings, roles)
    return settings


def server_options(command: Any) -> Any:
    """The options that every role of the server takes."""
    for option in (
        click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything lives (.data)."),
        click.option("--host", help="Address to listen on (127.0.0.1)."),
        click.option("--port", type=int, help="Port to listen on (8000)."),
        click.option("--city", help="sample, generate:12km:7, FILE.osm.pbf, or an imported city's id."),
        click.option("--speed", type=float, help="Business seconds per real second (1)."),
        click.option("--zone", help="The zone that this server runs (default)."),
        click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate for https and wss."),
        click.option("--tls-key", type=click.Path(path_type=Path), help="Private key of the certificate."),
        click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"])),
        click.option("--metrics-port", type=int, help="Port for /metrics alone; worker i takes this port + i."),
    ):
        command = option(command)
    return command


class _Commands(click.Group):
    """The commands of this module, and the groups `city`, `db` and `user`."""

    def list_commands(self, context: click.Context) -> list[str]:
        """See `click.Group`."""
        return sorted([*super().list_commands(context), "city", "db", "user"])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """See `click.Group`."""
        if name == "city":
            from dispatch.cli_city import city  # noqa: PLC0415

            return city
        if name == "db":
            from dispatch.cli_db import db  # noqa: PLC0415

            return db
        if name == "user":
            from dispatch.cli_user import user  # noqa: PLC0415

            return user
        return super().get_command(context, name)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="dispatch")
def dispatch() -> None:
    """Real-time dispatch server for last-mile delivery."""


def _run(roles: frozenset[str], flags: dict[str, Any]) -> None:
    begin_start()
    settings = checked_settings(roles, flags)
    from dispatch.bootstrap import run  # noqa: PLC0415

    sys.exit(run(settings, roles))


def _serve(flags: dict[str, Any]) -> None:
    """One gateway; or the parent of several; or one of those, which holds on to its parent before all else."""
    settings = checked_settings(frozenset({"serve"}), flags)
    if settings.worker is None and settings.workers > 1:
        from dispatch.supervise import supervise  # noqa: PLC0415

        sys.exit(supervise(settings, flags))
    from dispatch.adapters.parent_line import ParentLine  # noqa: PLC0415

    line = ParentLine() if settings.worker is not None else None
    begin_start()
    from dispatch.bootstrap import run  # noqa: PLC0415

    sys.exit(run(settings, frozenset({"serve"}), on_serving=line.say_ready if line else lambda: None))


@dispatch.command("all")
@server_options
@click.option("--workers", type=int, hidden=True)  # refused, with a sentence that says what to run instead
def run_all(**flags: Any) -> None:
    """Run everything in one process: gateway, zone writer, relay and planner."""
    _run(frozenset({"serve", "planner", "relay"}), flags)


@dispatch.command()
@server_options
@click.option("--workers", type=int, help="Gateway processes that share the port (1).")
def serve(**flags: Any) -> None:
    """Run gateways: HTTP, WebSockets and pages. Needs DATABASE_URL and REDIS_URL, and a planner elsewhere."""
    _serve(flags)


@dispatch.command()
@server_options
def planner(**flags: Any) -> None:
    """Run a zone's writer and planner. Needs DATABASE_URL and REDIS_URL."""
    _run(frozenset({"planner"}), flags)


@dispatch.command()
@server_options
def relay(**flags: Any) -> None:
    """Copy committed events to the stream that gateways read. Needs DATABASE_URL and REDIS_URL."""
    _run(frozenset({"relay"}), flags)


@dispatch.command()
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--subject", required=True, help="Who the token is for; several, comma-separated, give one token each.")
@click.option("--zone", help="Zone that the token is good for (default: all zones).")
@click.option("--depot", "depots", multiple=True, help="Depot that it is good for; may be repeated (default: all).")
@click.option("--account", default="", help="Whose orders are its own, where several subjects share an account.")
@click.option("--hours", type=float, default=24.0, show_default=True, help="How long the token is good for.")
@click.option("--data-dir", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print an object {subject: token}.")
def token(role: str, subject: str, zone: str | None, hours: float, **flags: Any) -> None:
    """Print a signed token for a person, a courier or another system."""
    from dispatch.web.auth import issue_token  # noqa: PLC0415

    as_json, limits = flags.pop("as_json"), {"depots": flags.pop("depots"), "account": flags.pop("account")}
    secret = settings_from(**flags).signing_secret()
    subjects = [name.strip() for name in subject.split(",") if name.strip()]
    zones, good_until_s = (zone,) if zone else (), int(time.time() + hours * 3600)
    tokens = {name: issue_token(secret, role, name, zones, good_until_s, **limits) for name in subjects}
    click.echo(json.dumps(tokens) if as_json else "\n".join(tokens.values()))


@dispatch.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
@click.pass_context
def demo(context: click.Context) -> None:
    """Run a whole city: server, couriers, orders and a live board (see `dispatch demo --help`)."""
    os.execv(sys.executable, [sys.executable, "-m", "simulator", "demo", *context.args])  # noqa: S606 - our own program
