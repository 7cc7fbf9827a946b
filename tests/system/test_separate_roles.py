"""Every role as a process of its own, on a PostgreSQL and a Valkey that they share: the same work gets done."""

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dispatch.roads.library import ensure_city
from simulator.server_process import free_port, issue_tokens
from tests.support.roles import CITY, ready, refused, role, shared


def a_port() -> int:
    """A port that nobody listens on."""
    return next(port for port in range(18_400, 18_500) if free_port(port))


@pytest.mark.slow
async def test_gateway_planner_and_relay_share_the_work(
    tmp_path: Path, fresh_postgres_url: str, empty_valkey_url: str
) -> None:
    """Orders over the gateway are planned by the planner and reach the couriers; nothing is violated."""
    environment = shared(fresh_postgres_url, empty_valkey_url)
    ensure_city(tmp_path, CITY)
    port = a_port()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(role("planner", tmp_path, environment))
        await stack.enter_async_context(role("relay", tmp_path, environment))
        await stack.enter_async_context(role("serve", tmp_path, environment, "--port", str(port)))
        await ready(url, tmp_path)
        report = await simulate(url, tmp_path, seconds=20)
    assert report["orders_created"] >= 5
    assert report["orders_offered"] == report["orders_created"]
    assert report["orders_delivered"] >= 1
    assert report["invariant_violations"] == 0, report["violations"]


async def simulate(url: str, data_dir: Path, seconds: int) -> dict[str, object]:
    """The report of simulated couriers and orders."""
    token = (await issue_tokens(data_dir, "admin", ["test"]))["test"]
    file = data_dir / "report.json"
    flags = (
        "--url",
        url,
        "--data-dir",
        str(data_dir),
        "--city",
        CITY,
        "--duration",
        str(seconds),
        "--report",
        str(file),
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "live", *flags, "--couriers", "4", "--orders-per-hour", "150"),
        env=os.environ | {"DISPATCH_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, output.decode()[-3000:]
    report: dict[str, object] = json.loads(file.read_text())
    return report


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["relay"], "need DATABASE_URL (PostgreSQL) and REDIS_URL"),
        (["all", "--tls-cert", "/nowhere.pem"], "The TLS file nowhere.pem cannot be read"),
        (["all", "--port", "99999"], "The setting port is not usable"),
        (["all", "--workers", "2"], "`all` is one process by design"),
        (["serve", "--workers", "2"], "need DATABASE_URL (PostgreSQL) and REDIS_URL"),
        (["serve", "--workers", "65"], "The setting workers is not usable"),
        (["all", "--city", "No Such City"], "neither a stored city nor an extract"),
    ],
)
async def test_what_cannot_start_says_why_in_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """Exit status 2 and a sentence on stderr; no stack trace."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    status, said = await refused(environment, *arguments, "--data-dir", str(tmp_path))
    assert status == 2 and sentence in said and "Traceback" not in said


async def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    """A role that starts before its database ends with a sentence, so that whoever supervises it starts it again."""
    away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"}
    status, said = await refused(os.environ | away, "relay", "--data-dir", str(tmp_path))
    assert status == 2 and "check DATABASE_URL and REDIS_URL" in said and "Traceback" not in said


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A server that cannot listen says which port is taken and what to do."""
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        status, said = await refused(dict(os.environ), "all", "--data-dir", str(tmp_path), "--port", str(port))
    assert status == 2 and f"Port {port} on 127.0.0.1 is taken" in said
