"""Roles of the server as processes of their own, on a PostgreSQL and a Valkey that they share."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

CITY = "generate:2km:7"
SPEED = "30"


def shared(database_url: str, redis_url: str) -> dict[str, str]:
    """The environment of processes that share these servers."""
    return os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


async def start_role(name: str, data_dir: Path, environment: dict[str, str], *flags: str) -> asyncio.subprocess.Process:
    """Start `dispatch NAME`; what it says goes into `NAME.log` of the data folder."""
    places = ("--data-dir", str(data_dir), "--city", CITY, "--speed", SPEED)
    with (data_dir / f"{name}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dispatch", name, *places, *flags), stdout=log, stderr=log, env=environment
        )


@asynccontextmanager
async def role(
    name: str, data_dir: Path, environment: dict[str, str], *flags: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`dispatch NAME` until the end of the block, then SIGTERM; it must end by itself and without complaint."""
    process = await start_role(name, data_dir, environment, *flags)
    log = data_dir / f"{name}.log"
    try:
        yield process
        assert process.returncode is None, log.read_text()[-3000:]
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0, log.read_text()[-3000:]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def refused(environment: dict[str, str], *arguments: str) -> tuple[int | None, str]:
    """(exit status, what is said on stderr) of a `dispatch` that should end by itself; it is gone in every case."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dispatch", *arguments), env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, errors.decode()


async def ready(url: str, logs: Path) -> None:
    """Wait until a gateway says that it is ready."""
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                if (await http.get(f"{url}/readyz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        raise AssertionError((logs / "serve.log").read_text()[-3000:])


async def figures(metrics_url: str) -> dict[tuple[str, ...], float]:
    """What `/metrics` tells: figures by name and the values of the labels, sorted by label. Empty when nobody answers.

    For example `("dispatch_sessions", "couriers", "0", "default")`: kind, worker, zone.
    """
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as http:
            text = (await http.get(f"{metrics_url}/metrics")).raise_for_status().text
    except httpx.TransportError:
        return {}
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(s.name, *(value for _, value in sorted(s.labels.items()))): s.value for s in samples}


def said_in_log(log: Path) -> list[dict[str, object]]:
    """The lines of a log, each one object; what is none is left out."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
