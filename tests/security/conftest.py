"""One running server for each test: a depot `d1`, a courier `c1`, no sockets unless the test opens them."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from dispatch.adapters.json_logs import JsonFormatter
from tests.support.web import House, house, listening


@pytest.fixture
async def h() -> AsyncIterator[House]:
    async with house() as running:
        await running.depot()
        await running.courier()
        yield running


@pytest.fixture
async def address(h: House) -> AsyncIterator[str]:
    async with listening(h) as where:
        yield where


@pytest.fixture
def written() -> Iterator[list[str]]:
    """Every line that is logged at any level, formatted as the server does."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonFormatter().format(record))

    root, keeper = logging.getLogger(), Keeper()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    quiet = [logging.getLogger(name) for name in ("httpx", "httpcore", "websockets.client", "asyncio")]
    for client in quiet:
        client.disabled = True
    yield lines
    root.removeHandler(keeper)
    root.setLevel(level)
    for client in quiet:
        client.disabled = False
