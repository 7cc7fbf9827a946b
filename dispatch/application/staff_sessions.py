"""Signing in by user name and password, and staying signed in by a refresh token that changes with every use.

The theory. Whoever signs in learns nothing about a name: an unknown one costs the same time and the same tries. The
refresh token has 256 bits and stands in a cookie that no script reads; each use replaces it, and one that was used up
and comes again ends the session, for then two have it. What follows a token is made of the token and the server's
secret: a repeat within seconds (a lost answer, two tabs) gets the same successor, and nobody else can make it.
"""

import hashlib
import hmac
import logging
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final

from dispatch.application import second_factor
from dispatch.application.callers import network_of
from dispatch.application.channel_ports import Rate, Tickets
from dispatch.application.second_factor import Enrolment
from dispatch.application.staff_guard import StaffGuard
from dispatch.application.staff_ports import (
    Fences,
    PasswordHasher,
    SessionEdit,
    SessionMark,
    StaffSession,
    StaffStore,
    StaffUser,
)
from dispatch.application.staff_rules import (
    SessionPolicy,
    Shown,
    Use,
    check_password,
    end_sessions,
    leave_session,
    own_password,
    plain_password,
    use_session,
    user_id_of,
)
from dispatch.domain.errors import Forbidden, InvalidInput

log = logging.getLogger(__name__)
TOKEN_BYTES: Final = 32
DecideShown = Callable[[Shown, int, StaffSession, StaffUser], SessionEdit]


@dataclass(frozen=True, slots=True)
class TryPolicy:
    """How often passwords may be tried."""

    per_user: tuple[Rate, ...] = (Rate(6, 60), Rate(40, 3600))
    per_address: tuple[Rate, ...] = (Rate(30, 60), Rate(300, 3600))
    """A control room may share one address."""
    codes_per_user: tuple[Rate, ...] = (Rate(5, 60), Rate(20, 3600))
    """Codes have six digits, three of them are right at any moment."""


class Denial(StrEnum):
    """Why somebody was not let in."""

    WRONG = "wrong"
    TOO_MANY_TRIES = "too_many_tries"
    INACTIVE = "inactive"
    MUST_CHANGE = "must_change"
    ONE_TIME_OVER = "one_time_over"
    ENDED = "ended"
    CODE_NEEDED = "code_needed"
    WRONG_CODE = "wrong_code"


