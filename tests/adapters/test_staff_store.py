"""Users of the desk and their sessions: the same promises in memory, SQLite and PostgreSQL; and Argon2id."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from dispatch.adapters.clocks import wall_ms
from dispatch.adapters.memory_staff import MemoryStaffStore
from dispatch.adapters.passwords import ArgonHasher
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.staff import SqlStaffStore
from dispatch.application.access import Role, Subject
from dispatch.application.staff_ports import (
    DecideUser,
    SecondFactor,
    SessionEdit,
    StaffSession,
    StaffStore,
    StaffUser,
    UserEdit,
)
from dispatch.application.staff_rules import set_active
from dispatch.domain.errors import Conflict

ANN = StaffUser("ann", "Ann Bee", Role.ADMIN, ("a", "b"), password_hash="hash-1", one_time_until=7, depots=("d1", "d2"))
LOGIN = StaffSession("s1", "ann", 1, "token-1", 0, 0, 0)


@pytest.fixture
async def staff(any_url: str) -> AsyncIterator[StaffStore]:
    """Every kind of store in turn."""
    if not any_url:
        yield MemoryStaffStore(wall_ms)
        return
    await upgrade(any_url)
    database = Database(any_url)
    yield SqlStaffStore(database)
    await database.close()


SECOND = SecondFactor("salt", True, 59_000_000, ("a", "b"))


def becomes(user: StaffUser, action: str = "changed") -> DecideUser:
    return lambda now, before, others: UserEdit(user, action)


async def test_a_user_is_kept_whole(staff: StaffStore) -> None:
    """Made once and changed later; when is the store's to say. Names are told apart by their letters."""
    made = await staff.edit_user("ann", "admin:x", becomes(ANN))
    assert await staff.find("ann") == made == replace(ANN, created=made.created, changed=made.changed)
    assert 0 < made.created == made.changed <= await staff.now()
    await staff.edit_user("bo", "admin:x", becomes(StaffUser("bo", "Bo", Role.DEPOT, active=False)))
    changed = await staff.edit_user(
        "ann", "admin:x", becomes(replace(made, name="安", one_time_until=None, zones=(), second=SECOND))
    )
    assert (changed.created, changed.name, changed.zones) == (
        made.created,
        "安",
        (),
    )
    assert changed.second == SECOND == (await staff.users())[0].second and changed.changed >= made.changed
    assert await staff.find("Ann") is None
    assert [(user.id, user.active) for user in await staff.users()] == [("ann", True), ("bo", False)]


async def test_a_decision_sees_what_is_there_and_may_refuse(staff: StaffStore) -> None:
    """What it raises comes out, and nothing is written; nor is it where nothing was changed."""
    await staff.edit_user("ann", "admin:x", becomes(ANN))
    seen: list[tuple[str, list[str]]] = []

    def refuse(now: int, before: StaffUser | None, others: Sequence[StaffUser]) -> UserEdit:
        seen.append((before.id if before else "", [user.id for user in others]))
        raise Conflict("no", "No.")

    for user_id in ("ann", "bo"):
        with pytest.raises(Conflict):
            await staff.edit_user(user_id, "admin:x", refuse)
    await staff.edit_user("ann", "admin:x", becomes(replace(ANN, name="Other"), ""))
    assert seen == [("ann", []), ("", ["ann"])]
    assert [user.name for user in await staff.users()] == ["Ann Bee"] and len(await staff.acts(10)) == 1


async def test_two_admins_cannot_shut_each_other_out(staff: StaffStore) -> None:
    """Their changes wait for each other: one of both is the last."""
    root = Subject(Role.ADMIN, "root")
    for user_id in ("ann", "bo"):
        await staff.edit_user(user_id, "admin:x", becomes(StaffUser(user_id, user_id, Role.ADMIN)))
    shut = lambda now, before, others: set_active(root, False, before, others)  # noqa: E731
    ended = await asyncio.gather(*(staff.edit_user(each, "x", shut) for each in ("ann", "bo")), return_exceptions=True)
    assert sorted(isinstance(each, Conflict) for each in ended) == [False, True]
    assert sorted(user.active for user in await staff.users()) == [False, True]


