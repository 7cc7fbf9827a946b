"""Sending by Web Push: to a real push service on the loopback, and nowhere that is not the internet."""

import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

import httpcore
import jwt
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch.adapters.public_http import PrivateTarget, PublicOnly
from dispatch.adapters.vapid import Vapid, encoded, kept_key
from dispatch.adapters.web_push import WebPush, encrypted, receipt_of
from dispatch.application.push_ports import PushMessage, PushSubscription, Receipt
from dispatch.domain.errors import InvalidInput
from tests.support.push_receiver import BrowserKeys, PushService, push_service

KEYS = BrowserKeys()
MESSAGE = PushMessage('{"title":"送达"}'.encode(), "topic-of-the-order", 600, urgent=True)
GONE = (Receipt.GONE, 0.0)


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(urlsafe_b64decode(text + "=")), ec.SECP256R1())


def subscription(endpoint: str, **more: str) -> PushSubscription:
    keys = {"p256dh": KEYS.p256dh, "auth": KEYS.auth, **more}
    return PushSubscription("z", "o1", "a" * 64, endpoint, **keys)


@pytest.fixture
def vapid(tmp_path: Path) -> Vapid:
    return Vapid(kept_key(tmp_path / "vapid-key"), "mailto:ops@shop.example")


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


def test_the_example_of_the_rfc() -> None:
    """RFC 8291, section 5, byte by byte."""
    browser = private_key("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
    keys = BrowserKeys(browser, urlsafe_b64decode("BTBZMqHH6r4Tts7J_aSIgg=="))
    own = private_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    salt = urlsafe_b64decode("DGv6ra1nlYgDCS1FRnbzlw==")
    plain = b"When I grow up, I want to be a watermelon"
    body = encrypted(plain, keys.p256dh, keys.auth, own, salt)
    assert encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert keys.read(body) == plain


async def test_a_browser_reads_what_was_sent(service: PushService, vapid: Vapid) -> None:
    """Encrypted for it alone, with the headers of RFC 8030, signed with the server's key for this service."""
    sender = WebPush(vapid, any_target=True)
    assert await sender.send(subscription(service.url()), MESSAGE) == (Receipt.TAKEN, 0.0)
    await sender.close()
    sent = service.sent[0]
    assert KEYS.read(sent.body) == MESSAGE.body and MESSAGE.body not in sent.body
    with pytest.raises(InvalidTag):
        BrowserKeys(auth=b"another browser.").read(sent.body)
    told = {name: sent.headers[name] for name in ("ttl", "topic", "urgency", "content-encoding")}
    assert told == {"ttl": "600", "topic": MESSAGE.topic, "urgency": "high", "content-encoding": "aes128gcm"}
    scheme, _, parts = sent.headers["authorization"].partition(" ")
    token, key = (part.partition("=")[2] for part in parts.split(", "))
    assert scheme == "vapid" and key == vapid.public_key
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), urlsafe_b64decode(f"{key}="))
    claims = jwt.decode(token, point, algorithms=["ES256"], audience=f"http://127.0.0.1:{service.port}")
    assert claims["sub"] == "mailto:ops@shop.example" and 0 < claims["exp"] - time.time() <= 24 * 3_600
    assert vapid.authorization(service.url()) == sent.headers["authorization"]


async def test_what_the_answers_mean(service: PushService, vapid: Vapid) -> None:
    """Gone is gone, an overload is waited for; a redirect is not followed, an endless body not read."""
    sender = WebPush(vapid, any_target=True)
    service.answers = [(410, {}), (503, {}), (429, {"Retry-After": "9"}), (307, {"Location": service.url("x")})]
    got = [await sender.send(subscription(service.url()), MESSAGE) for _ in range(4)]
    assert got == [GONE, (Receipt.LATER, 0.0), (Receipt.LATER, 9.0), (Receipt.REFUSED, 0.0)]
    assert [receipt_of(status) for status in (200, 404, 500, 403)] == [
        Receipt.TAKEN,
        Receipt.GONE,
        Receipt.LATER,
        Receipt.REFUSED,
    ]
    await sender.close()


async def test_a_service_that_is_away_may_come_back(vapid: Vapid) -> None:
    """Nobody listens, or nobody knows the name: later."""
    sender = WebPush(vapid, any_target=True)
    assert await sender.send(subscription("http://127.0.0.1:1/x"), MESSAGE) == (Receipt.LATER, 0.0)
    assert await sender.send(subscription("https://nowhere.invalid/x"), MESSAGE) == (Receipt.LATER, 0.0)
    await sender.close()


async def test_what_can_never_be_sent_is_gone(vapid: Vapid) -> None:
    """Keys that are on no curve, a scheme that nobody speaks."""
    sender = WebPush(vapid, any_target=True)
    off_curve = encoded(b"\4" + b"\1" * 64)
    assert await sender.send(subscription("http://127.0.0.1:1/x", p256dh=off_curve), MESSAGE) == GONE
    assert await sender.send(subscription("gopher://127.0.0.1:1/x"), MESSAGE) == GONE
    await sender.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_nothing_is_sent_into_the_house(service: PushService, vapid: Vapid, host: str) -> None:
    """The name is looked up, and the address that it leads to decides, before anything is connected."""
    sender = WebPush(vapid)
    assert await sender.send(subscription(f"http://{host}:{service.port}/x"), MESSAGE) == GONE
    assert service.sent == []
    await sender.close()
    with pytest.raises(PrivateTarget):
        await PublicOnly().connect_unix_socket("/run/x")


async def test_one_connects_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public now and private a moment later gets nobody in."""
    asked: list[str] = []

    async def connect(self: object, host: str, *_: object) -> None:
        asked.append(host)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    await PublicOnly().connect_tcp("93.184.215.14", 443)
    assert asked == ["93.184.215.14"]
    await PublicOnly().sleep(0)


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """Browsers have subscribed for it; only the owner may read it."""
    file = tmp_path / "data" / "vapid-key"
    first = kept_key(file)
    assert kept_key(file) == first and file.stat().st_mode & 0o077 == 0
    assert Vapid(first).public_key == Vapid(first + "=").public_key != Vapid(kept_key(tmp_path / "other")).public_key


@pytest.mark.parametrize("wrong", ["AAAA", "A" * 43, "?" * 43])
def test_a_wrong_key_is_said_to_be_one(wrong: str) -> None:
    """In one sentence that names the setting."""
    with pytest.raises(InvalidInput, match="DISPATCH_VAPID_KEY"):
        Vapid(wrong)
