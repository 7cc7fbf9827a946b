"""Every handshake case, on both channels: who gets a session, who is refused, and what neither costs."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.web import House
from tests.support.wire import CLOSE, KEY_ACCEPTED, PING, Answer, dial, frame, request
from tests.web.conformance_handshakes import KNOCKS, Knock
from tests.web.conformance_peer import LAST, SPEECHES, Peer, calling, figures, serving, settled

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERS_WITHIN_S = 2.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[tuple[House, str]]:
    """The house and its address, for the whole module."""
    async with serving() as served:
        yield served


@pytest.mark.parametrize("knock", [pytest.param(knock, id=knock.id) for knock in KNOCKS])
async def test_knock(server: tuple[House, str], knock: Knock) -> None:
    """The answer is the one that the case names, and a session that begins works."""
    h, address = server
    for speech in SPEECHES:
        async with calling(address, speech) as peer:
            await peer.send(knock.asks(speech), chop=knock.chop)
            answer = await peer.wire.answer(ANSWERS_WITHIN_S)
            if answer is None:
                assert knock.may_hang_up, knock.shows
                continue
            assert answer.status in knock.statuses, knock.shows
            for name, value in knock.headers.items():
                assert answer.headers.get(name) == value, knock.shows
            if answer.status == 101:
                await _is_sound(h, peer, answer, knock)
    await settled(h)


async def _is_sound(h: House, peer: Peer, answer: Answer, knock: Knock) -> None:
    assert answer.headers["sec-websocket-accept"] == KEY_ACCEPTED
    assert answer.headers["upgrade"].lower() == "websocket" and answer.headers["connection"].lower() == "upgrade"
    await peer.send(knock.then_sends)
    if knock.then is not None:
        assert (await peer.until_end()).code in knock.then, knock.shows
        return
    assert answer.headers["sec-websocket-protocol"] == peer.speech.name
    await peer.send(peer.speech.hello(h, peer.speech.encoding))
    await _until_welcome(peer)
    await peer.send(peer.speech.message(LAST))
    await peer.until_pong(LAST)


async def _until_welcome(peer: Peer) -> None:
    while "welcome" not in peer.heard.kinds:
        came = await peer.wire.message(ANSWERS_WITHIN_S)
        assert came is not None and came.opcode != CLOSE
        peer.heard.take(peer.speech, came)


async def test_the_first_frames_come_with_the_request(server: tuple[House, str]) -> None:
    """A client should wait for the 101 (4.1), but TCP may join what a hasty one sends: nothing of it is lost."""
    h, address = server
    for speech in SPEECHES:
        async with calling(address, speech) as peer:
            early = speech.hello(h, speech.encoding) + frame(PING, b"early")
            await peer.send(request(speech.path, speech.name) + early)
            answer = await peer.wire.answer()
            assert answer is not None and answer.status == 101
            await _until_welcome(peer)
            await peer.send(speech.message(LAST))
            assert (await peer.until_pong(LAST)).pongs == [b"early"]


async def test_a_page_and_a_socket_live_at_one_port(server: tuple[House, str]) -> None:
    """An HTTP call and then a handshake over the same connection: keep-alive goes on into a session."""
    h, address = server
    speech = SPEECHES[0]
    async with dial(address) as wire:
        await wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await wire.answer()
        assert answer is not None and answer.status == 200
        await wire.reader.readexactly(int(answer.headers["content-length"]))
        peer = Peer(wire, speech)
        await peer.greet(h, "json")
        await peer.send(speech.message(LAST))
        await peer.until_pong(LAST)


async def test_who_is_turned_away_is_counted(server: tuple[House, str]) -> None:
    """A subprotocol that nobody speaks is a session that ended as `unsupported`, on both channels."""
    h, address = server
    before = (await figures(h, "dispatch_channel_sessions_ended_total"))["unsupported"]
    for speech in SPEECHES:
        async with calling(address, speech) as peer:
            await peer.send(request(speech.path, "nothing"))
            assert await peer.wire.answer() is not None
            await peer.until_end()
    after = (await figures(h, "dispatch_channel_sessions_ended_total"))["unsupported"]
    assert after == before + len(SPEECHES)
