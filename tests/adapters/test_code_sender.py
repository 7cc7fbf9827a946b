"""What brings codes to phones."""

import json

import httpx
import pytest

from dispatch.adapters.code_sender import NoCodes, PrintedCodes, WebhookCodes, code_sender
from dispatch.application.channel_ports import CodeNotSent

URL = "https://sms.example/hook?key=hush"


async def test_printed_codes_are_announced_and_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """One clear line each on stdout, and one at the start that says so; nothing on stderr, where the log is."""
    sender = code_sender("print")
    assert isinstance(sender, PrintedCodes)
    assert "for development only" in capsys.readouterr().out
    await sender.send("+8613800138000", "123456", "en")
    said = capsys.readouterr()
    assert said.out == "Sign-in code for +8613800138000: 123456\n" and said.err == ""


async def test_a_printed_code_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    """One for erasing is not taken for one to look with."""
    for purpose in ("lookup", "erasure"):
        await code_sender("print", purpose).send("+1", "1", "en")
    assert capsys.readouterr().out == "Look-up code for +1: 1\nErasure code for +1: 1\n"


async def test_without_a_sender_nothing_is_sent() -> None:
    """And that is told to whoever reads the log, once for each code."""
    sender = code_sender("none")
    assert isinstance(sender, NoCodes)
    with pytest.raises(CodeNotSent, match="DISPATCH_CODE_SENDER"):
        await sender.send("+1", "1", "en")


async def test_a_webhook_gets_number_code_and_language() -> None:
    """As one JSON object."""
    got: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(204)

    await WebhookCodes(URL, httpx.MockTransport(take)).send("+8613800138000", "123456", "zh-CN")
    assert str(got[0].url) == URL and got[0].method == "POST"
    assert json.loads(got[0].content) == {"phone": "+8613800138000", "code": "123456", "lang": "zh-CN"}


@pytest.mark.parametrize("status", [301, 400, 500])
async def test_only_2xx_is_success(status: int) -> None:
    """A redirect is not followed: it would take the code elsewhere."""
    asked: list[httpx.URL] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(CodeNotSent, match=f"answers {status}") as failed:
        await WebhookCodes(URL, httpx.MockTransport(refuse)).send("+8613800138000", "123456", "en")
    assert len(asked) == 1
    assert not any(secret in str(failed.value) for secret in ("hush", "123456", "13800138000"))


async def test_a_webhook_that_is_away() -> None:
    """Is told without its address, which may hold a secret."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(CodeNotSent, match="ConnectError") as failed:
        await WebhookCodes(URL, httpx.MockTransport(fail)).send("+1", "1", "en")
    assert "hush" not in str(failed.value)
    assert isinstance(code_sender(URL), WebhookCodes)


async def test_a_webhook_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is given up."""
    import asyncio

    from dispatch.adapters import code_sender as module

    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(module, "TIMEOUT_S", 0.01)
    with pytest.raises(CodeNotSent, match="TimeoutError"):
        await WebhookCodes(URL, httpx.MockTransport(never)).send("+1", "1", "en")
