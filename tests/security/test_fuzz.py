"""Some of what `make fuzz` tries by the million: calls and bytes that nobody should send; what is wrong is found."""

import asyncio
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from dispatch.web.connection import Connections
from tests.fuzz.__main__ import Leak, Memory
from tests.support import fuzz_http, fuzz_wire
from tests.support.fuzz_http import Ask, Finding
from tests.support.web import order_body

INPUTS_A_SOCKET = 1_200


async def test_calls_of_every_operation_are_answered() -> None:
    """As the document says and in time, or refused as a problem; by every role, right and spoilt."""
    chance = Random(8)
    async with fuzz_http.target() as target:
        for operation in fuzz_http.operations():
            for ask in fuzz_http.fitting(operation, 1, 8):
                for each in fuzz_http.asked(ask, target.known, chance):
                    await target.ask(each)
        assert target.statuses[200] > 20 and target.statuses.total() > 500, "some get through"


async def test_bytes_over_sockets_end_as_they_should() -> None:
    """Nothing raises, and nothing is left of who has gone; many of them were let into a session."""
    chance = Random(8)
    async with fuzz_wire.listener() as ear:
        tasks = len(asyncio.all_tasks())
        for _ in range(INPUTS_A_SOCKET):
            async with asyncio.timeout(5):
                await ear.hear(fuzz_wire.said_by(ear.house, chance))
        await asyncio.sleep(fuzz_wire.SETTLES_S)
        assert len(asyncio.all_tasks()) <= tasks
        tally = ear.house.app.state.connections.tally
        assert {what for what, times in tally.refused.items() if times} >= {"invalid_message", "websocket_rules"}
        assert tally.sessions_ended["link_lost"] > INPUTS_A_SOCKET / 10


@pytest.fixture
def plain() -> Iterator[Ask]:
    """A call that is answered well."""
    yield Ask("GET /v1/zones", "GET", "/v1/zones", {})


async def test_a_finding_of_a_call_is_found(plain: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure, an answer that is not documented, one of another shape, and one that does not come."""
    async with fuzz_http.target() as target:
        assert await target.ask(plain) == 200
        hubs = target.house.services.hubs
        target.house.services.hubs = None  # type: ignore[assignment]
        with pytest.raises(Finding, match="GET /v1/zones answers 500"):
            await target.ask(plain)
        target.house.services.hubs = hubs
        for change, what in (
            ({"responses": {}}, "answers 200, which is not documented"),
            (
                {"responses": {"200": {"content": {"application/json": {"schema": {"type": "string"}}}}}},
                "as documented",
            ),
        ):
            operation = next(each for each in fuzz_http.operations() if each.label == plain.operation)
            with monkeypatch.context() as changed:
                changed.setattr(fuzz_http, "operations", lambda op=operation, new=change: (_With(op, new),))
                with pytest.raises(Finding, match=what):
                    await target.ask(plain)
        monkeypatch.setattr(fuzz_http, "WITHIN_S", 0.05)
        monkeypatch.setattr(target.house.bus, "ask", lambda *_: asyncio.sleep(60))
        late = Ask("POST /v1/orders", "POST", "/v1/orders", {}, body=json.dumps(order_body()).encode())
        with pytest.raises(Finding, match="POST /v1/orders does not answer within"):
            await target.ask(late)


class _With:
    """An operation whose definition is another one."""

    def __init__(self, operation: Any, change: dict[str, Any]) -> None:
        raw = operation.definition.raw | change
        path = {operation.path: {operation.method: raw}}
        schema = fuzz_http.schemathesis.openapi.from_dict(
            {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": path}
        )
        self._operation = schema[operation.path][operation.method]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operation, name)


async def test_a_finding_of_a_socket_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that is kept after its peer has gone, and an error that nobody catches."""
    said = [fuzz_wire.request("/v1/courier", "courier.v1.json")]
    async with fuzz_wire.listener() as ear:
        await ear.hear(said)
        with monkeypatch.context() as broken:
            broken.setattr(Connections, "discard", lambda *_: None)
            with pytest.raises(fuzz_wire.Finding, match="1 sockets and 0 connections are left"):
                await ear.hear(said)
        ear.house.app.state.connections._open.clear()
        asyncio.get_running_loop().call_exception_handler({"message": "a surprise"})
        with pytest.raises(fuzz_wire.Finding, match="a surprise"):
            await ear.hear(said)


def test_a_leak_of_memory_is_found() -> None:
    """What grows from one server to the next is no cache that fills."""
    memory = Memory()
    held = []
    for _ in range(3):
        memory.look()
    memory.check()
    for _ in range(3):
        held.append(bytearray(b"x") * (40 << 20))
        memory.look()
    with pytest.raises(Leak, match="memory has grown"):
        memory.check()
