"""What a fuzzer asks of the API: calls that schemathesis makes of `/openapi.json`, and many spoilt ones of each.

A call passes when its answer comes in time, is no server's failure, and says what is wrong as a problem where it
refuses. The server is whole but for its stores, which are in memory; it knows orders, couriers and links by which a
call gets farther than to "unknown".
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.web.openapi import openapi
from dispatch.web.operations import OPERATIONS
from dispatch.web.problems import MEDIA_TYPE
from tests.support.web import HOME, ZONE, House, house

ROLES = ("", *["admin"] * 7, "dispatcher", "depot", "support", "finance", "courier", "customer", "integrator")
WITHIN_S = 5.0
"""Most often the one who may do most."""
SPOILT_OF_ONE = 9
"""So many spoilt calls are made of each that fits the document: making one costs more than asking it."""
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**53, 2**63, -(2**63), 10**40, 0.1, -0.0, 1e308, float("nan"), float("inf"), "", " ",
    "\x00", "\ud800", "\u202e", "𝒳" * 300, "x" * 20_000, "../../etc", "%00", "'; --", "{}", [], {}, [[]] * 50,
)  # fmt: skip
PROPERTIES = settings(
    database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=False
)


@schemathesis.serializer("application/offset+octet-stream")
def _piece(_: Any, value: Any) -> bytes:
    """A piece of an upload is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


class Finding(AssertionError):
    """A call that the server did not answer as it should: in what way, and which call shows it."""

    def __init__(self, what: str, ask: object) -> None:
        super().__init__(f"{what}: {ask}")
        self.what = what


@dataclass(frozen=True)
class Ask:
    """One call. `names` are what stands in the path, by parameter."""

    operation: str
    method: str
    path: str
    names: dict[str, str]
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    role: str = "admin"


@dataclass
class Target:
    """The server, the things that it knows by the names that calls have for them, and what came of the calls."""

    house: House
    known: dict[str, list[str]]
    statuses: Counter[int] = field(default_factory=Counter)

    async def ask(self, ask: Ask) -> int:
        """Make a call. Raises `Finding`."""
        names = {name: quote(value, safe="", errors="surrogatepass") for name, value in ask.names.items()}
        headers = dict(ask.headers)
        if ask.role and "authorization" not in headers:
            headers["authorization"] = f"Bearer {self.house.token(ask.role, SUBJECTS.get(ask.role, 'someone'))}"
        try:
            request = self.house.http.build_request(
                ask.method, ask.path.format_map(names), params=ask.query, headers=headers, content=ask.body
            )
        except (UnicodeError, ValueError, httpx.InvalidURL):
            return 0  # no client can say this
        try:
            async with asyncio.timeout(WITHIN_S):
                answer = await self.house.http.send(request)
        except TimeoutError:
            raise Finding(f"{ask.operation} does not answer within {WITHIN_S} s", ask) from None
        except Exception as error:
            raise Finding(f"{type(error).__name__} {error}", ask) from error
        self.statuses[answer.status_code] += 1
        _check(ask, answer)
        return answer.status_code


SUBJECTS = {"courier": "c1"}
ROUTERS = (307, 404, 405)


def _check(ask: Ask, answer: httpx.Response) -> None:
    if answer.status_code >= 500:
        raise Finding(f"{ask.operation} answers {answer.status_code} {answer.text[:300]}", ask)
    if answer.status_code >= 400 and ask.method != "HEAD":
        if answer.headers.get("content-type") != MEDIA_TYPE:
            raise Finding(f"a refusal of {ask.operation} that is no problem", ask)
        problem = answer.json()
        if problem["status"] != answer.status_code or not problem["code"] or not problem["detail"].endswith("."):
            raise Finding(f"a problem without words, {problem}", ask)
    _check_document(ask, answer)


def _check_document(ask: Ask, answer: httpx.Response) -> None:
    """The answer is one that the document tells of; what is said of a path that is none is the router's."""
    operation = next(each for each in operations() if each.label == ask.operation)
    if ask.method != operation.method.upper() or answer.status_code in ROUTERS:
        return
    if str(answer.status_code) not in operation.definition.raw["responses"]:
        raise Finding(f"{ask.operation} answers {answer.status_code}, which is not documented", ask)
    try:
        operation.validate_response(schemathesis.Response.from_httpx(answer, verify=False))
    except AssertionError as error:
        raise Finding(f"{ask.operation} does not answer as documented, {error}", ask) from None


@asynccontextmanager
async def target() -> AsyncIterator[Target]:
    """A server with a little of everything."""
    async with house() as running:
        await running.depot()
        await running.courier()
        await running.do(c.SetDuty("c1", Duty.AVAILABLE))
        orders = [await running.order() for _ in range(4)]
        ids = [order["id"] for order in orders]
        await running.plan("c1", *ids[:2])
        area = {"name": "Here", "ring": [[HOME.lon, HOME.lat], [HOME.lon + 0.1, HOME.lat], [HOME.lon, HOME.lat + 0.1]]}
        await running.http.put("/v1/areas/a1", json=area, headers=running.headers())
        tokens = [order["track_token"] for order in orders]
        known = {"id": [*ids, "c1", "d1", "a1", ZONE], "token": tokens, "zone": [ZONE], "order_id": ids,
                 "courier_id": ["c1"], "depot_id": ["d1"], "zone_id": [ZONE]}  # fmt: skip
        yield Target(running, known)


# --- calls --------------------------------------------------------------------------------------------------------


