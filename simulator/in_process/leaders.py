"""The leader of a pickup point: ticks what came, hands it over, sends some of it back, while everything fails.

What was handed over must stay so (I2), and what lies there, or is to be brought back, is what the zone knows of (I1).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, Final

from dispatch.domain.geo import Point
from simulator.api import Api, RequestRefused
from simulator.in_process.judge import Judge

POINT: Final = "gate"
COLLECTED_THERE: Final = 0.15
"""Of the orders."""
EVERY_S: Final = 45.0


class Leaders:
    """Whoever runs the point. `api` makes a client of theirs."""

    def __init__(self, seed: int, place: Point, judge: Judge, api: Callable[[], Api]) -> None:
        self._chance = Random(f"leaders {seed}")  # noqa: S311 - to be repeated
        self._place = place
        self._judge = judge
        self._api = api

    async def open(self, api: Api) -> None:
        """Register the point."""
        place = {"lat": self._place.lat, "lon": self._place.lon}
        await api.insist("PUT", f"/v1/points/{POINT}", {"name": "East gate", "leader": "li", "keeps_s": 3_600, **place})

    def where(self) -> dict[str, Any]:
        """Where an order is collected, if it is."""
        return {"point_id": POINT} if self._chance.random() < COLLECTED_THERE else {}

    async def work(self) -> None:
        """Look at what lies there now and then, for ever."""
        async with self._api() as api:
            while True:
                await asyncio.sleep(self._chance.expovariate(1 / EVERY_S))
                with suppress(RequestRefused):
                    page = await api.insist("GET", f"/v1/points/{POINT}")
                    await self._serve(api, [each["order_id"] for each in page["lying"]])

    async def _serve(self, api: Api, order_ids: list[str]) -> None:
        if order_ids:
            await self._report(api, "confirm", {"order_ids": order_ids})
        for order_id in order_ids:
            chance = self._chance.random()
            if chance < 0.5 and await self._report(api, "collect", {"order_id": order_id}):
                self._judge.order_handed_out(order_id)
            elif chance > 0.85:
                why = self._chance.choice(("damaged", "wrong", "full", "missing"))
                await self._report(api, "refuse", {"order_id": order_id, "why": why})

    async def _report(self, api: Api, step: str, body: dict[str, Any]) -> bool:
        """Whether it is known to have been done: somebody else may have been first, and a late answer says nothing."""
        key = f"{step} {self._chance.random()}"
        with suppress(RequestRefused):
            answer = await api.insist("POST", f"/v1/points/{POINT}:{step}", body, {"Idempotency-Key": key})
            return "orders" in answer
        return False
