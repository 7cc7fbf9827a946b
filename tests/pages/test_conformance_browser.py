"""A browser's own WebSocket against our channels: subprotocols, sizes, close codes as `onclose` sees them, compression.

The server runs on a thread, for while Playwright's synchronous interface is open no loop of the test's own can run.
"""

import asyncio
import base64
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page

from courier_protocol.close_codes import CloseCode
from tests.support.web import House, house, listening
from tests.web.conformance_peer import SPEECHES, Speech, ended

pytestmark = pytest.mark.browser

JSON = Speech("courier", "json")
T = TypeVar("T")

# Opens a socket, sends what it is given once the first message is there, and tells what became of it. Binary frames go
# to and fro in base64. It ends by itself when `count` pongs came (0: only the server ends it), closing with `close`.
TALK = """
({url, offered, hello, sends, binary, count, close}) => new Promise((done) => {
  const bytes = (b64) => Uint8Array.from(atob(b64), (c) => c.charCodeAt(0));
  const b64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join(""));
  const socket = offered === null ? new WebSocket(url) : new WebSocket(url, offered);
  const seen = {opened: false, protocol: "", extensions: "", frames: [], buffered: 0, left: -1};
  const payload = (p) => binary ? bytes(p) : new TextDecoder().decode(bytes(p));
  let begun = false;
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    Object.assign(seen, {opened: true, protocol: socket.protocol, extensions: socket.extensions});
    if (hello) socket.send(payload(hello));
  };
  socket.onmessage = ({data}) => {
    const text = typeof data === "string";
    seen.frames.push({text, data: text ? btoa(unescape(encodeURIComponent(data))) : b64(data)});
    if (!begun) {
      begun = true;
      for (const one of sends) socket.send(payload(one));
      seen.buffered = socket.bufferedAmount;
    }
    const pongs = seen.frames.reduce((n, f) => n + atob(f.data).split("pong").length - 1, 0);
    if (close && pongs >= count) {
      seen.left = socket.bufferedAmount;
      socket.close(...close);
    }
  };
  socket.onclose = ({code, reason, wasClean}) => done({...seen, code, reason, clean: wasClean});
})
"""


@dataclass(frozen=True)
class Served:
    """A house on a thread of its own."""

    h: House
    address: str
    loop: asyncio.AbstractEventLoop

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Let the server's loop do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(10)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The server, until the module is done."""
    begun: list[Served] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with house() as h, listening(h) as address:
            h.services.origins = ("*",)  # the page is an empty one, of no site
            await h.courier()
            begun.append(Served(h, address, asyncio.get_running_loop()))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    yield begun[0]
    begun[0].loop.call_soon_threadsafe(stop.set)
    thread.join(20)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page: its sockets have the origin `null`."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@dataclass(frozen=True)
class Seen:
    """What the page has seen of a socket."""

    raw: dict[str, Any]
    speech: Speech

    @property
    def end(self) -> tuple[int, bool]:
        """(code, whether the closing handshake was complete)."""
        return self.raw["code"], self.raw["clean"]

    @property
    def numbers(self) -> list[int]:
        """Those of our pongs, in order; every frame was of the kind of its encoding."""
        found = []
        for part in self.raw["frames"]:
            assert part["text"] == (self.speech.encoding == "json")
            told = self.speech.decode(base64.b64decode(part["data"]))
            found += [m["n"] for m in (told if isinstance(told, list) else [told]) if m["t"] == "pong"]
        return found


def talk(page: Page, served: Served, speech: Speech, *sends: bytes, **more: Any) -> Seen:
    """One socket of the page from its beginning to its end; without `close` the server ends it."""
    what = {
        "url": f"ws://{served.address}{speech.path}",
        "offered": [speech.name],
        "hello": base64.b64encode(speech.hello_message(served.h)).decode(),
        "sends": [base64.b64encode(one).decode() for one in sends],
        "binary": speech.encoding == "msgpack",
        "count": len(sends),
        "close": None,
        **more,
    }
    return Seen(page.evaluate(TALK, what), speech)


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda speech: speech.name)
def test_text_and_binary_up_to_the_limit(page: Page, served: Served, speech: Speech) -> None:
    """Messages of every length class arrive in order, nothing stays buffered, and the end is a clean 1000."""
    sizes = (0, 125, 126, 65_535, 65_536)
    sends = [speech.ping(n, size) for n, size in enumerate(sizes)]
    seen = talk(page, served, speech, *sends, close=[1000, "done"])
    assert seen.numbers == list(range(len(sizes)))
    assert seen.raw["buffered"] >= 2 * 65_535 and seen.raw["left"] == 0
    assert (seen.raw["protocol"], seen.raw["extensions"]) == (speech.name, "")
    assert seen.end == (1000, True)


