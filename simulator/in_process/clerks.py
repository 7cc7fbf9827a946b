"""The clerks of the depots, and the carriers: hand out what customers fetch, hand over what carriers take, and report
what becomes of that, while everything fails.

What was handed out must stay so (I2); no courier may have what waits for others, and no order is with two (I1).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, Final

from simulator.api import Api, RequestRefused
from simulator.in_process.judge import Judge

FETCHED: Final = 0.08
SENT: Final = 0.08
"""Of the orders that go to a door."""
EVERY_S: Final = 40.0
_SAYS: Final = ("in_transit", "in_transit", "delivered", "delivered", "failed", "returned", "not_taken")
_MODES: Final = ("delivery", "self_pickup", "carrier")


class Clerks:
    """Those of all depots, and whoever drives for the carriers. `api` makes a client of theirs."""

    def __init__(self, seed: int, judge: Judge, api: Callable[[], Api]) -> None:
        self._chance = Random(f"clerks {seed}")  # noqa: S311 - to be repeated
        self._judge = judge
        self._api = api

    def mode(self) -> dict[str, Any]:
        """Who brings an order."""
        drawn = self._chance.random()
        if drawn < FETCHED:
            return {"mode": "self_pickup"}
        return {"mode": "carrier"} if drawn < FETCHED + SENT else {}

    async def work(self) -> None:
        """Look at what waits at the depots and what carriers have now and then, for ever."""
        async with self._api() as api:
            while True:
                await asyncio.sleep(self._chance.expovariate(1 / EVERY_S))
                with suppress(RequestRefused):
                    for order in await self._orders(api, "at_depot"):
                        await self._serve(api, order)
                    for order in await self._orders(api, "with_carrier"):
                        await self._hear(api, order["id"])

    async def _orders(self, api: Api, status: str) -> list[dict[str, Any]]:
        answer = await api.insist("GET", f"/v1/orders?status={status}&limit=100")
        return list(answer["orders"])

    async def _serve(self, api: Api, order: dict[str, Any]) -> None:
        chance, order_id = self._chance.random(), str(order["id"])
        if chance < 0.1:
            mode = self._chance.choice(_MODES)
            await self._tell(api, order_id, ":change-mode", {"mode": mode, "reason": "simulated"})
        elif chance < 0.6 and order["mode"] == "self_pickup":
            if await self._tell(api, order_id, ":hand-out", {"age_checked": True}) == "delivered":
                self._judge.order_handed_out(order_id)
        elif chance < 0.6:
            number = f"N{self._chance.randint(1, 3)}"
            await self._tell(api, order_id, ":hand-to-carrier", {"carrier": "Post", "tracking_number": number})

    async def _hear(self, api: Api, order_id: str) -> None:
        if self._chance.random() < 0.5:
            await self._tell(api, order_id, "/carrier-report", {"state": self._chance.choice(_SAYS)})

    async def _tell(self, api: Api, order_id: str, step: str, body: dict[str, Any]) -> str:
        """The order's status after it; empty where somebody was first, or the answer is late."""
        key = f"{step} {self._chance.random()}"
        with suppress(RequestRefused):
            answer = await api.insist("POST", f"/v1/orders/{order_id}{step}", body, {"Idempotency-Key": key})
            return str(answer.get("status", ""))
        return ""
