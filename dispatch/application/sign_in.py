"""Signing in by phone and one-time code.

The theory. Whoever asks for a code learns nothing about the number: known or not, a ticket is issued, the same limits
count, and the answer does not wait for the sender. Only a number that somebody rides with is sent its code. A code has
20 bits, so what protects it is the number of tries: five for a code, a few codes an hour for a number, and tries and
codes for each address. Stored is an HMAC under the server's secret with a salt of its own, so that whoever reads the
store cannot look the code up in a table of a million. A ticket is spent by exactly one caller.

The same serves whoever looks for their orders (`purpose`). There a code may be asked for by the number of an order,
and whoever does so must not learn whose it is: tickets and limits go by what was asked with, and how many codes one
phone is sent in all is limited in silence. A code that was not sent has a ticket that no code opens.
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
from dispatch.domain.courier import MAY_RIDE, Courier
from dispatch.domain.errors import InvalidInput
from dispatch.domain.phone import normalised_phone

log = logging.getLogger(__name__)

CODE_DIGITS: Final = 6
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
    sent_per_phone: tuple[Rate, ...] = ()
    """Beyond these nothing is sent, and nobody is told; for codes that are asked for by something else."""


LOOKUP_POLICY: Final = SignInPolicy(
    codes_per_address=(Rate(20, 3600),),
    tries_per_address=(Rate(60, 3600),),
    sent_per_phone=(Rate(1, 20), Rate(5, 3600)),
)
"""For shoppers: a household has one address and a few orders."""


class Verdict(Enum):
    """What became of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY_TRIES = "too_many_tries"


class SignIn:
    """Issues and redeems codes. `counters` say what happened, never to whom."""

    def __init__(
        self,
        *,
        secret: bytes,
        tickets: Tickets,
        sender: CodeSender,
        policy: SignInPolicy | None = None,
        purpose: str = "sign-in",
    ) -> None:
        self._purpose = purpose
        self._counted_as = purpose.replace("-", "_")
        self._secret = secret
        self._tickets = tickets
        self._sender = sender
        self.policy = policy or SignInPolicy()
        self.counters: Counter[str] = Counter()
        self._sending: set[asyncio.Task[None]] = set()

    async def request(self, phone: str, address: str, lang: str, *, known: bool, asked: str = "") -> float:
        """Issue a code and send it if the number is `known`; 0.0. Or the seconds to wait before that.

        `phone` is normalised; empty when what was `asked` with leads to none. Raises `StoreUnavailable`.
        """
        asked = asked or phone
        wait_s = await self._wait_s("codes", address, asked)
        if wait_s:
            self._count("codes_refused")
            return wait_s
        sends = await self._may_send(phone or asked) and known
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        salt = secrets.token_hex(8)
        proof = self._proof(phone, salt, code) if sends else secrets.token_hex(32)
        await self._tickets.issue(self._name(asked), f"{salt}:{proof}", self.policy.code_ttl_s, self.policy.tries)
        self._count("codes")
        self._hand_on(phone, code, lang, sends=sends)
        return 0.0

    async def _may_send(self, phone: str) -> bool:
        """Asked for every number, known or not, so that the answer takes the same time."""
        rates = self.policy.sent_per_phone
        return not rates or not await self._tickets.take(f"{self._purpose}:sent:{self._mark(phone)}", rates)

    async def redeem(self, phone: str, code: str, address: str, *, asked: str = "") -> tuple[Verdict, float]:
        """(verdict, s to wait when there were too many tries). A right code is used up. Raises `StoreUnavailable`."""
        asked, rates = asked or phone, self.policy.tries_per_address
        wait_s = await self._tickets.take(f"{self._purpose}:tries:{self._mark(network_of(address))}", rates)
        if wait_s:
            return self._counted(Verdict.TOO_MANY_TRIES), wait_s
        attempt = await self._tickets.attempt(self._name(asked))
        if attempt is None:
            return self._counted(Verdict.WRONG), 0.0
        if attempt.tries_left < 0:
            return self._counted(Verdict.TOO_MANY_TRIES), self.policy.codes_per_phone[0].within_s
        salt, _, proof = attempt.proof.partition(":")
        if not hmac.compare_digest(self._proof(phone, salt, code), proof):
            return self._counted(Verdict.WRONG), 0.0
        won = await self._tickets.redeem(self._name(asked), attempt.proof)
        return self._counted(Verdict.RIGHT if won else Verdict.WRONG), 0.0

    def _counted(self, verdict: Verdict) -> Verdict:
        self._count(verdict.value)
        return verdict

    def _count(self, what: str) -> None:
        self.counters[f"{self._counted_as}_{what}"] += 1

    async def _wait_s(self, what: str, address: str, asked: str) -> float:
        """The address first: who asks for many numbers must not use up the codes of each of them."""
        policy = self.policy
        what = f"{self._purpose}:{what}"
        wait_s = await self._tickets.take(f"{what}:{self._mark(network_of(address))}", policy.codes_per_address)
        return wait_s or await self._tickets.take(f"{what}:{self._mark(asked)}", policy.codes_per_phone)

    def _hand_on(self, phone: str, code: str, lang: str, *, sends: bool) -> None:
        """Beside the answer, which must not tell by its time whether something was sent."""
        if len(self._sending) >= MAX_SENDING:
            self._count("sending_dropped")
            return
        task = asyncio.create_task(self._send(phone, code, lang, sends=sends), name="send a one-time code")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, phone: str, code: str, lang: str, *, sends: bool) -> None:
        if not sends:
            self._count("unknown_phone")
            return
        try:
            await self._sender.send(phone, code, lang)
            self._count("sent")
        except CodeNotSent as error:
            self._count("sending_failed")
            log.warning("a %s code was not sent: %s", self._purpose, error)

    def _name(self, asked: str) -> str:
        return f"{self._purpose}:{self._mark(asked)}"

    def _mark(self, personal: str) -> str:
        """What stands for a number or an address in the store."""
        return hmac.digest(self._secret, b"mark of " + personal.encode(), "sha256").hex()[:32]

    def _proof(self, phone: str, salt: str, code: str) -> str:
        return hmac.digest(self._secret, f"{self._purpose} code {phone} {salt} {code}".encode(), "sha256").hex()


def riders_by_phone(hubs: Iterable[ZoneHub], phone: str) -> list[tuple[ZoneHub, Courier]]:
    """Everybody who rides with this number, those who may ride first; looks at every courier, found or not."""
    found = [
        (hub, courier)
        for hub in hubs
        for courier in hub.replica.state.couriers.values()
        if same_phone(courier.phone, phone)
    ]
    return sorted(found, key=lambda each: (each[1].account not in MAY_RIDE, each[0].zone_id, each[1].id))


def same_phone(kept: str, phone: str) -> bool:
    """Whether a number as somebody typed it is this normalised one."""
    try:
        return bool(kept) and normalised_phone(kept) == phone
    except InvalidInput:
        return False
