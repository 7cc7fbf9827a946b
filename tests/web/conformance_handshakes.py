"""The handshakes as data: what a client asks, and what the server must answer (RFC 6455 section 4, RFC 9112).

`{path}` is that of a channel and `{name}` its first subprotocol. A handshake that succeeds ends in a session that
works, or in the close code that the case names; one that fails ends in a status of `statuses`, or, where the request
is no HTTP, in a server that hangs up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from courier_protocol.close_codes import CloseCode
from tests.support.wire import request
from tests.web.conformance_peer import Speech

REFUSED: Final = frozenset({400, 403, 404, 405, 426, 431, 501, 505})
"""What says that this is no handshake; which of them is the server's choice unless a case says otherwise."""
SWITCHED: Final = frozenset({101})


@dataclass(frozen=True)
class Knock:
    """One handshake. `may_hang_up` allows no answer at all, `then` the close code that follows instead of a session.

    `headers` must stand in the answer with these values, None for those that must not. `then_sends` follows the 101.
    """

    id: str
    shows: str
    asks: Callable[[Speech], bytes]
    statuses: frozenset[int] = SWITCHED
    headers: Mapping[str, str | None] = field(default_factory=dict)
    may_hang_up: bool = False
    then: frozenset[int] | None = None
    then_sends: bytes = b""
    chop: int = 0


def but(**headers: str | None) -> Callable[[Speech], bytes]:
    """An ordinary handshake with these headers instead; the names with _ for -."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda s: request(s.path, s.name, but=changed)


def offering(offered: Callable[[Speech], str | None]) -> Callable[[Speech], bytes]:
    """An ordinary handshake that offers these subprotocols."""
    return lambda s: request(s.path, offered(s))


def plain() -> Iterator[Knock]:
    """Handshakes that are in order."""
    yield Knock("0.1", "the plain one", lambda s: request(s.path, s.name))
    yield Knock("0.2", "an octet at a time", lambda s: request(s.path, s.name), chop=1)
    yield Knock("0.3", "the words in other letters", but(Upgrade="WebSocket", Connection="UPGRADE"))
    yield Knock("0.4", "Connection names more", but(Connection="keep-alive, Upgrade"))
    yield Knock(
        "0.5", "names in other letters", lambda s: request(s.path, s.name).replace(b"Sec-WebSocket", b"SEC-webSOCKET")
    )
    yield Knock("0.6", "a query is ignored", lambda s: request(s.path + "?token=none&x=%00", s.name))
    yield Knock("0.7", "cookies and a user agent", but(Cookie="a=b; c=d", User_Agent="x" * 2_000))
    for n, origin in enumerate(("null", "http://evil.example", "", "not an origin \x7e\xe9", "http://" + "x" * 4_000)):
        said = f"a page of the origin {origin[:24]!a} is not ours"
        yield Knock(f"0.8.{n}", said, but(Origin=origin), frozenset({403}))
    yield Knock("0.9", "many headers", lambda s: request(s.path, s.name, more=[(f"X-{n}", "y") for n in range(60)]))


def wrong() -> Iterator[Knock]:
    """What is missing or wrong is refused (4.2.1, 4.2.2)."""
    for n, key in enumerate((None, "", "c2hvcnQ=", "not base64 at all!!!!!!!", "A" * 24, "A" * 200)):
        yield Knock(f"1.1.{n}", f"the key is {key!a:.20}", but(Sec_WebSocket_Key=key), frozenset({400}))
    twice = [("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA==")]
    yield Knock("1.2", "two keys", lambda s: request(s.path, s.name, more=twice), frozenset({400}))
    for version in ("12", "8", "0", "14", "255"):
        asked = but(Sec_WebSocket_Version=version)
        yield Knock(
            f"1.3 {version}", f"version {version}: told which is spoken (4.4)", asked, frozenset({426}), _SPOKEN
        )
    for version in (None, "13, 8", "256", "abc", "-13"):
        yield Knock(f"1.4 {version}", "no version", but(Sec_WebSocket_Version=version), frozenset({400, 426}))
    yield Knock("1.6", "no Upgrade", but(Upgrade=None), REFUSED)
    yield Knock("1.7", "another Upgrade", but(Upgrade="h2c"), REFUSED)
    yield Knock("1.8", "no Connection", but(Connection=None), REFUSED)
    yield Knock("1.9", "Connection says close", but(Connection="close"), REFUSED)
    for method in ("POST", "PUT", "HEAD", "OPTIONS", "BREW"):
        asked = _with(method=method, but={"Content-Length": "0"})
        yield Knock(f"1.10 {method}", f"{method} is no GET (4.1)", asked, REFUSED)
    yield Knock("1.11", "HTTP/1.0 has no Upgrade (4.1)", _with(version="HTTP/1.0"), REFUSED)
    yield Knock("1.12", "HTTP/2.0 in words", _with(version="HTTP/2.0"), REFUSED | SWITCHED)
    yield Knock("1.13", "no Host (RFC 9112, 3.2)", but(Host=None), frozenset({400}))
    yield Knock("1.14", "another place", lambda s: request("/v1/nowhere", s.name), REFUSED)
    yield Knock("1.15", "a place with a slash behind", lambda s: request(s.path + "/", s.name), REFUSED | {307})


_SPOKEN: Final = {"sec-websocket-version": "13"}


def _with(**more: object) -> Callable[[Speech], bytes]:
    return lambda s: request(s.path, s.name, **more)  # type: ignore[arg-type]


def subprotocols() -> Iterator[Knock]:
    """The first that both speak is taken; with none it opens and closes with 3503, so that pages see why."""
    unsupported: frozenset[int] = frozenset({CloseCode.UNSUPPORTED})
    none = {"sec-websocket-protocol": None}
    for n, offered in enumerate((None, "nothing", "courier.v9.json", "courier", "*")):
        yield Knock(f"2.1.{n}", f"offers {offered!a}", offering(lambda _, o=offered: o), headers=none, then=unsupported)
    yield Knock("2.1", "offers the empty word", offering(lambda _: ""), SWITCHED | {400}, none, then=unsupported)
    yield Knock("2.2", "the other channel's", offering(_others), headers=none, then=unsupported)
    yield Knock("2.3", "other letters", offering(lambda s: s.name.upper()), headers=none, then=unsupported)
    yield Knock("2.4", "the first that both speak", offering(lambda s: f"nothing, {s.name}, {_twin(s)}"))
    yield Knock("2.5", "without spaces", offering(lambda s: f"nothing,{s.name},{_twin(s)}"))
    yield Knock("2.6", "the same one twice", offering(lambda s: f"{s.name}, {s.name}"))
    yield Knock(
        "2.7", "over two lines", lambda s: request(s.path, "nothing", more=[("Sec-WebSocket-Protocol", s.name)])
    )
    many = offering(lambda s: ", ".join([*["x" * 20] * 1_000, s.name]))
    yield Knock("2.8", "a thousand that nobody speaks: taken or refused, but answered", many, SWITCHED | REFUSED)


def _others(s: Speech) -> str:
    return f"{'live' if s.channel == 'courier' else 'courier'}.v1.{s.encoding}"


def _twin(s: Speech) -> str:
    return f"{s.channel}.v1.{'msgpack' if s.encoding == 'json' else 'json'}"


def extensions() -> Iterator[Knock]:
    """Autobahn's 12 and 13: compression is declined however it is offered, and everything works without it."""
    declined = {"sec-websocket-extensions": None}
    offers = (
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8; server_max_window_bits=8",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits, permessage-deflate",
        "x-webkit-deflate-frame",
        "permessage-bzip2, permessage-snappy; x=1",
        "nobody-knows; a=b",
    )
    for n, offer in enumerate(offers):
        yield Knock(f"12.{n}", f"{offer!a:.50}", but(Sec_WebSocket_Extensions=offer), headers=declined)
    for n, rubbish in enumerate((";;;", "permessage-deflate; =", ",", '"')):
        asked = but(Sec_WebSocket_Extensions=rubbish)
        yield Knock(f"13.{n}", f"{rubbish!a} is no offer", asked, SWITCHED | {400}, declined)


