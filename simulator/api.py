"""The server's HTTP interface, as an integrator's program uses it: with patience, and never an order twice."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import suppress
from typing import Any, Self

import httpx

TRY_AGAIN = frozenset({202, 409, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request, under the same key, may do better. 409: the first try still runs."""
PATIENCE_S = 30.0
PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
PAGE = 1_000


class RequestRefused(Exception):
    """The server refused a request for good; the message says what and why."""


class Api:
    """One server and one token. Use it with `async with`. Tests give a `transport` of their own."""

    def __init__(self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=5.0,
            limits=httpx.Limits(max_connections=20),
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def create_order(self, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Place an order; a lost or late answer is asked for again under the same Idempotency-Key."""
        return await self.insist("POST", "/v1/orders", body, {"Idempotency-Key": key})

    async def put_depot(self, depot_id: str, body: Mapping[str, Any]) -> None:
        """Make a depot known."""
        await self.insist("PUT", f"/v1/depots/{depot_id}", body)

    async def put_courier(self, courier_id: str, body: Mapping[str, Any]) -> None:
        """Make a courier known."""
        await self.insist("PUT", f"/v1/couriers/{courier_id}", body)

    async def report_preparation(self, order_id: str, step: str, at_ms: int) -> None:
        """Say how far the shop is with an order. Raises `RequestRefused` at once when the order has ended."""
        body = {"step": step, "at_ms": at_ms}
        await self.insist("POST", f"/v1/orders/{order_id}/preparation", body, try_again=TRY_AGAIN - {409})

    async def make_staff(self, user_id: str, body: Mapping[str, Any]) -> str:
        """Make a user of the desk; returns the password, which needs no change at the first sign-in."""
        await self.insist("PUT", f"/v1/staff/users/{user_id}", body)
        given = await self.insist("POST", f"/v1/staff/users/{user_id}/password")
        password = secrets.token_urlsafe(9)
        entry = {"user": user_id, "password": given["password"], "new_password": password}
        try:
            await self.insist("POST", "/v1/staff/sign-in", entry)
        except RequestRefused:  # it was taken the first time, and the answer was lost
            await self.insist("POST", "/v1/staff/sign-in", {"user": user_id, "password": password})
        return password

    async def set_duty(self, courier_id: str, duty: str) -> None:
        """Put a courier on duty, on a break, or off duty."""
        await self.insist("POST", f"/v1/couriers/{courier_id}/duty", {"duty": duty})

    async def order(self, order_id: str) -> dict[str, Any]:
        """An order as it stands."""
        return await self.insist("GET", f"/v1/orders/{order_id}")

    async def city(self) -> dict[str, Any]:
        """What the server says of its city."""
        return await self.insist("GET", "/v1/city")

    async def stats(self) -> dict[str, Any]:
        """The zone's counters, and the invariants that it finds violated."""
        return await self.insist("GET", "/v1/stats")

    async def events(self, zone: str, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Every recorded event of a zone after a sequence number, oldest first."""
        while True:
            page = await self.insist("GET", f"/v1/events?zone={zone}&after={after}&limit={PAGE}")
            events = page["events"]
            for event in events:
                yield event
            if not events:
                return
            after = events[-1]["seq"]

    async def insist(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        try_again: Set[int] = TRY_AGAIN,
    ) -> dict[str, Any]:
        """The answer's JSON. Raises `RequestRefused` at once when the server will not, and when patience ends."""
        deadline_s = asyncio.get_running_loop().time() + PATIENCE_S
        pauses_s = iter(PAUSES_S)
        outcome = "no answer"
        while asyncio.get_running_loop().time() < deadline_s:
            with suppress(httpx.TransportError):
                answer = await self._http.request(method, path, json=body, headers=headers)
                if answer.status_code not in try_again:
                    return _settled(method, path, answer)
                outcome = _said(answer)
            await asyncio.sleep(next(pauses_s, PAUSES_S[-1]))
        raise RequestRefused(f"{method} {path}: {outcome} within {PATIENCE_S:.0f} s.")


def _settled(method: str, path: str, answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        result: dict[str, Any] = answer.json()
        return result
    raise RequestRefused(f"{method} {path}: {_said(answer)}")


def _said(answer: httpx.Response) -> str:
    with suppress(ValueError):
        problem = answer.json()
        return f"{answer.status_code} {problem.get('detail') or problem.get('title') or ''}".strip()
    return str(answer.status_code)
