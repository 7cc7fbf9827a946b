"""Who works at the desk: users, their sessions, what is done about them, and what keeps all of it.

Beside `ports`, with the same rules: `adapters` fill these protocols, `bootstrap` plugs them, and every method that
talks to a store may raise `StoreUnavailable`. Times are epoch ms of the store's own clock, never of a gateway's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dispatch.application.access import Role


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """An app that makes codes, see `second_factor`: asked for once `confirmed`. Of recovery codes hashes are kept."""

    salt: str
    confirmed: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffUser:
    """A member of staff. `zones`, `depots` empty: all of them. A session of a generation before `generation` is over.

    Until `one_time_until` the password is one that somebody else has made: it signs in only together with a new one.
    """

    id: str
    name: str
    role: Role
    zones: tuple[str, ...] = ()
    active: bool = True
    generation: int = 1
    password_hash: str = field(default="", repr=False)
    one_time_until: int | None = None
    created: int = 0
    changed: int = 0
    second: SecondFactor | None = field(default=None, repr=False)
    depots: tuple[str, ...] = ()

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in takes a code."""
        return self.second is not None and self.second.confirmed


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A sign-in. Of its refresh token only hashes are kept: of the one that is good, and of the one before it."""

    id: str
    user_id: str
    generation: int
    token_hash: str
    made_at: int
    used_at: int
    expires: int
    previous_hash: str = ""
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class SessionMark:
    """What a short-lived token says about the sign-in that it comes from."""

    user_id: str
    generation: int
    session_id: str


@dataclass(frozen=True, slots=True)
class StaffAct:
    """What was done about a user, and by whom; `detail` names roles and zones, never persons or secrets."""

    actor: str
    action: str
    user_id: str
    detail: str = ""
    at: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class UserEdit:
    """What a user becomes, and how the audit tells it; `action` empty: nothing was changed."""

    user: StaffUser
    action: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SessionEdit:
    """What a session becomes, what it is judged to be, and how the audit tells it (`action` empty: not at all)."""

    session: StaffSession
    user: StaffUser
    verdict: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Fences:
    """What has come to an end since a moment: generations of users, and single sessions. `now` is the store's time."""

    now: int
    generations: tuple[tuple[str, int], ...]
    ended: tuple[str, ...]


DecideUser = Callable[[int, StaffUser | None, Sequence[StaffUser]], UserEdit]
"""(now, the user as it is, all others) -> what the user becomes. Pure; raises `DomainError` to change nothing."""
DecideSession = Callable[[int, StaffSession, StaffUser], SessionEdit]
"""(now, the session as it is, its user) -> what the session becomes. Pure."""


class StaffStore(Protocol):
    """Users and their sessions."""

    async def now(self) -> int:
        """The store's time."""
        ...

    async def find(self, user_id: str) -> StaffUser | None:
        """The user of this id."""
        ...

    async def users(self) -> list[StaffUser]:
        """Everybody, by id."""
        ...

    async def edit_user(self, user_id: str, actor: str, decide: DecideUser, keep_session: str = "") -> StaffUser:
        """Change or make a user, one after the other over all gateways; the audit has it in the same transaction.

        `keep_session` goes on in the user's new generation. Raises what `decide` raises.
        """
        ...

    async def open_session(self, session: StaffSession, life_s: float) -> StaffSession:
        """Keep a new session for so long; its times are the store's. Those that have long expired are forgotten."""
        ...

    async def edit_session(self, session_id: str, decide: DecideSession) -> SessionEdit | None:
        """Change a session, one after the other over all gateways; None when there is none of this id."""
        ...

    async def fences(self, since: int) -> Fences:
        """What has ended since that moment; since 0: everything that still matters."""
        ...

    async def acts(self, limit: int) -> list[StaffAct]:
        """What was done, the newest first."""
        ...


class PasswordHasher(Protocol):
    """Makes passwords unreadable, slowly. Both methods leave the event loop alone."""

    async def hash(self, password: str) -> str:
        """What may be stored."""
        ...

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether it is the password; for an empty hash False, after as long a time."""
        ...
