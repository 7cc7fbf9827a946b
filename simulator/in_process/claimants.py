"""Customers who want to give back, exchange or have repaired what they got, and the support and the depots who answer.

Their goods are fetched, looked at, put back in stock or written off, and sent anew, by orders that are linked to the
claim, while everything fails; the claim has to stand where its goods are ("Claims" of `domain/invariants.py`).
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random
from typing import Any, Final

from simulator.api import Api, RequestRefused

CLAIMED: Final = 0.25
"""Of the orders."""
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
"""A claim that has gone on meanwhile is somebody else's work."""
EVERY_S: Final = 40.0
"""How often somebody looks at what is open."""
ASKS_EVERY_S: Final = 60.0
_WISHES: Final = (("return", "no_reason"), ("return", "quality"), ("exchange", "damaged"), ("repair", "quality"))


class Claimants:
    """Those customers, and whoever serves them. `api` makes a client of a role."""

    def __init__(self, seed: int, api: Callable[[str], Api]) -> None:
        self._chance = Random(f"claimants {seed}")  # noqa: S311 - to be repeated
        self._api = api

    def wants(self) -> bool:
        """Whether a customer is going to be unhappy."""
        return self._chance.random() < CLAIMED

    async def ask(self, track: str, number: int) -> None:
        """Look now and then whether it is there, and then ask for something."""
        kind, reason = self._chance.choice(_WISHES)
        url = f"/v1/track/{track}/after-sales"
        async with self._api("integrator") as api:
            while True:
                await asyncio.sleep(self._chance.expovariate(1 / ASKS_EVERY_S))
                with suppress(RequestRefused):
                    lines = _claimable(await api.insist("GET", url))
                    if lines:
                        body = {"kind": kind, "reason": reason, "text": "Secret words", "lines": lines}
                        await api.insist(
                            "POST", url, body, {"Idempotency-Key": f"claim-{number}"}, try_again=_TRY_AGAIN
                        )
                        return

    async def serve(self) -> None:
        """Answer, receive and repair, for ever."""
        async with self._api("dispatcher") as api:
            while True:
                await asyncio.sleep(self._chance.expovariate(1 / EVERY_S))
                with suppress(RequestRefused):
                    page = await api.insist("GET", "/v1/after-sales?status=open")
                    for claim in page["claims"]:
                        await self._go_on(api, claim)

    async def _go_on(self, api: Api, claim: Mapping[str, Any]) -> None:
        chance = self._chance.random()
        match claim["status"]:
            case "requested" if chance < 0.7:
                await self._do(api, claim, "approve", {"answer": "Secret words"})
            case "requested" if chance > 0.9:
                await self._do(api, claim, "refuse", {"answer": "Secret words"})
            case "approved" if chance > 0.97:
                await self._do(api, claim, "withdraw", {})
            case "approved" if chance < 0.1:  # brought to the depot by the customer
                await self._do(api, claim, "receive", self._looked_at(claim))
            case "collecting" if claim.get("arrived_at_ms"):
                await self._do(api, claim, "receive", self._looked_at(claim))
            case "received" if claim["kind"] == "repair" and chance < 0.5:
                await self._do(api, claim, "repaired", {})

    def _looked_at(self, claim: Mapping[str, Any]) -> dict[str, Any]:
        """Some pieces are as good as new, some are not; of a repair nothing is in stock."""
        if claim["kind"] == "repair":
            return {"lines": []}
        lines = list[dict[str, Any]]()
        for each in claim["lines"]:
            good = self._chance.randint(0, each["quantity"])
            lines.append({"line": each["line"], "restocked": good, "written_off": each["quantity"] - good})
        return {"lines": lines}

    async def _do(self, api: Api, claim: Mapping[str, Any], what: str, body: Mapping[str, Any]) -> None:
        """Somebody may have been first, or the claim may have gone on."""
        with suppress(RequestRefused):
            key = {"Idempotency-Key": f"{what} {self._chance.random()}"}
            await api.insist("POST", f"/v1/after-sales/{claim['id']}:{what}", dict(body), key, try_again=_TRY_AGAIN)


def _claimable(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One piece of each line of which something is left."""
    return [{"line": line["line"], "quantity": 1} for line in page["lines"] if line["left"] and line["options"]]
