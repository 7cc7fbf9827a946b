"""One-time codes: what is sent, what is stored, and what stops those who guess."""

import asyncio
import re
from dataclasses import dataclass, replace

import pytest

from dispatch.adapters.memory_channel import CodesInMemory, MemoryTickets
from dispatch.application import sign_in as module
from dispatch.application.channel_ports import CodeNotSent, CodeSender
from dispatch.application.sign_in import SignIn, Verdict, riders_by_phone
from dispatch.domain.courier import Account
from simulator.virtual_time import run_virtual
from tests.support.clocks import HandTicker
from tests.support.hub import rig
from tests.support.zones import courier

PHONE, HERE = "+8613800138000", "203.0.113.7"
RIGHT, WRONG, TOO_MANY = (Verdict.RIGHT, 0.0), (Verdict.WRONG, 0.0), Verdict.TOO_MANY_TRIES


@dataclass
class Door:
    """Signing in on tickets in memory, in a time of its own."""

    sign_in: SignIn
    ticker: HandTicker
    tickets: MemoryTickets
    sent: list[tuple[str, str, str]]

    async def ask(self, phone: str = PHONE, *, known: bool = True, address: str = HERE) -> float:
        wait_s = await self.sign_in.request(phone, address, "en", known=known)
        await asyncio.sleep(0)
        return wait_s

    async def enter(self, code: str, phone: str = PHONE, address: str = HERE) -> tuple[Verdict, float]:
        return await self.sign_in.redeem(phone, code, address)

    @property
    def code(self) -> str:
        return self.sent[-1][1]

    @property
    def other_code(self) -> str:
        return f"{(int(self.code) + 1) % 10**6:06d}"


def door(sender: CodeSender | None = None) -> Door:
    ticker, codes = HandTicker(), CodesInMemory()
    tickets = MemoryTickets(ticker)
    return Door(SignIn(secret=b"s" * 32, tickets=tickets, sender=sender or codes), ticker, tickets, codes.sent)


async def test_a_code_opens_once() -> None:
    """Six digits go to the phone in the wanted language; the right code is used up by the first who brings it."""
    d = door()
    assert await d.ask() == 0.0
    assert d.sent[0][0] == PHONE and re.fullmatch(r"[0-9]{6}", d.code) and d.sent[0][2] == "en"
    both = await asyncio.gather(d.enter(d.code), d.enter(d.code))
    assert sorted(verdict.value for verdict, _ in both) == ["right", "wrong"]
    assert d.sign_in.counters["sign_in_right"] == 1


async def test_a_code_dies_after_five_minutes() -> None:
    """Five minutes are enough to read an SMS."""
    d = door()
    await d.ask()
    d.ticker.pass_ms(299_999)
    assert await d.enter(d.other_code) == WRONG
    d.ticker.pass_ms(1)
    assert await d.enter(d.code) == WRONG


async def test_a_new_code_replaces_the_old() -> None:
    """And brings five new tries."""
    d = door()
    await d.ask()
    old = d.code
    d.ticker.pass_ms(30_000)
    await d.ask()
    if old != d.code:
        assert await d.enter(old) == WRONG
    assert await d.enter(d.code) == RIGHT


async def test_five_tries_and_then_not_even_the_right_code() -> None:
    """The sixth is refused before it is looked at; whoever asked for the code is told how long to wait for another."""
    d = door()
    await d.ask()
    for _ in range(5):
        assert await d.enter(d.other_code) == WRONG
    assert await d.enter(d.code) == (TOO_MANY, 30.0)


async def test_a_number_that_nobody_has_behaves_as_one_that_somebody_has() -> None:
    """Same limits, same verdicts in the same order; only that nothing is sent."""
    known, unknown = door(), door()
    stories = []
    for d, is_known in ((known, True), (unknown, False)):
        asked = [await d.ask(known=is_known), await d.ask(known=is_known)]
        wrong = "000000" if not is_known or d.code != "000000" else "000001"
        stories.append((asked, [await d.enter(wrong) for _ in range(7)]))
    assert stories[0] == stories[1]
    assert len(known.sent) == 1 and unknown.sent == []