@cache
def operations() -> tuple[Any, ...]:
    """Every operation of the document."""
    return tuple(
        found.ok() for found in schemathesis.openapi.from_dict(openapi(OPERATIONS, "fuzz")).get_all_operations()
    )


def fitting(operation: Any, count: int, number: int) -> list[Ask]:
    """So many calls that fit the document; the same ones for the same number."""
    found: list[Ask] = []

    @seed(number)
    @settings(PROPERTIES, max_examples=count)
    @given(operation.as_strategy())
    def collect(case: Any) -> None:
        found.append(_ask_of(operation, case))

    collect()
    return found


def _ask_of(operation: Any, case: Any) -> Ask:
    said = case.as_transport_kwargs(base_url="http://test")
    query = tuple((str(name), str(value)) for name, value in (said.get("params") or {}).items())
    given_headers = ((str(name), str(value)) for name, value in (case.headers or {}).items())
    headers = tuple(each for each in given_headers if each[0].lower() != "authorization")
    if "json" in said:
        body, kind = _encoded(said["json"]), "application/json"
    else:
        data = said.get("data") or b""
        body = data if isinstance(data, bytes) else str(data).encode(errors="replace")
        kind = case.media_type or "application/octet-stream"
    names = {name: str(value) for name, value in (case.path_parameters or {}).items()}
    sent = (*headers, ("content-type", kind)) if body else headers
    return Ask(operation.label, operation.method.upper(), operation.path, names, query, sent, body)


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def asked(ask: Ask, known: dict[str, list[str]], chance: Random) -> Iterator[Ask]:
    """The call itself, about something that is known; and spoilt ones of it."""
    first = _about_known(replace(ask, role=chance.choice(ROLES)), known, chance, share=0.9)
    yield first
    for _ in range(SPOILT_OF_ONE):
        spoilt = _about_known(replace(ask, role=chance.choice(ROLES)), known, chance, share=0.5)
        for _ in range(chance.randint(1, 2)):
            spoilt = chance.choice(SPOILERS)(spoilt, chance)
        yield spoilt


def _about_known(ask: Ask, known: dict[str, list[str]], chance: Random, *, share: float) -> Ask:
    names = {
        name: chance.choice(known[name]) if name in known and chance.random() < share else value
        for name, value in ask.names.items()
    }
    query = tuple(
        (name, chance.choice(known[name]) if name in known and chance.random() < share else value)
        for name, value in ask.query
    )
    return replace(ask, names=names, query=query)


def _spoil_body(ask: Ask, chance: Random) -> Ask:
    """One place of the JSON is something else."""
    try:
        value = json.loads(ask.body)
    except (ValueError, RecursionError):
        return _spoil_bytes(ask, chance)
    return replace(ask, body=_encoded(spoilt_value(value, chance)))


def spoilt_value(value: Any, chance: Random) -> Any:
    """The value with something else at one of its places: nasty, missing, or one too many."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(list(value))
        match chance.random():
            case lot if lot < 0.15:
                return {key: held for key, held in value.items() if key != name}
            case lot if lot < 0.25:
                return value | {"unknown": chance.choice(NASTY)}
            case _:
                return value | {name: spoilt_value(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        place = chance.randrange(len(value))
        if chance.random() < 0.2:
            return value * 30
        return [*value[:place], spoilt_value(value[place], chance), *value[place + 1 :]]
    return chance.choice(NASTY)


def _spoil_bytes(ask: Ask, chance: Random) -> Ask:
    body = bytearray(ask.body or b"{}")
    for _ in range(chance.randint(1, 4)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return replace(ask, body=bytes(body[: chance.randint(0, len(body))] if chance.random() < 0.3 else body))


def _spoil_deeply(ask: Ask, chance: Random) -> Ask:
    depth = chance.choice((50, 500, 5_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return replace(ask, body=opening * depth + b"1" + closing * depth)


def _spoil_name(ask: Ask, chance: Random) -> Ask:
    if not ask.names:
        return _spoil_query(ask, chance)
    name = chance.choice(list(ask.names))
    return replace(ask, names=ask.names | {name: str(chance.choice(NASTY))[:2_000]})


def _spoil_query(ask: Ask, chance: Random) -> Ask:
    names = [name for name, _ in ask.query] or ["zone", "limit", "cursor", "after", "at_ms"]
    return replace(ask, query=(*ask.query, (chance.choice(names), str(chance.choice(NASTY))[:2_000])))


def _spoil_headers(ask: Ask, chance: Random) -> Ask:
    name, value = chance.choice(
        (
            ("idempotency-key", "x" * 201),
            ("idempotency-key", "the same"),
            ("content-type", "text/plain"),
            ("content-type", "application/json; charset=utf-7"),
            ("content-length", "99999999"),
            ("upload-offset", "-1"),
            ("upload-length", "9" * 20),
            ("authorization", "Bearer x.y.z"),
            ("cookie", "dispatch_staff=a.b"),
            ("origin", "http://elsewhere"),
            ("accept-language", "*" * 500),
            ("if-none-match", '"x"'),
            ("range", "bytes=9-1"),
        )
    )
    kept = tuple((key, held) for key, held in ask.headers if key.lower() != name)
    return replace(ask, headers=(*kept, (name, value)))


def _spoil_method(ask: Ask, chance: Random) -> Ask:
    return replace(ask, method=chance.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")))


SPOILERS: Sequence[Callable[[Ask, Random], Ask]] = (
    *[_spoil_body] * 6, _spoil_bytes, _spoil_deeply, *[_spoil_name] * 2, *[_spoil_query] * 2, _spoil_headers,
    _spoil_method,
)  # fmt: skip
