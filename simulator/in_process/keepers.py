"""Those who keep the depots' stock: too little of it for the day's orders, and vans that bring more now and then.

So orders wait for goods and go on, goods are counted, broken and moved, and whatever fails meanwhile may promise no
piece twice (I1) and take no van in twice (I2).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final

from simulator.api import Api, RequestRefused
from simulator.in_process.judge import Judge

SKUS: Final = ("charger", "cable")
WANT_GOODS: Final = 0.6
"""Of the orders; the others are for things that nobody counts."""
EVERY_S: Final = 90.0
_VAN: Final = 6
_LAST_VAN: Final = 500
"""Pieces of each good for each depot at the end of the day, so that nobody waits for ever."""


class Keepers:
    """The keepers of all depots. `api` makes a client of theirs."""

    def __init__(self, seed: int, depot_ids: Sequence[str], judge: Judge, api: Callable[[], Api]) -> None:
        self._chance = Random(f"keepers {seed}")  # noqa: S311 - to be repeated
        self._depot_ids = depot_ids
        self._judge = judge
        self._api = api
        self._vans = 0

    async def open(self, api: Api) -> None:
        """Register the goods, and put some on the shelves."""
        for sku in SKUS:
            await api.insist("PUT", f"/v1/skus/{sku}", {"name": sku, "low_at": 3})
        for depot_id in self._depot_ids:
            await self._bring(api, depot_id, _VAN)

    def basket(self) -> dict[str, Any]:
        """What an order is for, and whether it would rather be refused than wait."""
        if self._chance.random() > WANT_GOODS:
            return {}
        lines = [
            {"name": sku, "sku": sku, "quantity": self._chance.randint(1, 3)}
            for sku in SKUS[: 1 + self._chance.getrandbits(1)]
        ]
        return {"lines": lines, "depot_options": list(self._depot_ids)}

    async def keep(self, until_s: float, now_s: Callable[[], float]) -> None:
        """Report what happens to the goods until that moment, and bring plenty then."""
        async with self._api() as api:
            while now_s() < until_s:
                await asyncio.sleep(self._chance.expovariate(1 / EVERY_S))
                depot_id, other = self._chance.sample(list(self._depot_ids), 2)
                await self._chance.choice((self._van, self._van, self._count, self._lose, self._move))(
                    api, depot_id, other
                )
            for depot_id in self._depot_ids:
                await self._bring(api, depot_id, _LAST_VAN)

    # --- what happens -------------------------------------------------------------------------------------------

    async def _van(self, api: Api, depot_id: str, other: str) -> None:
        del other
        await self._bring(api, depot_id, self._chance.randint(1, _VAN))

    async def _bring(self, api: Api, depot_id: str, pieces: int) -> None:
        """A van's papers are sent again, under the same key, for as long as it takes."""
        self._vans += 1
        note = f"van {self._vans}"
        lines = [{"sku": sku, "quantity": pieces, "lot": f"L{self._vans % 5}"} for sku in SKUS]
        body = {"depot_id": depot_id, "lines": lines, "note": note}
        while True:
            with suppress(RequestRefused):
                await api.insist("POST", "/v1/stock:receive", body, {"Idempotency-Key": note})
                break
            await asyncio.sleep(5.0)
        self._judge.van_taken_in(note, len(lines))

    async def _count(self, api: Api, depot_id: str, other: str) -> None:
        del other
        line = {"sku": self._chance.choice(SKUS), "quantity": self._chance.randint(0, _VAN), "lot": "L1"}
        await self._report(api, "count", {"depot_id": depot_id, "lines": [line]})

    async def _lose(self, api: Api, depot_id: str, other: str) -> None:
        del other
        line = {"sku": self._chance.choice(SKUS), "quantity": 1}
        await self._report(api, "write-off", {"depot_id": depot_id, "lines": [line], "note": "broken"})

    async def _move(self, api: Api, depot_id: str, other: str) -> None:
        line = {"sku": self._chance.choice(SKUS), "quantity": self._chance.randint(1, 3)}
        await self._report(api, "transfer", {"from_depot_id": depot_id, "to_depot_id": other, "lines": [line]})

    async def _report(self, api: Api, what: str, body: dict[str, Any]) -> None:
        with suppress(RequestRefused):  # there may be fewer pieces than that
            await api.insist("POST", f"/v1/stock:{what}", body, {"Idempotency-Key": f"{what} {self._chance.random()}"})
