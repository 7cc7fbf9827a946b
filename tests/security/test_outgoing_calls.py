"""Calls to addresses that strangers gave us: to the internet at large only, however the address is dressed up."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpcore
import pytest

from dispatch.adapters.public_http import PrivateTarget, PublicOnly, public_pool

PUBLIC = "93.184.215.14"
INSIDE = (
    *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "255.255.255.255"),  # noqa: S104
    *("169.254.169.254", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001::1"),
)


class Names:
    """A resolver that says one thing after the other."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where connections went, instead of being made."""
    went: list[str] = []

    async def connect(self: object, host: str, *_: object) -> httpcore.AsyncNetworkStream:
        went.append(host)
        raise httpcore.ConnectError("nobody listens in a test")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    yield went


def resolve_by(monkeypatch: pytest.MonkeyPatch, names: Names) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names.getaddrinfo)


async def call() -> None:
    async with public_pool() as pool:
        await pool.request("POST", "https://hooks.example/x")


@pytest.mark.parametrize("address", INSIDE)
async def test_no_way_leads_inside(address: str, connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback, private, link-local, metadata, multicast and reserved, also inside IPv6; nothing is connected to."""
    resolve_by(monkeypatch, Names((address,)))
    with pytest.raises(PrivateTarget):
        await call()
    resolve_by(monkeypatch, Names((PUBLIC, address)))
    with pytest.raises(PrivateTarget):
        await call()
    assert connected == []


async def test_a_name_that_changes_its_mind(connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: asked once per connection, and the connection goes to the very address that was looked at."""
    names = Names((PUBLIC,), ("127.0.0.1",))
    resolve_by(monkeypatch, names)
    with pytest.raises(httpcore.ConnectError):
        await call()
    assert (connected, names.asked) == ([PUBLIC], 1)
    with pytest.raises(PrivateTarget):
        await call()
    assert connected == [PUBLIC]


async def test_a_name_without_an_address(connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is no public address either, and a file is none."""
    resolve_by(monkeypatch, Names(()))
    with pytest.raises(PrivateTarget):
        await call()
    with pytest.raises(PrivateTarget):
        await PublicOnly().connect_unix_socket("/run/docker.sock")
    assert connected == []


async def test_nobody_is_followed() -> None:
    """A redirect is an answer, not a way: the pool has no redirects at all, and gives the 302 to its caller."""
    served = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, public_pool(any_target=True) as pool:
        assert (await pool.request("GET", f"http://127.0.0.1:{port}/")).status == 302
    assert served == 1
