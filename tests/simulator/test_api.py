"""An integrator's program: it insists where that can help, gives up with a sentence where it cannot."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from simulator.api import Api, RequestRefused
from simulator.clock import BusinessClock
from simulator.shops import prepare
from simulator.virtual_time import run_virtual

Answer = httpx.Response | Exception


class Answers(httpx.AsyncBaseTransport):
    """A server that gives these answers in turn, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)


def problem(status: int, detail: str) -> httpx.Response:
    return httpx.Response(status, json={"title": "No", "detail": detail})


def ask(server: Answers, question: Callable[[Api], Any]) -> Any:
    async def story() -> Any:
        async with Api("http://server", "secret", server) as api:
            return await question(api)

    return run_virtual(story())


def test_an_order_is_asked_for_again_under_the_same_key() -> None:
    """A lost answer, a busy server and a late commit: four requests, one key, one order."""
    created = httpx.Response(201, json={"id": "o1"})
    server = Answers(httpx.ReadTimeout("late"), problem(503, "busy"), httpx.Response(202, json={}), created)
    assert ask(server, lambda api: api.create_order({"ref": "1"}, "key-1")) == {"id": "o1"}
    assert [request.headers["Idempotency-Key"] for request in server.asked] == ["key-1"] * 4
    assert {json.loads(request.content)["ref"] for request in server.asked} == {"1"}


def test_a_refusal_is_final() -> None:
    """What the server will never take is not repeated, and its own sentence is passed on."""
    server = Answers(problem(422, "Outside the city."))
    with pytest.raises(RequestRefused, match=r"POST /v1/orders: 422 Outside the city\."):
        ask(server, lambda api: api.create_order({}, "key-1"))
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [httpx.ConnectError("refused"), problem(503, "busy")])
def test_patience_ends(answer: Answer) -> None:
    """After half a minute the caller is told, in a sentence."""
    with pytest.raises(RequestRefused, match="within 30 s"):
        ask(Answers(answer), lambda api: api.stats())


def test_history_is_read_page_by_page() -> None:
    """Until a page is empty, each beginning after the last event of the one before."""

    def page(*seqs: int) -> httpx.Response:
        return httpx.Response(200, json={"events": [{"seq": seq} for seq in seqs]})

    async def read(api: Api) -> Sequence[int]:
        return [event["seq"] async for event in api.events("default")]

    server = Answers(page(1, 2), page(3), page())
    assert ask(server, read) == [1, 2, 3]
    assert [request.url.params["after"] for request in server.asked] == ["0", "2", "3"]


def test_a_shop_tells_each_step_after_it_happened_and_stops_when_the_order_has_ended() -> None:
    """Paid, picked, packed at the promised moment, never sooner; a conflict is no reason to insist."""
    order = {"id": "o1", "created_at_ms": 1_000_000, "ready_at_ms": 1_100_000}
    told: list[tuple[dict[str, Any], int]] = []

    def story(server: Answers) -> None:
        async def run() -> None:
            clock = BusinessClock(1_000_000)
            async with Api("http://server", "secret", server) as api:
                await prepare(api, clock, order)
                told.extend((json.loads(request.content), clock.now_ms()) for request in server.asked)

        run_virtual(run())

    story(Answers(httpx.Response(200, json={})))
    assert [body for body, _ in told] == [
        {"step": "paid", "at_ms": 1_000_000},
        {"step": "picking", "at_ms": 1_030_000},
        {"step": "packed", "at_ms": 1_100_000},
    ]
    assert told[-1][1] >= 1_105_000
    told.clear()
    story(Answers(httpx.Response(200, json={}), problem(409, "It is delivered.")))
    assert [body["step"] for body, _ in told] == ["paid", "picking"]
