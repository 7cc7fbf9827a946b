"""One server for all stories: they name their own orders, depots and couriers, and leave no work behind."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dispatch.roads.library import ensure_city
from simulator.server_process import free_port
from tests.stories.town import Town, read_secret
from tests.support.roles import CITY, ready, role


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose server runs in a process of its own, on SQLite."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    ensure_city(tmp_path, CITY)
    port = next(port for port in range(18_600 + os.getpid() % 100, 18_800) if free_port(port))
    url = f"http://127.0.0.1:{port}"
    async with role("all", tmp_path, environment, "--port", str(port)):
        await ready(url, tmp_path)
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            town = Town(url, read_secret(tmp_path), http)
            town.centre = (await town.call("GET", "/v1/city"))["centre"]
            depot = {"name": "North depot", "address": "Market 1", **town.place()}
            assert "refused" not in await town.call("PUT", "/v1/depots/north", depot)
            yield town