def hostile() -> Iterator[Knock]:
    """What is no handshake at all: an error or the end, and never a session."""
    for n, (name, said) in enumerate(RUBBISH.items()):
        yield _gone(f"3.1.{n}", name, lambda _, b=said: b)
    yield _gone("3.2", "1 MiB in one header", but(X="y" * 2**20))
    yield _gone("3.3", "10,000 headers", _with(more=[("X", "y" * 90)] * 10_000))
    yield _gone("3.4", "1 MiB of path", lambda s: request(s.path + "?" + "y" * 2**20, s.name))
    yield _gone("3.5", "a zero in a header", but(X="a\x00b"))
    yield _gone("3.6", "a name that is none", _with(more=[("X y", "z")]))
    yield _gone("3.7", "bytes that are no ASCII in the path", lambda s: request(s.path + "\xff", s.name))
    many = _with(more=[(f"X-{n}", "y") for n in range(300)])
    yield Knock("3.8", "300 headers: taken or refused, but answered", many, SWITCHED | REFUSED)
    for n, (name, said) in enumerate(AFTERWARDS.items()):
        yield Knock(f"3.9.{n}", f"{name} after the handshake", _with(), then=frozenset({1002}), then_sends=said)


def _gone(id_: str, shows: str, asks: Callable[[Speech], bytes]) -> Knock:
    return Knock(id_, shows, asks, REFUSED, may_hang_up=True)


AFTERWARDS: Final = {"rubbish": b"\xff" * 64, "HTTP": request("/"), "a bare line": b"\r\n\r\n"}
RUBBISH: Final = {
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(190),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": bytes(256) + b"\r\n\r\n",
    "a frame before any handshake": b"\x81\x80\x00\x00\x00\x00\r\n\r\n",
    "no method": b" /v1/courier HTTP/1.1\r\n\r\n",
    "words": b"hello, is there anybody?\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
}

KNOCKS: Final = tuple(knock for category in (plain, wrong, subprotocols, extensions, hostile) for knock in category())
