"""Every conformance case, on both channels and in both encodings, against a running server on real sockets.

Only bytes on the wire and `/metrics` are looked at. One server serves the whole module: that it still does after each
case is part of what is shown.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from courier_protocol.close_codes import CloseCode
from tests.support.web import House
from tests.support.wire import PING, PONG, Frame, cut, fragments, frame
from tests.web.conformance_case import Case
from tests.web.conformance_cases import CASES
from tests.web.conformance_peer import LAST, SPEECHES, Peer, Speech, in_session, serving, settled

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[tuple[House, str]]:
    """The house and its address, for the whole module."""
    async with serving() as served:
        yield served


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
async def test_case(server: tuple[House, str], case: Case) -> None:
    """What is sent has the effect that the case names, on each channel; every session is counted once when it ends."""
    h, address = server
    speeches = [speech for speech in SPEECHES if speech.encoding in case.speaks]
    before = await settled(h)
    await asyncio.gather(*(_play(h, address, speech, case) for speech in speeches))
    assert await settled(h) == before + len(speeches)


async def _play(h: House, address: str, speech: Speech, case: Case) -> None:
    async with in_session(h, address, speech, courier_id=speech.encoding) as peer:
        await peer.send(*case.sends(speech), chop=case.chop)
        if case.ends is None:
            await _goes_on(peer, case)
        else:
            await _is_over(peer, case.ends, case)


async def _goes_on(peer: Peer, case: Case) -> None:
    await peer.send(peer.speech.message(LAST))
    heard = await peer.until_pong(LAST)
    assert heard.numbers == [*case.hears, LAST], f"{peer.speech.name}: {case.shows}"
    assert heard.pongs == list(case.pongs), f"{peer.speech.name}: {case.shows}"


async def _is_over(peer: Peer, codes: frozenset[int], case: Case) -> None:
    heard = await peer.until_end(case.hears)
    assert heard.code in codes, f"{peer.speech.name}: {case.shows}"
    assert heard.pongs == list(case.pongs[: len(heard.pongs)]), f"{peer.speech.name}: {case.shows}"


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.name)
async def test_a_ping_is_not_kept_waiting(server: tuple[House, str], speech: Speech) -> None:
    """A pong comes as soon as practical (5.5.2), also while a message is half there and a frame of it is not whole."""
    h, address = server
    async with in_session(h, address, speech, courier_id=speech.encoding) as peer:
        begun, *rest = fragments(speech.opcode, cut(speech.ping(1, 200), 90))
        for payload, piece in ((b"1", begun + frame(PING, b"1")), (b"2", frame(PING, b"2") + rest[0][:9])):
            await peer.send(piece)
            while (came := await peer.wire.message()) is not None and came.opcode != PONG:
                peer.heard.take(speech, came)
            assert came == Frame(PONG, payload)
        await peer.send(rest[0][9:], *rest[1:])
        await peer.until_pong(1)


async def test_the_cases_have_names_of_their_own() -> None:
    """No case hides another, and every code that a case expects exists."""
    assert len({case.id for case in CASES}) == len(CASES)
    ours = {code for case in CASES for code in case.ends or () if 3000 <= code < 4000 and not case.id.startswith("7")}
    assert ours <= set(CloseCode)
