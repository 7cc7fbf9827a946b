"""One running server for each test: a depot `d1`, a courier `c1`, no sockets unless the test opens them."""

from collections.abc import AsyncIterator

import pytest

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
