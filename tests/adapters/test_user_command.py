"""`dispatch user`: the first user is made beside the database, and the last admin stays."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch.adapters.passwords import ArgonHasher
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.staff import SqlStaffStore
from dispatch.application.access import Role
from dispatch.application.staff_ports import SecondFactor, StaffUser, UserEdit
from dispatch.cli import dispatch

ANN = StaffUser("ann", "Ann", Role.ADMIN)


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database of the tester's own."""
    monkeypatch.delenv("DATABASE_URL", raising=False)


def run(folder: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(dispatch, ["user", *words, "--data-dir", str(folder)], input=typed)


def kept(folder: Path, user_id: str) -> StaffUser:
    async def look() -> StaffUser | None:
        database = Database(f"sqlite+aiosqlite:///{folder}/dispatch.sqlite")
        try:
            return await SqlStaffStore(database).find(user_id)
        finally:
            await database.close()

    user = asyncio.run(look())
    assert user is not None
    return user


def fits(folder: Path, user_id: str, password: str) -> bool:
    return asyncio.run(ArgonHasher().verify(kept(folder, user_id).password_hash, password))


def test_the_first_user_gets_a_password_for_once(tmp_path: Path) -> None:
    """It is printed, it fits, and it has to be replaced; another one is made in the same way."""
    assert "dispatch user add NAME --role admin" in run(tmp_path, "list").output
    for words in (("add", "Ann", "--role", "admin"), ("password", "ann")):
        made = run(tmp_path, *words)
        assert made.exit_code == 0, made.output
        password = re.search(r": (\S+)$", made.output.strip())
        assert password and fits(tmp_path, "ann", password[1]) and kept(tmp_path, "ann").one_time_until


def test_a_password_that_is_read_stays(tmp_path: Path) -> None:
    """It is never printed; a weak one makes no user."""
    weak = run(tmp_path, "add", "bo", "--role", "dispatcher", "--password-stdin", typed="short\n")
    assert (weak.exit_code, weak.output) == (2, "Error: A password has at least 10 characters.\n")
    words = ("add", "bo", "--role", "dispatcher", "--zones", "north, south", "--name", "Bo Li", "--password-stdin")
    made = run(tmp_path, *words, typed="correct horse\n")
    assert made.output == "bo can sign in.\n" and fits(tmp_path, "bo", "correct horse")
    assert kept(tmp_path, "bo").one_time_until is None
    assert run(tmp_path, "list").output == "bo  dispatcher  north,south  Bo Li\n"
    nowhere = run(tmp_path, "add", "dee", "--role", "depot")
    assert (nowhere.exit_code, nowhere.output) == (2, "Error: Say at which depot they work.\n")
    run(tmp_path, "add", "dee", "--role", "depot", "--depots", "d1, d2")
    assert run(tmp_path, "list").output.splitlines()[1] == "dee  depot  all zones at d1,d2  dee"


def test_users_are_shut_out_and_let_in(tmp_path: Path) -> None:
    """But the last admin is not, and nobody is made twice."""
    for user_id, role in (("ann", "admin"), ("bo", "support")):
        run(tmp_path, "add", user_id, "--role", role)
    assert run(tmp_path, "disable", "bo").output == "bo is shut out.\n"
    assert "shut out" in run(tmp_path, "list").output and not kept(tmp_path, "bo").active
    assert run(tmp_path, "enable", "bo").output == "bo may sign in again.\n"
    for words, sentence in (
        (("disable", "ann"), "Error: This is the last active admin; make another one first.\n"),
        (("add", "bo", "--role", "depot"), "Error: There is a user bo already.\n"),
        (("disable", "cy"), "Error: There is no such user.\n"),
        (("password", "c y"), "Error: A user name has 1 to 64 letters"),
    ):
        refused = run(tmp_path, *words)
        assert refused.exit_code == 2 and refused.output.startswith(sentence)


def test_the_last_admin_may_lose_their_phone(tmp_path: Path) -> None:
    """Whoever is beside the database lets them in by the password alone; an unknown user is said to be so."""
    run(tmp_path, "add", "ann", "--role", "admin")

    async def enrol() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/dispatch.sqlite")
        second = SecondFactor("salt", confirmed=True)
        await SqlStaffStore(database).edit_user(
            "ann", "user:ann", lambda _, before, others: UserEdit(replace(before or ANN, second=second), "x")
        )
        await database.close()

    asyncio.run(enrol())
    assert kept(tmp_path, "ann").has_second_factor
    done = run(tmp_path, "no-second-factor", "Ann")
    assert (done.exit_code, done.output) == (0, "ann signs in by the password alone.\n")
    assert not kept(tmp_path, "ann").has_second_factor
    assert run(tmp_path, "no-second-factor", "nobody").exit_code == 2
