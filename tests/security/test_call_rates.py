"""Who calls too often is told how long to wait, costs nothing further, and keeps nobody else waiting."""

import httpx
import pytest

from dispatch.application.call_rates import MOST_BUCKETS, CallRates, Pace
from tests.support.clocks import HandTicker
from tests.support.web import House, listening, order_body


def test_a_burst_and_then_a_pace() -> None:
    """Three at once, then one every half second; what is refused is not counted against anybody."""
    ticker = HandTicker()
    rates = CallRates(ticker, per_address=Pace(2.0, 3))
    assert [rates.take_address("1.2.3.4") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert [rates.take_address("1.2.3.4") for _ in range(50)] == [0.5] * 50
    assert rates.take_address("1.2.3.5") == 0.0
    ticker.pass_ms(500)
    assert rates.take_address("1.2.3.4") == 0.0 and rates.take_address("1.2.3.4") == 0.5
    ticker.pass_ms(10_000)
    assert [rates.take_address("1.2.3.4") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert rates.counters["calls_refused_address"] == 52


def test_a_household_has_one_bucket() -> None:
    """IPv6 gives everybody 2**64 addresses; and the same IPv4 address is the same caller in its IPv6 form."""
    rates = CallRates(HandTicker(), per_address=Pace(1.0, 1))
    assert rates.take_address("2001:db8:1:2::1") == 0.0 and rates.take_address("2001:db8:1:2:ffff::9") == 1.0
    assert rates.take_address("9.9.9.9") == 0.0 and rates.take_address("::ffff:9.9.9.9") == 1.0


def test_the_memory_is_bounded_and_the_flooder_is_remembered() -> None:
    """A million callers take no more room than the limit, full buckets none; who goes on calling is not forgotten."""
    ticker = HandTicker()
    rates = CallRates(ticker, per_subject=Pace(0.001, 1))
    assert rates.take_subject("flooder") == 0.0
    for n in range(MOST_BUCKETS * 2):
        rates.take_subject(f"s{n}")
        if n % 1_000 == 0:
            assert rates.take_subject("flooder") > 0
    assert len(rates) == MOST_BUCKETS
    ticker.pass_ms(1_000_000)
    rates.take_subject("one")
    assert len(rates) == 1


@pytest.fixture
def strict(h: House) -> House:
    """The house with five calls at once for an address, two for a subject, and next to none a second."""
    h.services.call_rates = CallRates(h.services.ticker, Pace(0.01, 5), Pace(0.01, 2))
    return h


def told(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["content-type"], answer.json()["code"]


async def test_a_subject_that_calls_too_often(strict: House) -> None:
    """429 with Retry-After, before its body is read; nothing is placed, another subject goes on, and it is counted."""
    for _ in range(2):
        assert (await strict.http.get("/v1/orders", headers=strict.headers("integrator", "shop-1"))).is_success
    refused = await strict.http.post("/v1/orders", json=order_body(), headers=strict.headers("integrator", "shop-1"))
    assert told(refused) == (429, "application/problem+json", "too_many_calls")
    assert 1 <= int(refused.headers["retry-after"]) <= 100
    assert not strict.hub.replica.state.orders
    assert (await strict.http.get("/v1/orders", headers=strict.headers("integrator", "shop-2"))).is_success
    assert strict.services.call_rates.counters["calls_refused_subject"] == 1


async def test_an_address_that_calls_too_often(strict: House) -> None:
    """Also without a token and for pages; with every security header; a forged X-Forwarded-For does not help."""
    for path in ("/healthz", "/v1/orders", "/t/x", "/nothing", "/v1/city"):
        assert (await strict.http.get(path)).status_code != 429
    refused = await strict.http.get("/v1/track/secret-link", headers={"X-Forwarded-For": "8.8.8.8"})
    assert told(refused) == (429, "application/problem+json", "too_many_calls")
    assert refused.json()["instance"] == "/v1/track/*" and refused.headers["x-content-type-options"] == "nosniff"
    assert strict.services.call_rates.counters["calls_refused_address"] == 1


@pytest.mark.parametrize(("trusted", "passed"), [((), 5), (("127.0.0.0/8",), 8)])
async def test_only_a_trusted_proxy_says_for_whom_it_calls(
    strict: House, trusted: tuple[str, ...], passed: int
) -> None:
    """Over a real socket: eight callers behind a proxy that is trusted have a bucket each; of a stranger, none has."""
    strict.services.trusted_proxies = trusted
    async with listening(strict) as address, httpx.AsyncClient(trust_env=False) as http:
        answers = [
            (await http.get(f"http://{address}/healthz", headers={"X-Forwarded-For": f"8.8.8.{n}"})).status_code
            for n in range(8)
        ]
    assert (answers.count(200), answers.count(429)) == (passed, 8 - passed)
