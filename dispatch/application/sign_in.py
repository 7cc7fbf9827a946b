"""Signing in by phone and one-time code.

The theory. Whoever asks for a code learns nothing about the number: known or not, a ticket is issued, the same limits
count, and the answer does not wait for the sender. Only a number that somebody rides with is sent its code. A code has
20 bits, so what protects it is the number of tries: five for a code, a few codes an hour for a number, and tries and
codes for each address. Stored is an HMAC under the server's secret with a salt of its own, so that whoever reads the
store cannot look the code up in a table of a million. A ticket is spent by exactly one caller.
"""

import asyncio
import hmac
import logging
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from dispatch.application.callers import network_of
from dispatch.application.channel_ports import CodeNotSent, CodeSender, Rate, Tickets
from dispatch.application.hub import ZoneHub
from dispatch.domain.courier import Account, Courier
from dispatch.domain.errors import InvalidInput
from dispatch.domain.phone import normalised_phone

log = logging.getLogger(__name__)

CODE_DIGITS: Final = 6
MAY_RIDE: Final = frozenset({Account.ACTIVE, Account.TRAINING})
MAX_SENDING: Final = 100
"""Codes on their way to the sender at once; more are dropped and counted, for the people can ask again."""


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """The limits. Durations are real seconds."""

    code_ttl_s: float = 300.0
    tries: int = 5
    codes_per_phone: tuple[Rate, ...] = (Rate(1, 30), Rate(5, 3600))
    """One at a time: an SMS takes a while, and five an hour are enough for anybody who reads them."""
    codes_per_address: tuple[Rate, ...] = (Rate(30, 3600),)
    """A depot's whole shift may share one address."""
    tries_per_address: tuple[Rate, ...] = (Rate(120, 3600),)


class Verdict(Enum):
    """What became of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY_TRIES = "too_many_tries"


class SignIn:
    """Issues and redeems codes. `counters` say what happened, never to whom."""

    def __init__(
        self, *, secret: bytes, tickets: Tickets, sender: CodeSender, policy: SignInPolicy | None = None
    ) -> None:
        self._secret = secret
        self._tickets = tickets
        self._sender = sender
        self.policy = policy or SignInPolicy()
        self.counters: Counter[str] = Counter()
        self._sending: set[asyncio.Task[None]] = set()

    async def request(self, phone: str, address: str, lang: str, *, known: bool) -> float:
        """Issue a code and send it if somebody rides with this number; 0.0. Or the seconds to wait before that.

        `phone` is normalised. Raises `StoreUnavailable`.
        """
        wait_s = await self._wait_s("codes", address, phone)
        if wait_s:
            self.counters["sign_in_codes_refused"] += 1
            return wait_s
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        salt = secrets.token_hex(8)
        proof = f"{salt}:{self._proof(phone, salt, code)}"
        await self._tickets.issue(self._name(phone), proof, self.policy.code_ttl_s, self.policy.tries)
        self.counters["sign_in_codes"] += 1
        self._hand_on(phone, code, lang, known=known)
        return 0.0

    async def redeem(self, phone: str, code: str, address: str) -> tuple[Verdict, float]:
        """(verdict, s to wait when there were too many tries). A right code is used up. Raises `StoreUnavailable`."""
        wait_s = await self._tickets.take(f"tries:{self._mark(network_of(address))}", self.policy.tries_per_address)
        if wait_s:
            return self._counted(Verdict.TOO_MANY_TRIES), wait_s
        attempt = await self._tickets.attempt(self._name(phone))
        if attempt is None:
            return self._counted(Verdict.WRONG), 0.0
        if attempt.tries_left < 0:
            return self._counted(Verdict.TOO_MANY_TRIES), self.policy.codes_per_phone[0].within_s
        salt, _, proof = attempt.proof.partition(":")
        if not hmac.compare_digest(self._proof(phone, salt, code), proof):
            return self._counted(Verdict.WRONG), 0.0
        won = await self._tickets.redeem(self._name(phone), attempt.proof)
        return self._counted(Verdict.RIGHT if won else Verdict.WRONG), 0.0

    def _counted(self, verdict: Verdict) -> Verdict:
        self.counters[f"sign_in_{verdict.value}"] += 1
        return verdict

    async def _wait_s(self, what: str, address: str, phone: str) -> float:
        """The address first: who asks for many numbers must not use up the codes of each of them."""
        policy = self.policy
        wait_s = await self._tickets.take(f"{what}:{self._mark(network_of(address))}", policy.codes_per_address)
        return wait_s or await self._tickets.take(f"{what}:{self._mark(phone)}", policy.codes_per_phone)

    def _hand_on(self, phone: str, code: str, lang: str, *, known: bool) -> None:
        """Beside the answer, which must not tell by its time whether something was sent."""
        if len(self._sending) >= MAX_SENDING:
            self.counters["sign_in_sending_dropped"] += 1
            return
        task = asyncio.create_task(self._send(phone, code, lang, known=known), name="send a sign-in code")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, phone: str, code: str, lang: str, *, known: bool) -> None:
        if not known:
            self.counters["sign_in_unknown_phone"] += 1
            return
        try:
            await self._sender.send(phone, code, lang)
            self.counters["sign_in_sent"] += 1
        except CodeNotSent as error:
            self.counters["sign_in_sending_failed"] += 1
            log.warning("a sign-in code was not sent: %s", error)

    def _name(self, phone: str) -> str:
        return f"sign-in:{self._mark(phone)}"

    def _mark(self, personal: str) -> str:
        """What stands for a number or an address in the store."""
        return hmac.digest(self._secret, b"mark of " + personal.encode(), "sha256").hex()[:32]

    def _proof(self, phone: str, salt: str, code: str) -> str:
        return hmac.digest(self._secret, f"sign-in code {phone} {salt} {code}".encode(), "sha256").hex()


def riders_by_phone(hubs: Iterable[ZoneHub], phone: str) -> list[tuple[ZoneHub, Courier]]:
    """Everybody who rides with this number, those who may ride first; looks at every courier, found or not."""
    found = [
        (hub, courier)
        for hub in hubs
        for courier in hub.replica.state.couriers.values()
        if _same_phone(courier.phone, phone)
    ]
    return sorted(found, key=lambda each: (each[1].account not in MAY_RIDE, each[0].zone_id, each[1].id))


def _same_phone(kept: str, phone: str) -> bool:
    try:
        return bool(kept) and normalised_phone(kept) == phone
    except InvalidInput:
        return False
