"""Intake: how many orders a second are taken in one by one and in batches, on SQLite and on PostgreSQL.

Needs no data. Many callers at once ask for one order after the other, each with a key of its own; then some ask for
batches. An order counts when it is taken in: it is in the database then. A peak of 7,500 an hour is 2.1 a second.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

import httpx

from simulator.benchmarks.both_bases import BASES, Place, done, served
from simulator.benchmarks.results import Results
from simulator.server_process import ServerFailed

CALLERS: Final = 32
ORDERS: Final = 1_200
BATCHES: Final = 40
BATCH: Final = 50
BATCHES_AT_ONCE: Final = 4
TAKEN: Final = frozenset({200, 201, 202})
TRIES: Final = 20
AGAIN_AFTER_S: Final = 0.2
PEAK_PER_S: Final = 7_500 / 3_600
GOALS: Final = {f"{name}_per_s_{base}": f">= {PEAK_PER_S:.1f}" for name in ("single", "batched") for base in BASES}


def run(data: Path | None) -> Results:
    """Both databases, one after the other, a minute. Raises `ServerFailed`, and `NotRun` without PostgreSQL."""
    del data
    return Results(metrics=asyncio.run(_measured()), goals=dict(GOALS))


async def _measured() -> dict[str, float]:
    metrics: dict[str, float] = {}
    for base in BASES:
        async with served(base, CALLERS) as (http, place):
            await done(http.put("/v1/depots/depot-1", json={"name": "Depot", "address": "Street 1", **place}))
            metrics |= {f"{name}_{base}": value for name, value in (await _single(http, place)).items()}
            metrics[f"batched_per_s_{base}"] = await _batched(http, place)
    return metrics


def _order(place: Place, number: int) -> dict[str, Any]:
    return {"depot_id": "depot-1", "dropoff": {"address": f"Street {number}", **place}}


async def _single(http: httpx.AsyncClient, place: Place) -> dict[str, float]:
    """Orders a second, and how long half and all but one in twenty of the callers waited."""
    waited_s, numbers = list[float](), iter(range(ORDERS))

    async def call() -> None:
        for number in numbers:
            began_s = monotonic()
            await _asked(http, "/v1/orders", _order(place, number), f"single-{number}")
            waited_s.append(monotonic() - began_s)

    took_s = await _by_callers(call() for _ in range(CALLERS))
    in_order = sorted(waited_s)
    return {
        "single_per_s": round(ORDERS / took_s, 1),
        "single_p50_ms": round(in_order[ORDERS // 2] * 1000, 1),
        "single_p95_ms": round(in_order[ORDERS * 95 // 100] * 1000, 1),
    }


async def _batched(http: httpx.AsyncClient, place: Place) -> float:
    """Orders a second."""
    numbers: Iterator[int] = iter(range(BATCHES))

    async def call() -> None:
        for number in numbers:
            orders = [_order(place, number * BATCH + n) for n in range(BATCH)]
            await _asked(http, "/v1/orders:batch", {"orders": orders}, f"batch-{number}")

    return round(BATCHES * BATCH / await _by_callers(call() for _ in range(BATCHES_AT_ONCE)), 1)


async def _asked(http: httpx.AsyncClient, path: str, body: dict[str, Any], key: str) -> None:
    """Until all of it is taken in: who is cut off, or told to come back, asks again with the same key."""
    for _ in range(TRIES):
        with suppress(httpx.TransportError):
            answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
            results = [answer.status_code, *(each["status"] for each in answer.json().get("results", ()))]
            if TAKEN.issuperset(results):
                return
        await asyncio.sleep(AGAIN_AFTER_S)
    raise ServerFailed(f"{path} was asked {TRIES} times with one key and never took it in.")


async def _by_callers(calls: Iterable[Any]) -> float:
    """Seconds until all of them are done."""
    began_s = monotonic()
    await asyncio.gather(*calls)
    return monotonic() - began_s