class Denied(Exception):
    """Not let in, for a reason; `wait_s` when there were too many tries."""

    def __init__(self, why: Denial, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody is signed in. `refresh_token` is the next one, good for `life_s`."""

    user: StaffUser
    mark: SessionMark
    life_s: float
    refresh_token: str = field(repr=False)


class StaffSessions:
    """See the module. `counters` say what happened, never to whom."""

    def __init__(
        self,
        *,
        secret: bytes,
        store: StaffStore,
        hasher: PasswordHasher,
        tickets: Tickets,
        guard: StaffGuard,
        policy: SessionPolicy | None = None,
        tries: TryPolicy | None = None,
    ) -> None:
        self._secret = secret
        self._store = store
        self._hasher = hasher
        self._tickets = tickets
        self._guard = guard
        self.policy = policy or SessionPolicy()
        self.tries = tries or TryPolicy()
        self.counters: Counter[str] = Counter()

    async def has_users(self) -> bool:
        """Whether there is anybody who could sign in."""
        return bool(await self._store.users())

    async def sign_in(
        self, typed_user: str, password: str, new_password: str, address: str, *, code: str = ""
    ) -> Entered:
        """Let somebody in. `new_password` replaces a one-time password, `code` is of the second factor.

        Raises `Denied`, or `InvalidInput` for a new password that would be guessed.
        """
        user = await self._proven(typed_user, password, address)
        if not user.active:
            raise self._denied(Denial.INACTIVE)
        if user.one_time_until is not None:
            await self._check_replacement(user, password, new_password)
        await self.use_code(user, code)
        if user.one_time_until is not None:
            user = await self._set_password(user, new_password)
        session_id, secret = secrets.token_hex(16), secrets.token_urlsafe(TOKEN_BYTES)
        token = f"{session_id}.{secret}"
        session = StaffSession(session_id, user.id, user.generation, _hash(token), 0, 0, 0)
        await self._store.open_session(session, self.policy.idle_s)
        self.counters["staff_sign_ins"] += 1
        return Entered(user, SessionMark(user.id, user.generation, session_id), self.policy.idle_s, token)

    async def refresh(self, token: str) -> Entered:
        """Let somebody stay. Raises `Denied`."""
        edit = await self._edit(token, partial(use_session, self.policy))
        if edit is None or edit.verdict in (Use.OVER, Use.STOLEN):
            if edit and edit.verdict == Use.STOLEN:
                self._guard.learn(Fences(0, (), (edit.session.id,)))
                self.counters["staff_refresh_tokens_reused"] += 1
                log.warning("a refresh token was used twice; its session has ended")
            raise self._denied(Denial.ENDED)
        self.counters["staff_refreshes"] += 1
        life_s = (edit.session.expires - edit.session.used_at) / 1000
        mark = SessionMark(edit.user.id, edit.session.generation, edit.session.id)
        return Entered(edit.user, mark, life_s, self._next(token))

    async def sign_out(self, token: str, *, everywhere: bool) -> None:
        """End the session of this token, or every one of its user. A token that opens nothing ends nothing."""
        edit = await self._edit(token, leave_session)
        if edit is None or edit.verdict != Use.GOOD:
            return
        self._guard.learn(Fences(0, (), (edit.session.id,)))
        self.counters["staff_sign_outs"] += 1
        if everywhere:
            who = edit.user
            user = await self._store.edit_user(who.id, _actor(who), lambda now, before, others: end_sessions(before))
            self._guard.learn(Fences(0, ((user.id, user.generation),), ()))

    async def change_password(self, mark: SessionMark, password: str, new_password: str, address: str) -> Entered:
        """Give oneself another password: every other session ends, this one goes on. Raises as `sign_in`."""
        user = await self._proven(mark.user_id, password, address)
        user = await self._set_password(user, new_password, mark.session_id)
        return Entered(user, SessionMark(user.id, user.generation, mark.session_id), self.policy.idle_s, "")

    # --- the second factor -----------------------------------------------------------------------------------------

    async def begin_second_factor(self, mark: SessionMark, password: str, address: str) -> Enrolment:
        """What the user's app has to be told. Raises `Denied`, or `Conflict` when there is a second factor already."""
        user = await self._proven(mark.user_id, password, address)
        begun = await self._store.edit_user(
            user.id, _actor(user), lambda _, before, others: second_factor.begin(before)
        )
        return second_factor.enrolment(self._secret, begun)

    async def confirm_second_factor(self, mark: SessionMark, code: str) -> tuple[str, ...]:
        """Codes are asked for from now on; returns the recovery codes. Raises `Denied` or `Conflict`."""
        await self._count_try(f"code:{self._mark(mark.user_id)}", self.tries.codes_per_user)
        codes, hashes = second_factor.recovery_codes(mark.user_id)
        try:
            await self._store.edit_user(
                mark.user_id,
                f"user:{mark.user_id}",
                lambda now, before, others: second_factor.confirm(self._secret, code, hashes, now, before),
            )
        except Forbidden:
            raise self._denied(Denial.WRONG_CODE) from None
        self.counters["staff_second_factors_on"] += 1
        return codes

    async def remove_second_factor(self, mark: SessionMark, password: str, code: str, address: str) -> None:
        """The password alone is enough again. Raises `Denied`."""
        user = await self._proven(mark.user_id, password, address)
        await self.use_code(user, code)
        await self._store.edit_user(
            user.id, _actor(user), lambda _, before, others: second_factor.remove(before, ends_sessions=False)
        )
        self.counters["staff_second_factors_off"] += 1

    async def _proven(self, typed_user: str, password: str, address: str) -> StaffUser:
        """The user of this name and password. Raises `Denied`."""
        await self._count_try(f"address:{self._mark(network_of(address))}", self.tries.per_address)
        try:
            user_id = user_id_of(typed_user)
        except InvalidInput:
            user_id = ""
        await self._count_try(f"user:{self._mark(user_id or typed_user)}", self.tries.per_user)
        user = await self._store.find(user_id) if user_id else None
        right = await self._hasher.verify(user.password_hash if user else "", plain_password(password))
        if user is None or not right:
            raise self._denied(Denial.WRONG)
        return user

    async def _count_try(self, what: str, rates: tuple[Rate, ...]) -> None:
        wait_s = await self._tickets.take(f"staff-{what}", rates)
        if wait_s:
            raise self._denied(Denial.TOO_MANY_TRIES, wait_s)

    async def use_code(self, user: StaffUser, code: str) -> None:
        """Use up a code of the user's second factor, where there is one. Raises `Denied`."""
        if not user.has_second_factor:
            return
        if not code:
            raise self._denied(Denial.CODE_NEEDED)
        await self._count_try(f"code:{self._mark(user.id)}", self.tries.codes_per_user)
        try:
            await self._store.edit_user(
                user.id, _actor(user), lambda now, before, others: second_factor.use(self._secret, code, now, before)
            )
        except Forbidden:
            raise self._denied(Denial.WRONG_CODE) from None

    async def _check_replacement(self, user: StaffUser, password: str, new_password: str) -> None:
        if await self._store.now() >= (user.one_time_until or 0):
            raise self._denied(Denial.ONE_TIME_OVER)
        if not new_password:
            raise self._denied(Denial.MUST_CHANGE)
        if plain_password(new_password) == plain_password(password):
            raise InvalidInput("same_password", "Choose another password than the one that you were given.")
        check_password(user.id, new_password)

    async def _set_password(self, user: StaffUser, new_password: str, keep_session: str = "") -> StaffUser:
        hashed = await self._hasher.hash(check_password(user.id, new_password))
        changed = await self._store.edit_user(
            user.id, _actor(user), lambda now, before, others: own_password(hashed, user, before), keep_session
        )
        self._guard.learn(Fences(0, ((changed.id, changed.generation),), ()))
        self.counters["staff_passwords_changed"] += 1
        return changed

    async def _edit(self, token: str, decide: DecideShown) -> SessionEdit | None:
        session_id, _, secret = token.partition(".")
        if not session_id or not secret or not token.isascii() or not token.isprintable():
            return None
        shown = Shown(_hash(token), _hash(self._next(token)))
        return await self._store.edit_session(session_id, partial(decide, shown))

    def _next(self, token: str) -> str:
        """What follows a refresh token."""
        digest = hmac.digest(self._secret, b"what follows the refresh token " + token.encode(), "sha256")
        return f"{token.partition('.')[0]}.{urlsafe_b64encode(digest).decode().rstrip('=')}"

    def _mark(self, personal: str) -> str:
        """What stands for a name or an address in the store of tries."""
        return hmac.digest(self._secret, b"staff mark of " + personal.encode(), "sha256").hex()[:32]

    def _denied(self, why: Denial, wait_s: float = 0.0) -> Denied:
        self.counters[f"staff_denied_{why}"] += 1
        return Denied(why, wait_s)


def _actor(user: StaffUser) -> str:
    return f"{user.role}:{user.id}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
