"""`StaffStore` in memory, with the same promises as the real one but durability, and a hasher in no time: for tests."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from dispatch.application.staff_ports import (
    DecideSession,
    DecideUser,
    Fences,
    SessionEdit,
    StaffAct,
    StaffSession,
    StaffUser,
)


class MemoryStaffStore:
    """See `StaffStore`. Its time is `wall_ms`."""

    def __init__(self, wall_ms: Callable[[], int]) -> None:
        self._wall_ms = wall_ms
        self._users: dict[str, StaffUser] = {}
        self._sessions: dict[str, StaffSession] = {}
        self._acts: list[StaffAct] = []

    async def now(self) -> int:
        """See `StaffStore`."""
        return self._wall_ms()

    async def find(self, user_id: str) -> StaffUser | None:
        """See `StaffStore`."""
        return self._users.get(user_id)

    async def users(self) -> list[StaffUser]:
        """See `StaffStore`."""
        return sorted(self._users.values(), key=lambda user: user.id)

    async def edit_user(self, user_id: str, actor: str, decide: DecideUser, keep_session: str = "") -> StaffUser:
        """See `StaffStore`."""
        at, before = self._wall_ms(), self._users.get(user_id)
        edit = decide(at, before, [user for user in await self.users() if user.id != user_id])
        if not edit.action:
            return edit.user
        after = replace(edit.user, created=before.created if before else at, changed=at)
        self._users[user_id] = after
        kept = self._sessions.get(keep_session)
        if kept and kept.user_id == user_id:
            self._sessions[keep_session] = replace(kept, generation=after.generation)
        self._note(StaffAct(actor, edit.action, user_id, edit.detail, at))
        return after

    async def open_session(self, session: StaffSession, life_s: float) -> StaffSession:
        """See `StaffStore`."""
        at = self._wall_ms()
        dated = replace(session, made_at=at, used_at=at, expires=at + round(life_s * 1000))
        self._sessions[session.id] = dated
        self._note(StaffAct(f"user:{session.user_id}", "signed_in", session.user_id, at=at))
        return dated

    async def edit_session(self, session_id: str, decide: DecideSession) -> SessionEdit | None:
        """See `StaffStore`."""
        session = self._sessions.get(session_id)
        user = self._users.get(session.user_id) if session else None
        if session is None or user is None:
            return None
        at = self._wall_ms()
        edit = decide(at, session, user)
        self._sessions[session_id] = edit.session
        if edit.action:
            self._note(StaffAct(f"{user.role}:{user.id}", edit.action, user.id, at=at))
        return edit

    async def fences(self, since: int) -> Fences:
        """See `StaffStore`."""
        users = tuple((user.id, user.generation) for user in await self.users() if user.changed >= since)
        ended = tuple(each.id for each in self._sessions.values() if each.ended_at and each.ended_at >= since)
        return Fences(self._wall_ms(), users, ended)

    async def acts(self, limit: int) -> list[StaffAct]:
        """See `StaffStore`."""
        return self._acts[::-1][:limit]

    def _note(self, act: StaffAct) -> None:
        self._acts.append(replace(act, number=len(self._acts) + 1))


class QuickHasher:
    """See `PasswordHasher`: safe for nothing but tests. `verified` is how many passwords it was asked about."""

    def __init__(self) -> None:
        self.verified = 0

    async def hash(self, password: str) -> str:
        """See `PasswordHasher`."""
        return hashlib.sha256(password.encode()).hexdigest()

    async def verify(self, password_hash: str, password: str) -> bool:
        """See `PasswordHasher`."""
        self.verified += 1
        return password_hash == hashlib.sha256(password.encode()).hexdigest()
