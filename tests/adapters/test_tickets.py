"""One-time tickets and rate buckets: the same promises in memory and in Valkey."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from dispatch.adapters.memory_channel import MemoryTickets
from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.tickets import RedisTickets
from dispatch.application.channel_ports import Attempt, Rate, Tickets
from dispatch.application.ports import StoreUnavailable
from tests.support.clocks import HandTicker

Pass = Callable[[int], Awaitable[None]]


@pytest.fixture(params=["memory", "valkey", "cluster"])
def tickets_and_time(request: pytest.FixtureRequest) -> tuple[Tickets, Pass]:
    """Every kind of tickets, and how to let ms pass: in virtual time where there is one."""
    if request.param == "memory":
        ticker = HandTicker()

        async def pass_by_hand(ms: int) -> None:
            ticker.pass_ms(ms)

        return MemoryTickets(ticker), pass_by_hand

    async def wait(ms: int) -> None:
        await asyncio.sleep(ms / 1000)

    client = request.getfixturevalue("redis_client" if request.param == "valkey" else "cluster_client")
    return RedisTickets(client), wait


async def test_tries_are_counted_and_the_proof_comes_back(tickets_and_time: tuple[Tickets, Pass]) -> None:
    """Each look costs a try, and goes on below zero, so that too many can be told from unknown."""
    tickets, _ = tickets_and_time
    await tickets.issue("a", "salt:proof", 60, 2)
    found = [await tickets.attempt("a") for _ in range(3)]
    assert found == [Attempt("salt:proof", left) for left in (1, 0, -1)]
    assert await tickets.attempt("b") is None


async def test_exactly_one_redeems(tickets_and_time: tuple[Tickets, Pass]) -> None:
    """Of many at once; afterwards there is no ticket."""
    tickets, _ = tickets_and_time
    await tickets.issue("a", "proof", 60, 5)
    assert not await tickets.redeem("a", "another proof")
    won = await asyncio.gather(*(tickets.redeem("a", "proof") for _ in range(10)))
    assert sum(won) == 1
    assert await tickets.attempt("a") is None


async def test_a_new_ticket_replaces_the_old(tickets_and_time: tuple[Tickets, Pass]) -> None:
    """With its own proof, tries and time; the old proof redeems nothing."""
    tickets, pass_ms = tickets_and_time
    await tickets.issue("a", "old", 0.05, 1)
    await tickets.attempt("a")
    await tickets.issue("a", "new", 60, 5)
    await pass_ms(60)
    assert await tickets.attempt("a") == Attempt("new", 4)
    assert not await tickets.redeem("a", "old") and await tickets.redeem("a", "new")


async def test_a_ticket_expires(tickets_and_time: tuple[Tickets, Pass]) -> None:
    """Then it cannot be tried nor redeemed, and trying it does not bring it back."""
    tickets, pass_ms = tickets_and_time
    await tickets.issue("a", "proof", 0.05, 5)
    await pass_ms(60)
    assert await tickets.attempt("a") is None and not await tickets.redeem("a", "proof")
    assert await tickets.attempt("a") is None


async def test_a_bucket_holds_so_many_in_any_period(tickets_and_time: tuple[Tickets, Pass]) -> None:
    """The wait that is told is the one that is needed; a refused take costs nothing."""
    tickets, pass_ms = tickets_and_time
    rates = (Rate(3, 0.2),)
    assert [await tickets.take("ann", rates) for _ in range(3)] == [0.0] * 3
    wait_s = await tickets.take("ann", rates)
    assert 0 < wait_s <= 0.2
    await pass_ms(round(wait_s * 1000) + 1)
    assert await tickets.take("ann", rates) == 0.0
    assert await tickets.take("bob", rates) == 0.0


async def test_two_buckets_are_taken_from_together(tickets_and_time: tuple[Tickets, Pass]) -> None:
    """What the narrow one refuses is not taken from the wide one either; the longer wait is told."""
    tickets, pass_ms = tickets_and_time
    rates = (Rate(1, 0.05), Rate(2, 30))
    assert await tickets.take("ann", rates) == 0.0
    assert [0 < await tickets.take("ann", rates) <= 0.05 for _ in range(3)] == [True] * 3
    await pass_ms(60)
    assert await tickets.take("ann", rates) == 0.0
    await pass_ms(60)
    assert 20 < await tickets.take("ann", rates) <= 30


async def test_gateways_share_the_count(redis_client: Redis) -> None:
    """A hundred at once over two clients: exactly as many as allowed; and every key lives in one cluster slot."""
    gateways = [RedisTickets(redis_client), RedisTickets(redis_client)]
    waits_s = await asyncio.gather(*(gateways[n % 2].take("ann", (Rate(7, 30), Rate(50, 60))) for n in range(100)))
    assert waits_s.count(0.0) == 7
    slots = {await redis_client.execute_command("CLUSTER", "KEYSLOT", key) for key in await redis_client.keys()}
    assert len(slots) == 1


async def test_nothing_is_kept_for_ever(redis_client: Redis) -> None:
    """Every key has an end, so that callers who never come back cost nothing."""
    tickets = RedisTickets(redis_client)
    await tickets.take("ann", (Rate(7, 30),))
    await tickets.issue("a", "proof", 60, 5)
    await tickets.attempt("a")
    assert [0 < await redis_client.ttl(key) <= 60 for key in await redis_client.keys()] == [True, True]


async def test_flushall_only_means_asking_again(redis_client: Redis) -> None:
    """What is here may be lost; the scripts are loaded anew by themselves."""
    tickets = RedisTickets(redis_client)
    await tickets.issue("a", "proof", 60, 5)
    await redis_client.flushall()
    await redis_client.script_flush()
    assert await tickets.attempt("a") is None
    assert await tickets.take("ann", (Rate(1, 30),)) == 0.0


async def test_a_store_that_is_away() -> None:
    """Is said as such, so that nobody is let in or counted by mistake."""
    async with connect("redis://127.0.0.1:1") as client:
        tickets = RedisTickets(client)
        for asking in (tickets.attempt("a"), tickets.redeem("a", "p"), tickets.take("a", (Rate(1, 1),))):
            with pytest.raises(StoreUnavailable):
                await asking
        with pytest.raises(StoreUnavailable):
            await tickets.issue("a", "p", 1, 1)
