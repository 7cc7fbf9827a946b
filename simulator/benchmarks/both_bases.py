"""A server for a benchmark on either database: `dispatch all` on SQLite; on PostgreSQL two gateways, two planners and a
relay, behind the proxies of the tests of faults. Both on a generated city of 2 km.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from simulator.benchmarks.results import NotRun
from simulator.benchmarks.town import STAFF, town
from simulator.demand import spread_depots
from simulator.faults.deployment import Deployment, Size
from simulator.server_process import ServerFailed, issue_tokens

BASES: Final = ("sqlite", "postgres")
_WITHIN_S: Final = 120.0
Place = dict[str, float]
Served = tuple[httpx.AsyncClient, Place]


@asynccontextmanager
async def served(base: str, connections: int) -> AsyncIterator[Served]:
    """(a client of staff's, a place in the city). Raises `ServerFailed`, and `NotRun` without PostgreSQL."""
    async with (_on_sqlite if base == "sqlite" else _on_postgres)(connections) as found:
        yield found


@asynccontextmanager
async def _on_sqlite(connections: int) -> AsyncIterator[Served]:
    async with town(()) as there, _client(there.server.url, there.server.token, connections) as http:
        (shop,) = spread_depots(there.city, 1)
        yield http, {"lat": shop.place.lat, "lon": shop.place.lon}


@asynccontextmanager
async def _on_postgres(connections: int) -> AsyncIterator[Served]:
    with TemporaryDirectory(prefix="dispatch-bench-") as name:
        try:
            async with Deployment(Path(name), Size(speed=1.0)) as service:
                tokens = await issue_tokens(service.folder, "admin", [STAFF])
                async with _client(service.url, tokens[STAFF], connections) as http:
                    yield http, (await http.get("/v1/city")).json()["centre"]
        except ServerFailed as failure:
            if "needs PostgreSQL" in str(failure):
                raise NotRun(str(failure)) from None
            raise


def _client(url: str, token: str, connections: int) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=connections)
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=_WITHIN_S, limits=limits, trust_env=False)


async def done(asking: Any) -> Any:
    """The answer's body. Raises `ServerFailed` for a refusal."""
    answer = await asking
    if not answer.is_success:
        raise ServerFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text[:300]}")
    return answer.json()
