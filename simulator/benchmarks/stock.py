"""Stock: 200 buyers at once for 50 pieces, and tables of 10,000 goods, their stock and 10,000 orders, on SQLite and on
PostgreSQL.

Needs no data: the servers are real ones on a generated city; with PostgreSQL there are two gateways and two planners.
The goals are those of the issue that asked for it. `oversold` counts pieces promised beyond 50, `undersold` pieces that
nobody got though somebody was held or refused, `unanswered` buyers who were told neither.
"""

import asyncio
import json
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from simulator.benchmarks.both_bases import BASES, Place, done, served
from simulator.benchmarks.results import Results
from simulator.server_process import ServerFailed

BUYERS: Final = 200
PIECES: Final = 50
ROWS: Final = 10_000
GOALS: Final = {
    **{f"{name}_{base}": "0" for name in ("oversold", "undersold", "unanswered") for base in BASES},
    **{f"{name}_{base}": "<= 20" for name in ("import_10k_s", "import_orders_10k_s") for base in BASES},
    "oversold": "0",
    "import_10k_s": "<= 20",
}


def run(data: Path | None) -> Results:
    """Both databases, one after the other, about a minute. Raises `ServerFailed`, and `NotRun` without PostgreSQL."""
    del data
    return Results(metrics=asyncio.run(_measured()), goals=dict(GOALS))


async def _measured() -> dict[str, float]:
    metrics: dict[str, float] = {}
    for base in BASES:
        async with served(base, BUYERS) as (http, place):
            metrics |= {f"{name}_{base}": value for name, value in (await _sold(http, place)).items()}
            metrics[f"import_10k_s_{base}"] = await _imported(http)
            metrics[f"import_orders_10k_s_{base}"] = await _orders_imported(http, place)
    worst = {name: max(metrics[f"{name}_{base}"] for base in BASES) for name in ("oversold", "import_10k_s")}
    return {**worst, **metrics}


async def _sold(http: httpx.AsyncClient, place: Place) -> dict[str, float]:
    """What became of the buyers, half of whom would rather be refused than wait."""
    await done(http.put("/v1/depots/depot-1", json={"name": "Depot", "address": "Street 1", **place}))
    await done(http.put("/v1/skus/charger", json={"name": "Charger"}))
    line = {"sku": "charger", "quantity": PIECES}
    await done(http.post("/v1/stock:receive", json={"depot_id": "depot-1", "lines": [line]}))
    began_s = monotonic()
    said = Counter[str](await asyncio.gather(*(_bought(http, place, n) for n in range(BUYERS))))
    taken_s = monotonic() - began_s
    (shelf,) = (await done(http.get("/v1/stock?sku=charger")))["shelves"]
    return {
        "oversold": max(0, said["promised"] - PIECES, shelf["reserved"] - PIECES),
        "undersold": PIECES - said["promised"],
        "unanswered": BUYERS - said["promised"] - said["held"] - said["refused"],
        "race_200_s": round(taken_s, 2),
    }


async def _bought(http: httpx.AsyncClient, place: Place, number: int) -> str:
    body = {
        "depot_id": "depot-1",
        "dropoff": {"address": "Street 2", **place},
        "lines": [{"name": "Charger", "sku": "charger"}],
        "if_short": ("hold", "refuse")[number % 2],
    }
    key = {"Idempotency-Key": f"buyer-{number}"}
    for _ in range(60):
        answer = await http.post("/v1/orders", json=body, headers=key)
        if answer.status_code in (202, 503):  # taken in, not decided yet: the same key asks again
            await asyncio.sleep(0.5)
            continue
        told = answer.json()
        if answer.status_code == 201:
            return "promised" if told["status"] == "dispatchable" else told.get("reason", "").replace("stock", "held")
        return "refused" if told.get("code") == "out_of_stock" else "?"
    return "?"


async def _imported(http: httpx.AsyncClient) -> float:
    """Seconds for a table of goods and one of their stock, both with `ROWS` rows."""
    goods = "id,name,weight_g\n" + "".join(f"s{n},Good {n},{n % 900 + 100}\n" for n in range(ROWS))
    stock = "depot,sku,quantity,lot\n" + "".join(f"depot-1,s{n},{n % 50 + 1},L1\n" for n in range(ROWS))
    return round((await _taken_s(http, "skus", goods) + await _taken_s(http, "stock", stock)) / 2, 2)


async def _orders_imported(http: httpx.AsyncClient, place: Place) -> float:
    """Seconds for a table of `ROWS` orders, each with a door and a good of its own."""
    rows = (f"o{n},Street {n},{place['lat']},{place['lon']},138{n:08},s{n},1\n" for n in range(ROWS))
    table = "id,address,lat,lon,phone,sku,quantity\n" + "".join(rows)
    return round(await _taken_s(http, "orders", table), 2)


async def _taken_s(http: httpx.AsyncClient, kind: str, table: str) -> float:
    began_s = monotonic()
    answer = await http.post(f"/v1/imports?kind={kind}", content=table, headers={"Content-Type": "text/csv"})
    report = json.loads(answer.text.splitlines()[-1])["report"]
    if report["taken"] != ROWS:
        raise ServerFailed(f"Of {ROWS} rows {report['taken']} were taken: {report['problems'][:3]}")
    return monotonic() - began_s