def test_the_first_subprotocol_that_both_speak(page: Page, served: Served) -> None:
    """Of a list the page gets the one that we know; a list without one fails, and Chromium does not say why."""
    twin = Speech("courier", "msgpack")
    seen = talk(page, served, twin, twin.ping(1), offered=["courier.v9.json", twin.name, JSON.name], close=[1000])
    assert (seen.raw["protocol"], seen.numbers) == (twin.name, [1])
    seen = talk(page, served, JSON, offered=["courier.v9.json"], hello="")
    assert (seen.raw["opened"], seen.end) == (False, (1006, False))
    seen = talk(page, served, JSON, offered=None, hello="")
    assert seen.raw["opened"] and seen.end == (CloseCode.UNSUPPORTED, True)
    assert "courier.v1.json" in seen.raw["reason"]


@pytest.mark.parametrize("close", [[], [1000], [3000, "x"], [3007, "再见"], [3999], [4999, "r" * 123]])
def test_the_page_closes(page: Page, served: Served, close: list[Any]) -> None:
    """`onclose` sees its own code and reason, and that it was clean."""
    seen = talk(page, served, JSON, JSON.ping(1), close=close)
    assert seen.end == (close[0] if close else 1005, True)


ENDS = {
    "no message": ([b"{"], CloseCode.PROTOCOL_ERROR),
    "one byte too large": ([JSON.ping(1, 65_537)], CloseCode.FRAME_TOO_BIG),
    "twice the limit": ([JSON.ping(1, 131_072)], CloseCode.FRAME_TOO_BIG),
    "goodbye": ([b'{"t":"bye"}'], CloseCode.BYE),
    "a flood": ([JSON.ping(1)] * 600, CloseCode.RATE_EXCEEDED),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_server_closes(page: Page, served: Served, name: str) -> None:
    """Our code and its sentence reach `onclose`, the handshake is complete, and `/metrics` has counted it."""
    sends, code = ENDS[name]
    before = served.run(ended(served.h, [code.name.lower()]))
    seen = talk(page, served, JSON, *sends)
    assert seen.end == (code, True) and seen.raw["reason"]
    assert served.run(ended(served.h, [code.name.lower()])) == before + 1


def test_far_too_large(page: Page, served: Served) -> None:
    """Beyond twice the limit the socket says 1009; the page sees that, or, while it still sends, a broken link."""
    seen = talk(page, served, JSON, JSON.ping(1, 131_073))
    assert seen.raw["code"] in {1009, 1006}


def test_a_token_that_is_none(page: Page, served: Served) -> None:
    """A refusal before any message has its code, too."""
    greeting = JSON.encode({"t": "hello", "token": "none", "device_id": "page"})
    seen = talk(page, served, JSON, hello=base64.b64encode(greeting).decode())
    assert seen.end == (CloseCode.BAD_TOKEN, True) and seen.raw["frames"] == []


def test_compression_is_declined(page: Page, served: Served) -> None:
    """Chromium offers it with every socket; the session works without."""
    watching = page.context.new_cdp_session(page)
    offers: list[str] = []
    watching.on(
        "Network.webSocketWillSendHandshakeRequest",
        lambda event: offers.append(event["request"]["headers"]["Sec-WebSocket-Extensions"]),
    )
    watching.send("Network.enable")
    seen = talk(page, served, JSON, JSON.ping(1, 30_000), close=[1000])
    watching.detach()
    assert len(offers) == 1 and "permessage-deflate" in offers[0]
    assert (seen.raw["extensions"], seen.numbers) == ("", [1])
