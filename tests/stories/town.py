"""A small town for stories: a server in a process of its own, whoever calls it, and a courier with a phone."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from courier_protocol.client import CourierClient
from courier_protocol.messages import (
    Fix,
    OfferClosed,
    Offered,
    OrderCard,
    Proof,
    Push,
    Reply,
    Resync,
    RouteChanged,
    StopView,
)
from dispatch.web.auth import issue_token

GOOD_UNTIL_S = 4_000_000_000
PATIENCE_S = 40.0
DOOR_M = 0.003
"""Degrees: some three hundred metres."""


@dataclass
class Town:
    """Where the server answers, and its secret: whoever asks signs in with a token of their own."""

    url: str
    secret: bytes
    http: httpx.AsyncClient
    centre: Mapping[str, float] = field(default_factory=dict)

    def token(self, role: str, subject: str) -> str:
        """A signed token."""
        return issue_token(self.secret, role, subject, (), GOOD_UNTIL_S)

    async def call(
        self, method: str, path: str, body: object = None, *, role: str = "admin", name: str = "root"
    ) -> Any:
        """What the API answers; the status and the problem's code of a refusal."""
        headers = {"Authorization": f"Bearer {self.token(role, name)}"} if role else {}
        answer = await self.http.request(method, path, json=body, headers=headers)
        if answer.is_success:
            return answer.json() if answer.content else {}
        return {"refused": answer.status_code, "code": answer.json().get("code", "")}

    def place(self, east: float = 0.0, north: float = 0.0) -> dict[str, float]:
        """A place so many steps from the middle of the town."""
        return {"lat": self.centre["lat"] + north * DOOR_M, "lon": self.centre["lon"] + east * DOOR_M}

    async def becomes(self, path: str, holds: Callable[[Any], Any], *, role: str = "admin", name: str = "root") -> Any:
        """What is at a path once it is so. Raises AssertionError with the last answer when it does not become so."""
        answer: Any = None
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not holds(answer := await self.call("GET", path, role=role, name=name)):
                    await asyncio.sleep(0.3)
                return answer
        raise AssertionError(f"{path}: {answer}")

    async def order(self, key: str, *, role: str = "integrator", name: str = "shop", **more: Any) -> Any:
        """Place an order to a door near the middle, unless `more` says otherwise."""
        dropoff = {**self.place(1, 1), "address": "1 Test Lane"} | more.pop("dropoff", {})
        headers = {"Authorization": f"Bearer {self.token(role, name)}", "Idempotency-Key": key}
        answer = await self.http.post("/v1/orders", json={"dropoff": dropoff, **more}, headers=headers)
        return answer.json() if answer.is_success else {"refused": answer.status_code, **answer.json()}


@dataclass
class SignedIn:
    """Somebody who has signed in at a page: calls with their token, in a browser's way."""

    town: Town
    token: str

    @classmethod
    async def by_password(cls, town: Town, user: str, once: str, password: str) -> "SignedIn":
        """Replaces the password for once; the cookie gets the token that is used from then on, as after a reload."""
        body = {"user": user, "password": once, "new_password": password}
        async with httpx.AsyncClient(base_url=town.url, trust_env=False, headers={"Origin": town.url}) as browser:
            (await browser.post("/v1/staff/sign-in", json=body)).raise_for_status()
            refreshed = await browser.post("/v1/staff/refresh")
        return cls(town, refreshed.json()["token"])

    async def raw(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The response as it is."""
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        return await self.town.http.request(method, path, headers=headers, **given)

    async def __call__(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers; the status and the problem's code of a refusal."""
        answer = await self.raw(method, path, json=body)
        if answer.is_success:
            return answer.json() if answer.content else {}
        return {"refused": answer.status_code, "code": answer.json().get("code", "")}


class Errands:
    """A courier who takes every offer and does every stop at once. `at_door` says what happens at a door: nothing to
    hand over, proofs to hand over with, or (a word) why it did not work; `on_stop` hears of each stop that is done.
    """

    def __init__(self, town: Town, courier_id: str) -> None:
        self._town = town
        self._id = courier_id
        self._stops: tuple[StopView, ...] = ()
        self._cards: dict[str, OrderCard] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.at_door: Callable[[OrderCard], list[Proof] | str] = lambda card: []
        self.visits: list[tuple[str, tuple[str, ...]]] = []
        """(pickup or dropoff, orders) of each stop that was done, in their order."""
        self.refusals: list[str] = []

    async def __aenter__(self) -> "Errands":
        body = {"name": self._id.title(), "profile": "ebike", "skills": ["age_check", "fragile"]}
        await self._town.call("PUT", f"/v1/couriers/{self._id}", body)
        token = self._town.token("courier", self._id)
        self.phone = CourierClient(f"{self._town.url.replace('http', 'ws', 1)}/v1/courier", token, f"{self._id}-phone")
        await self.phone.__aenter__()
        welcome = await self.phone.wait_live()
        self.phone.position(Fix(welcome.business_now_ms, **self._town.place()))
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._serve())]
        assert (await self.phone.duty("available")).ok
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.phone.__aexit__(None, None, None)

    async def _listen(self) -> None:
        async for event in self.phone.events():
            if isinstance(event, Resync):
                self._take(event.route)
                for offer in event.offers:
                    await self._accept(offer)
            for fact in event.facts if isinstance(event, Push) else ():
                if isinstance(fact, RouteChanged):
                    self._take(fact)
                elif isinstance(fact, Offered):
                    await self._accept(fact)
                elif isinstance(fact, OfferClosed):
                    self._news.set()

    def _take(self, route: RouteChanged) -> None:
        self._stops = route.stops
        self._cards |= {card.order_id: card for card in route.cards}
        self._news.set()

    async def _accept(self, offer: Offered) -> None:
        await self.phone.accept(offer.offer_id)
        self._news.set()

    async def _serve(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._stops:
                if not await self._visit(self._stops[0]):
                    break

    async def _visit(self, stop: StopView) -> bool:
        """Whether something came of it; an offer may still be open."""
        arrived = await self.phone.progress(stop.stop_id, "arrived")
        if not arrived.ok:
            return False
        if stop.kind == "pickup" or stop.end == "depot":
            return self._heard(stop, stop.order_ids, await self.phone.progress(stop.stop_id, "completed"))
        for order_id in stop.order_ids:  # each of the orders of one door by itself
            said = self.at_door(self._cards[order_id])
            about = {"order_ids": (order_id,), "kind": "dropoff"}
            if isinstance(said, str):
                reply = await self.phone.progress(self._now(stop), "failed", said, **about)  # type: ignore[arg-type]
            else:
                reply = await self.phone.progress(self._now(stop), "completed", proofs=said, **about)  # type: ignore[arg-type]
            if not self._heard(stop, (order_id,), reply):
                return False
        return True

    def _now(self, stop: StopView) -> str:
        """What the stop is called by now: the rest of a door has a name of its own."""
        left = (each for each in self._stops if set(each.order_ids) & set(stop.order_ids) and each.kind == stop.kind)
        return next((each.stop_id for each in left), stop.stop_id)

    def _heard(self, stop: StopView, order_ids: tuple[str, ...], reply: Reply) -> bool:
        if reply.ok:
            self.visits.append((stop.kind, order_ids))
            done = set(order_ids)
            self._stops = tuple(s for s in self._stops if s.kind != stop.kind or not set(s.order_ids) <= done)
        else:
            self.refusals.append(reply.code)
        return reply.ok


def read_secret(data_dir: Path) -> bytes:
    """The secret that the server has made for itself."""
    return (data_dir / "secret").read_bytes()
