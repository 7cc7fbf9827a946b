"""What brings messages: a real mail server, real HTTP servers on loopback, and the one that only records."""

import asyncio
import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from dispatch.adapters.channels import Channels
from dispatch.adapters.mail import MailChannel, MailServer, written
from dispatch.adapters.message_gateway import GatewayChannel, RecordingChannel
from dispatch.adapters.webhooks import WebhookChannel
from dispatch.application.messaging.ports import TAKEN, Content, Sent, Target
from dispatch.application.messaging.table import Channel
from dispatch.application.push_ports import Receipt

CONTENT = Content(
    "0123abcd",
    "shopper.delivered",
    "zh-CN",
    "您的订单已送达",
    "订单 R-1",
    {"order": "R-1"},
    "https://d.example/t/x",
    '{"type":"order.delivered","data":{"order_id":"o1"}}',
)
SENDER = "Dispatch <no-reply@d.example>"


class Inbox:
    """What a mail server took, and how it answers."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Any]] = []
        self.rcpt, self.data, self.breaks = "250 OK", "250 OK", False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=default)))
        if self.breaks:
            server.transport.abort()
        return self.data


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def server(inbox: Inbox) -> AsyncIterator[asyncio.Server]:
    """A mail server on loopback that wants a password."""

    def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"us@er", b"pass")
        return AuthResult(success=right, handled=False)

    def speak() -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # that a password without TLS is none; here it is
            return SMTP(inbox, auth_required=True, auth_require_tls=False, authenticator=knows)

    async with await asyncio.get_running_loop().create_server(speak, "127.0.0.1", 0) as running:
        yield running


def port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def mail(server: asyncio.Server, password: str = "pass") -> MailChannel:  # noqa: S107 - of the test
    return MailChannel(MailServer.read(f"smtp://us%40er:{password}@127.0.0.1:{port_of(server)}"), SENDER)


async def test_a_mail_arrives_as_it_was_written(server: asyncio.Server, inbox: Inbox) -> None:
    """In plain text, in Chinese, known by its id; with the order's page."""
    channel = mail(server)
    assert await channel.send(Target("ada@example.com"), CONTENT) == TAKEN
    ((to, got),) = inbox.mails
    assert (to, got["To"], got["From"]) == (["ada@example.com"], "ada@example.com", SENDER)
    assert (got["Subject"], got["Message-ID"]) == (CONTENT.subject, "<0123abcd@d.example>")
    assert (got["Auto-Submitted"], got["Content-Language"]) == ("auto-generated", "zh-CN")
    assert got.get_content_type() == "text/plain"
    assert got.get_content().splitlines() == ["订单 R-1", "", "https://d.example/t/x"]
    await channel.close()


@pytest.mark.parametrize(
    ("rcpt", "data", "sent"),
    [
        ("550 no such user", "250 OK", Sent(Receipt.REFUSED, "smtp_550")),
        ("450 greylisted", "250 OK", Sent(Receipt.LATER, "smtp_450")),
        ("250 OK", "451 full", Sent(Receipt.LATER, "smtp_451")),
        ("250 OK", "554 no", Sent(Receipt.REFUSED, "smtp_554")),
    ],
)
async def test_what_a_mail_server_refuses(
    server: asyncio.Server, inbox: Inbox, rcpt: str, data: str, sent: Sent
) -> None:
    """For good, or for now, by the first digit of its answer."""
    inbox.rcpt, inbox.data = rcpt, data
    assert await mail(server).send(Target("ada@example.com"), CONTENT) == sent


async def test_what_nobody_knows_is_not_sent_twice(server: asyncio.Server, inbox: Inbox) -> None:
    """The server has the text and its answer is lost: it may have been delivered. Before the text it surely was not."""
    inbox.breaks = True
    assert await mail(server).send(Target("ada@example.com"), CONTENT) == Sent(Receipt.REFUSED, "unknown_outcome")
    assert len(inbox.mails) == 1
    assert await mail(server, "wrong").send(Target("a@example.com"), CONTENT) == Sent(Receipt.LATER, "smtp_login")
    port = port_of(server)
    server.close()
    gone = MailChannel(MailServer("127.0.0.1", port, tls=False), SENDER)
    assert await gone.send(Target("a@example.com"), CONTENT) == Sent(Receipt.LATER, "smtp_unreachable")


def test_no_line_gets_into_a_mails_head() -> None:
    """Whatever a subject or an address may hold."""
    with pytest.raises(ValueError, match=r"linefeed|newline|header"):
        written(replace(CONTENT, subject="a\r\nBcc: eve@example.com"), SENDER, "ada@example.com")
    with pytest.raises(ValueError, match=r"linefeed|newline|header"):
        written(CONTENT, SENDER, "ada@example.com\r\nBcc: eve@example.com")


def test_where_mail_goes() -> None:
    """Two schemes with their ports; what is not on this machine is spoken to by TLS only."""
    assert MailServer.read("smtps://mx.example") == MailServer("mx.example", 465, tls=True)
    far, here = MailServer.read("smtp://mx.example"), MailServer.read("smtp://127.0.0.1:25")
    assert (far.port, far.is_here, here.port, here.is_here) == (587, False, 25, True)
    for bad in ("http://mx.example", "smtp://", "mx.example"):
        with pytest.raises(ValueError, match="smtp://HOST:PORT"):
            MailServer.read(bad)


# --- HTTP ----------------------------------------------------------------------------------------------------------


