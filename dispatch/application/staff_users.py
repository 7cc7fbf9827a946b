"""What admins do about users: make them, change them, give them a first password, shut them out.

Every act is a row of the audit, in the transaction of the change. The log says what was done and names nobody.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.application.access import Role, Subject
from dispatch.application.second_factor import remove
from dispatch.application.staff_guard import StaffGuard
from dispatch.application.staff_ports import (
    Fences,
    PasswordHasher,
    SessionMark,
    StaffAct,
    StaffStore,
    StaffUser,
    UserEdit,
)
from dispatch.application.staff_rules import (
    UserWish,
    check_password,
    give_one_time,
    known,
    manages,
    own_password,
    put_user,
    set_active,
    user_id_of,
)
from dispatch.application.staff_sessions import StaffSessions

log = logging.getLogger("dispatch.staff")
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""None of them can be taken for another one."""
_GROUPS, _GROUP_LENGTH = 4, 4
AT_THE_SERVER: Final = Subject(Role.ADMIN, "command-line")
"""Whoever can run commands beside the database."""


def new_one_time() -> str:
    """A password that can be read out on the telephone; 79 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


class StaffUsers:
    """See the module."""

    def __init__(self, store: StaffStore, hasher: PasswordHasher, guard: StaffGuard | None = None) -> None:
        self._store = store
        self._hasher = hasher
        self._guard = guard

    async def everybody(self, subject: Subject) -> list[StaffUser]:
        """Everybody whom the subject manages, by id."""
        return [user for user in await self._store.users() if manages(subject, user)]

    async def find(self, subject: Subject, user_id: str) -> StaffUser:
        """One of them. Raises `NotFound` or `Forbidden`."""
        return known(subject, await self._store.find(user_id))

    async def myself(self, mark: SessionMark) -> StaffUser | None:
        """The user whose sign-in it is."""
        return await self._store.find(mark.user_id)

    async def acts(self, subject: Subject, limit: int) -> list[StaffAct]:
        """What was done about those whom the subject manages, the newest first; an admin of all zones sees all of it:
        keys and erasures, too.
        """
        mine = {user.id for user in await self.everybody(subject)}
        return [act for act in await self._store.acts(limit) if not subject.zones or act.user_id in mine]

    async def put(self, subject: Subject, typed_id: str, wish: UserWish) -> StaffUser:
        """Make or change a user. Raises `DomainError`."""
        user_id = user_id_of(typed_id)
        return await self._edit(
            subject, user_id, lambda _, before, others: put_user(subject, user_id, wish, before, others)
        )

    async def set_active(self, subject: Subject, user_id: str, *, active: bool) -> StaffUser:
        """Shut a user out, or let them in again. Raises `DomainError`."""
        return await self._edit(subject, user_id, lambda _, before, others: set_active(subject, active, before, others))

    async def give_one_time(self, subject: Subject, user_id: str) -> tuple[StaffUser, str]:
        """A password that signs in once and has to be replaced then; it is told here only. Raises `DomainError`."""
        await self.find(subject, user_id)
        password = new_one_time()
        hashed = await self._hasher.hash(password)
        user = await self._edit(
            subject, user_id, lambda now, before, others: give_one_time(subject, hashed, now, before)
        )
        return user, password

    async def remove_second_factor(self, subject: Subject, user_id: str) -> StaffUser:
        """For whoever has lost both the phone and the recovery codes; ends their sessions. Raises `DomainError`."""
        await self.find(subject, user_id)
        return await self._edit(subject, user_id, lambda _, before, others: remove(before, ends_sessions=True))

    async def set_password(self, subject: Subject, user_id: str, password: str) -> StaffUser:
        """The password as it shall stay; only from beside the database. Raises `DomainError`."""
        seen = await self.find(subject, user_id)
        hashed = await self._hasher.hash(check_password(user_id, password))
        return await self._edit(subject, user_id, lambda _, before, others: own_password(hashed, seen, before))

    async def _edit(
        self, subject: Subject, user_id: str, decide: Callable[[int, StaffUser | None, Sequence[StaffUser]], UserEdit]
    ) -> StaffUser:
        done = ""

        def decide_and_note(now: int, before: StaffUser | None, others: Sequence[StaffUser]) -> UserEdit:
            nonlocal done
            edit = decide(now, before, others)
            done = edit.action
            return edit

        user = await self._store.edit_user(user_id, subject.actor, decide_and_note)
        if done:
            log.info("staff", extra={"fields": {"act": done, "by": subject.role.value}})
        if self._guard:
            self._guard.learn(Fences(0, ((user.id, user.generation),), ()))
        return user


@dataclass(frozen=True, slots=True)
class Staff:
    """All that the web needs about staff."""

    users: StaffUsers
    sessions: StaffSessions
    guard: StaffGuard