async def test_a_session_is_changed_as_one(staff: StaffStore) -> None:
    """Of many who show the same token at once, one finds it as it was."""
    await staff.edit_user("ann", "admin:x", becomes(ANN))
    opened = await staff.open_session(LOGIN, 60)
    assert 0 < opened.made_at == opened.used_at == opened.expires - 60_000

    def use(now: int, session: StaffSession, user: StaffUser) -> SessionEdit:
        assert user.id == "ann"
        good = session.token_hash == "token-1"
        after = replace(session, token_hash="token-2", previous_hash="token-1", used_at=now) if good else session
        return SessionEdit(after, user, "good" if good else "late")

    edits = await asyncio.gather(*(staff.edit_session("s1", use) for _ in range(5)))
    assert sorted(edit.verdict for edit in edits if edit) == ["good", "late", "late", "late", "late"]
    assert await staff.edit_session("s2", use) is None


async def test_a_session_may_outlive_its_generation(staff: StaffStore) -> None:
    """The one that is kept; neither another one nor another user's."""
    for user_id in ("ann", "bo"):
        await staff.edit_user(user_id, "admin:x", becomes(replace(ANN, id=user_id)))
    for session_id, user_id in (("s1", "ann"), ("s2", "ann"), ("s3", "bo")):
        await staff.open_session(replace(LOGIN, id=session_id, user_id=user_id), 60)
    for keep in ("s1", "s3", ""):
        await staff.edit_user("ann", "admin:x", becomes(replace(ANN, generation=2)), keep)
    generations = []
    for session_id in ("s1", "s2", "s3"):
        edit = await staff.edit_session(session_id, lambda now, session, user: SessionEdit(session, user, "seen"))
        generations.append(edit.session.generation if edit else None)
    assert generations == [2, 1, 1]


async def test_what_has_ended_is_told_from_a_moment_on(staff: StaffStore) -> None:
    """Generations of those who were changed, and single sessions; from 0 on everything."""
    await staff.edit_user("ann", "admin:x", becomes(ANN))
    await staff.open_session(LOGIN, 60)
    before = await staff.fences(0)
    assert (before.generations, before.ended) == ((("ann", 1),), ())
    assert before.now <= await staff.now()
    await staff.edit_user("bo", "admin:x", becomes(StaffUser("bo", "Bo", Role.DEPOT, generation=4)))
    end = lambda now, session, user: SessionEdit(replace(session, ended_at=now), user, "good", "signed_out")  # noqa: E731
    await staff.edit_session("s1", end)
    after = await staff.fences(before.now)
    assert ("bo", 4) in after.generations and after.ended == ("s1",)
    later = await staff.fences(after.now + 1)
    assert (later.generations, later.ended) == ((), ())


async def test_acts_are_numbered_and_the_newest_come_first(staff: StaffStore) -> None:
    """With what they were about, and never more than asked for."""
    await staff.edit_user("ann", "admin:x", lambda now, before, others: UserEdit(ANN, "user_added", "admin of a, b"))
    await staff.open_session(LOGIN, 60)
    acts = await staff.acts(10)
    assert [(act.number, act.actor, act.action, act.user_id, act.detail) for act in acts] == [
        (2, "user:ann", "signed_in", "ann", ""),
        (1, "admin:x", "user_added", "ann", "admin of a, b"),
    ]
    assert 0 < acts[1].at <= acts[0].at and await staff.acts(1) == acts[:1]


async def test_passwords_are_hashed_with_argon2id() -> None:
    """With a salt of their own; what is no hash is no password, and an empty one is not even nearly."""
    hasher = ArgonHasher()
    first, second = await asyncio.gather(hasher.hash("correct horse"), hasher.hash("correct horse"))
    assert first.startswith("$argon2id$") and first != second
    assert await hasher.verify(first, "correct horse") and not await hasher.verify(first, "correct mule")
    assert not await hasher.verify("", "what nobody has chosen") and not await hasher.verify("hash", "hash")
