"""Tickets for sockets: one socket each, for half a minute, for whoever asked; and who may open a socket from where."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from courier_protocol import live
from courier_protocol.client import LiveClient
from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import RemoteProtocolError
from dispatch.adapters.memory_channel import MemoryTickets
from dispatch.application.access import Role, Subject
from dispatch.application.socket_tickets import LIFE_S, SocketTickets
from dispatch.application.staff_rules import UserWish
from tests.support.clocks import HandTicker
from tests.support.web import ZONE, House, courier_client, until


async def ticket_of(h: House, headers: dict[str, str]) -> str:
    answer = await h.http.post("/v1/socket-tickets", headers=headers)
    assert answer.status_code == 201 and answer.json()["expires_in_s"] == LIFE_S
    return str(answer.json()["ticket"])


def desk(address: str, ticket: str) -> LiveClient:
    return LiveClient(f"ws://{address}/v1/live", token=ticket, zone=ZONE)


async def refused(client: Any) -> CloseCode:
    async with client:
        with pytest.raises(RemoteProtocolError) as ended:
            await asyncio.wait_for(client.wait_live(), 5)
    return ended.value.close_code


async def test_a_ticket_opens_one_socket(h: House, address: str) -> None:
    """As its owner, for whom the token was; a second socket with it is refused for good, and counted."""
    ticket = await ticket_of(h, h.headers("dispatcher"))
    async with desk(address, ticket) as first:
        await until(first.messages(), lambda message: isinstance(message, live.ZoneSnapshot))
        assert await refused(desk(address, ticket)) is CloseCode.BAD_TOKEN
    riding = await ticket_of(h, h.headers("courier", "c1"))
    async with courier_client(h, address, token=riding) as phone:
        assert (await phone.wait_live()).session.startswith("c1-")
    assert h.services.socket_tickets.counters == {"socket_tickets_issued": 2, "socket_tickets_refused": 1}


async def test_a_ticket_is_no_more_than_the_token(h: House, address: str) -> None:
    """Neither for a role that may not watch, nor for another zone, nor over HTTP, nor once the sign-in has ended."""
    assert (await h.http.post("/v1/socket-tickets", headers=h.headers("integrator"))).status_code == 403
    elsewhere = {"Authorization": f"Bearer {h.token('dispatcher', zones=('mars',))}"}
    assert await refused(desk(address, await ticket_of(h, elsewhere))) is CloseCode.FORBIDDEN
    ticket = await ticket_of(h, h.headers("dispatcher"))
    assert (await h.http.get("/v1/orders", headers={"Authorization": f"Bearer {ticket}"})).status_code == 401
    staff, password = h.services.staff, "correct horse battery"
    root = Subject(Role.ADMIN, "root")
    await staff.users.put(root, "ann", UserWish("Ann", Role.DISPATCHER, ()))
    await staff.users.set_password(root, "ann", password)
    body = {"user": "ann", "password": password}
    signed = await h.http.post("/v1/staff/sign-in", json=body, headers={"Origin": "http://test"})
    mine = await ticket_of(h, {"Authorization": f"Bearer {signed.json()['token']}"})
    await staff.users.set_active(root, "ann", active=False)
    assert await refused(desk(address, mine)) is CloseCode.BAD_TOKEN


async def test_of_many_at_once_one_wins() -> None:
    """And a ticket that is half a minute old opens nothing; nor does what is stored of it."""
    ticker = HandTicker()
    tickets = SocketTickets(MemoryTickets(ticker))
    ticket = await tickets.issue("ann")
    assert sorted(map(str, await asyncio.gather(*(tickets.redeem(ticket) for _ in range(8))))) == ["None"] * 7 + ["ann"]
    late = await tickets.issue("ann")
    ticker.pass_ms(round(LIFE_S * 1000))
    for wrong in (late, "tk_", "tk_x", f"{late}x"):
        assert await tickets.redeem(wrong) is None


async def test_no_ticket_in_the_logs(h: House, address: str, written: list[str]) -> None:
    """Neither used nor refused."""
    ticket = await ticket_of(h, h.headers("dispatcher"))
    async with desk(address, ticket) as first:
        await until(first.messages(), lambda message: isinstance(message, live.ZoneSnapshot))
    await refused(desk(address, ticket))
    assert ticket not in "\n".join(written)


@pytest.mark.parametrize("path", ["/v1/live", "/v1/courier"])
async def test_other_sites_pages_open_no_socket(h: House, address: str, path: str) -> None:
    """Only pages of the host that is asked and of listed sites get in; others are refused by the handshake. Programs
    send no origin, and are let in. Who lists `*` lets in everybody's pages.
    """
    channel = Subprotocol(f"{path.rpartition('/')[2]}.v1.json")
    h.services.public_url = "https://Dispatch.example/city"
    for listed, origin, lets_in in (
        ((), None, True),
        ((), f"http://{address}", True),
        ((), f"https://{address}", True),
        ((), "https://dispatch.example", True),
        ((), "https://evil.example", False),
        ((), "null", False),
        (("https://desk.example",), "https://desk.example", True),
        (("https://desk.example",), f"http://{address}", True),
        (("https://desk.example",), "https://evil.example", False),
        (("*",), "https://evil.example", True),
    ):
        h.services.origins = listed
        opening = connect(f"ws://{address}{path}", origin=Origin(origin) if origin else None, subprotocols=[channel])
        if lets_in:
            async with opening:
                continue
        with pytest.raises(InvalidStatus) as refusal:
            await opening
        assert refusal.value.response.status_code == 403
