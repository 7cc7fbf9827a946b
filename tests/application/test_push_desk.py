"""Who may be told, and where push services may be."""

from dataclasses import replace

import pytest

from dispatch.adapters.clocks import SystemTicker
from dispatch.adapters.memory import MemoryZoneStore
from dispatch.adapters.memory_push import MemoryPushStore
from dispatch.application.callers import is_public
from dispatch.application.push_desk import MOST_OF_AN_ORDER, PushDesk, mark_of
from dispatch.application.push_ports import PushSubscription
from dispatch.domain.errors import Conflict, InvalidInput
from tests.support.push_receiver import BrowserKeys

KEYS = BrowserKeys()
URL = "https://push.example.net/send/abc"


def desk(*, any_target: bool = False) -> PushDesk:
    return PushDesk(MemoryPushStore(MemoryZoneStore(SystemTicker())), "key", any_target=any_target)


def wanted(endpoint: str = URL, **more: str) -> PushSubscription:
    return replace(PushSubscription("z", "o1", mark_of(endpoint), endpoint, KEYS.p256dh, KEYS.auth), **more)


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example.net/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest",
        "https://localhost/x",
        "https://valkey/x",
        "https://db.internal/x",
        "https://push.example.net:6379/x",
        "https://user@push.example.net/x",
        "https://push.example.net/x#y",
        "https://push.example.net:port/x",
        "https://[::1/x",
        "file:///etc/passwd",
        "https:///x",
        "https://push.example.net/a b",
    ],
)
async def test_only_public_push_services_are_taken(url: str) -> None:
    """Anybody with a link can name an endpoint: it must not lead into the house."""
    with pytest.raises(InvalidInput) as refused:
        await desk().subscribe(wanted(url))
    assert refused.value.code == "bad_push_endpoint"


async def test_ones_own_push_service_is_taken_when_that_is_set() -> None:
    """For tests and closed networks."""
    await desk(any_target=True).subscribe(wanted("http://127.0.0.1:8001/x"))
    with pytest.raises(InvalidInput):
        await desk(any_target=True).subscribe(wanted("ftp://127.0.0.1/x"))


@pytest.mark.parametrize("wrong", [{"p256dh": "BA"}, {"auth": "AAAA"}, {"p256dh": "%%%"}, {"p256dh": "A" * 87}])
async def test_keys_are_those_of_a_browser(wrong: dict[str, str]) -> None:
    """Others could never be sent to."""
    with pytest.raises(InvalidInput) as refused:
        await desk().subscribe(wanted(**wrong))
    assert refused.value.code == "bad_push_keys"


async def test_a_household_has_a_few_devices() -> None:
    """One more is refused; the same one again is not."""
    door = desk()
    for n in range(MOST_OF_AN_ORDER):
        await door.subscribe(wanted(f"{URL}{n}"))
    await door.subscribe(wanted(f"{URL}0"))
    with pytest.raises(Conflict) as refused:
        await door.subscribe(wanted(f"{URL}more"))
    assert refused.value.code == "too_many_subscriptions"
    await door.unsubscribe("z", "o1", mark_of(f"{URL}0"))
    await door.unsubscribe("z", "o1", mark_of(f"{URL}0"))
    await door.subscribe(wanted(f"{URL}more"))
    assert door.counters == {"push_subscribed": MOST_OF_AN_ORDER + 2, "push_unsubscribed": 1}


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    """Also by what an IPv6 address carries inside."""
    assert is_public(address) is public