async def test_codes_for_a_number_are_few() -> None:
    """One in 30 seconds, five an hour, wherever they are asked for."""
    d = door()
    for n in range(5):
        assert await d.ask(address=f"203.0.113.{n}") == 0.0
        assert await d.ask(address=f"198.51.100.{n}") == (30.0 if n < 4 else 3_600 - 120)
        d.ticker.pass_ms(30_000)
    assert await d.ask() == 3_600 - 150
    d.ticker.pass_ms(3_450_000)
    assert await d.ask() == 0.0 and len(d.sent) == 6


async def test_codes_for_an_address_are_few() -> None:
    """Thirty an hour from one address; a household's IPv6 network is one address; others are not disturbed."""
    d = door()
    for n in range(30):
        assert await d.ask(f"+86138001380{n:02d}", address=f"2001:db8:1:2::{n + 1:x}") == 0.0
    assert await d.ask("+8613900139000", address="2001:db8:1:2:ffff::1") == 3_600.0
    assert await d.ask("+8613900139000", address="2001:db8:1:3::1") == 0.0


async def test_an_address_may_not_try_many_numbers() -> None:
    """Guesses are counted over all numbers, so that a million phones do not make a guess at each worth while."""
    d = door()
    for n in range(120):
        assert await d.enter("000000", f"+8613800{n:06d}", "::ffff:203.0.113.7") == WRONG
    assert (await d.enter("000000", address=HERE))[0] is TOO_MANY
    assert await d.enter("000000", address="203.0.113.8") == WRONG
    assert await d.enter("000000", address="no address") == WRONG


async def test_the_store_holds_neither_number_nor_code() -> None:
    """What is stored is an HMAC with a salt: the same code for the same number looks different each time."""
    d = door()
    await d.ask()
    first = repr(d.tickets._tickets)
    d.ticker.pass_ms(30_000)
    await d.ask()
    kept = first + repr(d.tickets._tickets) + repr(d.tickets._taken_ms)
    assert "13800138000" not in kept and HERE not in kept
    assert not any(f"'{code}" in kept for _, code, _ in d.sent)
    names = [set(re.findall(r"sign-in:[0-9a-f]{32}", text)) for text in (first, kept)]
    assert names[0] == names[1] and len(names[0]) == 1


class Broken:
    """A sender that fails."""

    async def send(self, phone: str, code: str, lang: str) -> None:
        raise CodeNotSent("the sender answers 500")


async def test_a_sender_that_fails_is_counted_and_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The answer is the same; the log names neither number nor code."""
    d = door(Broken())
    assert await d.ask() == 0.0
    assert d.sign_in.counters["sign_in_sending_failed"] == 1
    assert "the sender answers 500" in caplog.text and PHONE not in caplog.text


class Stuck:
    """A sender that does not answer."""

    async def send(self, phone: str, code: str, lang: str) -> None:
        await asyncio.Event().wait()


async def test_a_stuck_sender_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it is counted up to a limit, and dropped beyond."""
    monkeypatch.setattr(module, "MAX_SENDING", 3)
    d = door(Stuck())
    for n in range(5):
        assert await d.ask(f"+861380013800{n}") == 0.0
    assert len(d.sign_in._sending) == 3 and d.sign_in.counters["sign_in_sending_dropped"] == 2
    for task in d.sign_in._sending:
        task.cancel()


def test_who_rides_with_a_number_of_two_zones() -> None:
    """Whoever may ride comes first: an account that was suspended in one zone does not lock out the one in another."""

    async def story() -> None:
        async with rig() as north, rig() as south:
            for zone, courier_id, account in ((north, "c8", Account.SUSPENDED), (south, "c9", Account.ACTIVE)):
                rider = replace(courier(courier_id), account=account, phone=PHONE)
                zone.hub.replica.state.couriers[courier_id] = rider
            north.hub.replica.state.couriers["c7"] = replace(courier("c7"), phone="no number")
            found = riders_by_phone((north.hub, south.hub), PHONE)
            assert [rider.id for _, rider in found] == ["c9", "c8"]
            assert riders_by_phone((north.hub, south.hub), "+8613900139000") == []

    run_virtual(story())