class Listener:
    """A little HTTP server: what it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[str] = []
        self.url = ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        answer = self.answers.pop(0) if self.answers else "204 No Content"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    async with await asyncio.start_server(listener.take, "127.0.0.1", 0) as server:
        listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield listener


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver would do it, written down from Standard Webhooks and not from our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    ours = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(f"v1,{ours}", each) for each in headers["webhook-signature"].split(" "))


async def test_a_receiver_can_verify_a_webhook() -> None:
    """With the secret and with the one before it; with no other one, and not when a byte was changed."""
    new, old, other = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in range(3))
    channel = WebhookChannel(lambda: 1_700_000_000_999, any_target=True)
    async with listening() as listener:
        assert await channel.send(Target(listener.url, (new, old)), CONTENT) == TAKEN
        ((headers, body),) = listener.got
    assert body.decode() == CONTENT.body and headers["webhook-id"] == CONTENT.id
    assert (headers["webhook-timestamp"], headers["content-type"]) == ("1700000000", "application/json")
    assert verified(new, headers, body) and verified(old, headers, body)
    assert not verified(other, headers, body) and not verified(new, headers, body + b" ")
    assert not verified(new, headers | {"webhook-timestamp": "1700000001"}, body)
    await channel.close()


def test_the_example_of_the_standard() -> None:
    """The signature that the specification's reference libraries give for its example."""
    from dispatch.adapters.webhooks import signature

    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    ours = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert ours == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        ("302 Found\r\nLocation: /else", Sent(Receipt.LATER, "http_302")),
        ("404 Not Found", Sent(Receipt.LATER, "http_404")),
        ("410 Gone", Sent(Receipt.GONE, "http_410")),
        ("503 Later\r\nRetry-After: 7", Sent(Receipt.LATER, "http_503", 7.0)),
    ],
)
async def test_only_2xx_is_a_success(answer: str, sent: Sent) -> None:
    """Nobody is followed, and 410 is an end."""
    channel = WebhookChannel(lambda: 1, any_target=True)
    async with listening() as listener:
        listener.answers = [answer]
        assert await channel.send(Target(listener.url, ("whsec_AA==",)), CONTENT) == sent
        assert len(listener.got) == 1
    await channel.close()


async def test_no_webhook_leads_inside() -> None:
    """A private address is refused for good; one that is not there is tried later."""
    inside = WebhookChannel(lambda: 1)
    assert await inside.send(Target("https://127.0.0.1/hook"), CONTENT) == Sent(Receipt.REFUSED, "private_target")
    anywhere = WebhookChannel(lambda: 1, any_target=True)
    async with listening() as listener:
        pass
    assert await anywhere.send(Target(listener.url), CONTENT) == Sent(Receipt.LATER, "unreachable")
    assert await anywhere.send(Target("gopher://127.0.0.1/"), CONTENT) == Sent(Receipt.REFUSED, "bad_url")


async def test_a_gateway_is_asked_in_nobodys_words() -> None:
    """With an id by which it knows repeats; its answers are passed on without the URL."""
    async with listening() as listener:
        channel = GatewayChannel(Channel.WECHAT, listener.url)
        listener.answers = ["200 OK", "429 Slow\r\nRetry-After: 30", "500 Oh", "400 No"]
        found = [await channel.send(Target("+86 1"), CONTENT) for _ in range(4)]
        headers, body = listener.got[0]
    assert found == [
        TAKEN,
        Sent(Receipt.LATER, "http_429", 30.0),
        Sent(Receipt.LATER, "http_500"),
        Sent(Receipt.REFUSED, "http_400"),
    ]
    assert headers["idempotency-key"] == CONTENT.id
    assert json.loads(body) == {
        "id": "0123abcd",
        "channel": "wechat",
        "to": "+86 1",
        "template": "shopper.delivered",
        "lang": "zh-CN",
        "subject": "您的订单已送达",
        "text": "订单 R-1",
        "fields": {"order": "R-1"},
        "link": "https://d.example/t/x",
    }
    assert await channel.send(Target("+86 1"), CONTENT) == Sent(Receipt.LATER, "unreachable")
    await channel.close()


async def test_what_is_recorded_is_there_once_and_not_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file for the developer, readable by its owner only; the log names neither number nor words."""
    caplog.set_level("INFO")
    channel = RecordingChannel(Channel.SMS, tmp_path / "data" / "messages-recorded.jsonl")
    for content in (CONTENT, CONTENT, replace(CONTENT, id="next")):
        assert await channel.send(Target("+86 13800138000"), content) == TAKEN
    file = tmp_path / "data" / "messages-recorded.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["id"], line["to"]) for line in lines] == [
        ("0123abcd", "+86 13800138000"),
        ("next", "+86 13800138000"),
    ]
    assert file.stat().st_mode & 0o077 == 0
    told = [record for record in caplog.records if "recorded" in record.message]
    assert len(told) == 2 and "13800138000" not in repr([record.__dict__ for record in told])


async def test_the_channels_that_an_operator_sets(tmp_path: Path) -> None:
    """None, recorded or real; each with its promise about repeats."""
    channels = Channels(tmp_path, lambda: 1)
    channels.add_gateway(Channel.SMS, "record")
    channels.add_gateway(Channel.WECHAT, "https://gateway.example")
    channels.add_mail("smtp://127.0.0.1:25", SENDER)
    channels.add_webhooks("public")
    kinds = {name: (type(each), each.repeats_safely) for name, each in channels.by_name.items()}
    assert kinds == {
        Channel.SMS: (RecordingChannel, True),
        Channel.WECHAT: (GatewayChannel, True),
        Channel.EMAIL: (MailChannel, False),
        Channel.WEBHOOK: (WebhookChannel, True),
    }
    await channels.close()
    silent = Channels(tmp_path, lambda: 1)
    silent.add_gateway(Channel.SMS, "none")
    silent.add_mail("none", SENDER)
    silent.add_webhooks("off")
    assert silent.by_name == {}
    silent.add_mail("record", SENDER)
    assert isinstance(silent.by_name[Channel.EMAIL], RecordingChannel)
