"""Ports that several processes share: everybody who listens gets some of the connections."""

import asyncio
import resource
import socket
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from dispatch.adapters.listening import (
    SPARE_FILES,
    check_port,
    check_sharing,
    held_port,
    own_socket,
    room_for,
    shared_socket,
)
from dispatch.domain.errors import InvalidInput


async def test_connections_are_dealt_out_among_those_who_listen() -> None:
    """A socket that is only bound holds the port, also when nobody listens, and gets nothing."""
    served: Counter[int] = Counter()

    def server(number: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served[number] += 1
            writer.close()

        return serve

    with held_port("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(InvalidInput, match="choose another with --port"):
            check_port("127.0.0.1", port)
        doors = [shared_socket("127.0.0.1", port) for _ in range(2)]
        servers = [await asyncio.start_server(server(n), sock=door) for n, door in enumerate(doors)]
        for _ in range(40):  # that one gets none of them happens never (2 in 2 ** 40)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        assert set(served) == {0, 1} and served.total() == 40
        for each in servers:
            each.close()
            await each.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    with held_port("127.0.0.1", port):
        pass  # though the system still remembers those connections
    check_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_is_for_one_process_unless_all_want_to_share(host: str) -> None:
    """Whoever comes second is told which port, and the option that changes it."""
    with own_socket(host, 0) as own, own:
        own.listen()
        port = own.getsockname()[1]
        with pytest.raises(InvalidInput, match=f"Port {port} on {host} is taken; choose another with --metrics-port"):
            own_socket(host, port, "--metrics-port")
        with pytest.raises(InvalidInput, match="is taken"):
            shared_socket(host, port)


def test_ipv6_leaves_ipv4_alone() -> None:
    """Two servers may listen on one port, each for its own protocol."""
    with own_socket("::", 0) as six:
        check_port("0.0.0.0", six.getsockname()[1])  # noqa: S104 - only looked at
        assert six.family == socket.AF_INET6


@pytest.mark.parametrize("platform", ["darwin", "freebsd14", "win32"])
def test_systems_that_deal_nothing_out_are_refused(platform: str) -> None:
    """Better a sentence than workers that never see a connection."""
    with pytest.raises(InvalidInput, match="need Linux"):
        check_sharing(platform)


@pytest.mark.parametrize(
    ("allowed", "room", "raised_to"),
    [
        ((1_024, 10_000), 1_000, 1_000 + SPARE_FILES),
        ((1_024, resource.RLIM_INFINITY), 1_000, 1_000 + SPARE_FILES),
        ((1_024, 1_024), 1_024 - SPARE_FILES, None),
        ((2_000, 2_000), 1_000, None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 1_000, None),
        ((100, 100), 1, None),
    ],
)
def test_a_process_takes_as_many_connections_as_it_may_have_files(
    allowed: tuple[int, int], room: int, raised_to: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The soft limit is raised as far as it may be; where it stays below, there is room for fewer."""
    raised: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: allowed)
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits[0]))
    assert room_for(1_000) == room
    assert raised == ([raised_to] if raised_to else [])
