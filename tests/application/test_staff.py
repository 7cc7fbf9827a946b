"""Staff: passwords, who may change whom, sign-ins that renew themselves, and those that are over."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from dispatch.application.access import Role, Subject, offered
from dispatch.application.ports import StoreUnavailable
from dispatch.application.staff_guard import MOST_ENDED, StaffGuard
from dispatch.application.staff_ports import Fences, SessionMark, StaffUser
from dispatch.application.staff_rules import (
    ONE_TIME_MS,
    UserWish,
    check_password,
    put_user,
    set_active,
    user_id_of,
)
from dispatch.application.staff_sessions import Denial, Denied, Entered
from dispatch.application.staff_users import Staff, new_one_time
from dispatch.domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.support.clocks import HandTicker
from tests.support.web import staff_in_memory

ADMIN = Subject(Role.ADMIN, "root")
NORTH = Subject(Role.ADMIN, "nora", frozenset({"north"}))
HERE = "203.0.113.7"
GOOD, BETTER = "correct horse battery", "staple of a donkey"
MINUTE_MS = 60_000


# --- passwords and names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "short_password"),
        ("123456789", "short_password"),
        ("x" * 201, "long_password"),
        ("1234567890", "common_password"),
        ("Password123", "common_password"),
        ("aaaaaaaaaaaa", "common_password"),
        ("Dispatcher", "common_password"),
        ("ann.long.name", "common_password"),
        ("EMAN.GNOL.NNA", "common_password"),
    ],
)
def test_passwords_that_would_be_guessed(password: str, code: str) -> None:
    """Too short, too long to hash in peace, one of the commonest, or the user's own name."""
    with pytest.raises(InvalidInput) as refused:
        check_password("ann.long.name", password)
    assert refused.value.code == code


def test_passwords_have_no_composition_rules() -> None:
    """A sentence will do, in any script; the same signs typed in another way are the same password."""
    assert check_password("ann", "just small words") == "just small words"
    assert check_password("ann", "外卖调度员的密码是这个") == "外卖调度员的密码是这个"
    assert check_password("ann", "ｃｏｒｒｅｃｔ ｈｏｒｓｅ") == "correct horse"


@pytest.mark.parametrize(("typed", "user_id"), [(" Ann ", "ann"), ("ann@shop.example", "ann@shop.example"), ("7", "7")])
def test_user_names_are_small(typed: str, user_id: str) -> None:
    """However they are typed."""
    assert user_id_of(typed) == user_id


@pytest.mark.parametrize("typed", ["", " ", "a b", "-a", "a" * 65, "a\x00", "安"])
def test_what_is_no_user_name(typed: str) -> None:
    """It has to fit into a token and an address."""
    with pytest.raises(InvalidInput):
        user_id_of(typed)


def test_one_time_passwords_are_good_ones() -> None:
    """Never the same, and good enough for the rules that hold for everybody."""
    made = {new_one_time() for _ in range(50)}
    assert len(made) == 50 and all(check_password("ann", each) == each for each in made)


def test_what_a_role_may_do_is_told() -> None:
    """In the words of the access table, and nothing more."""
    whole = {role: offered(role, of_depots=False) for role in (Role.DISPATCHER, Role.SUPPORT, Role.FINANCE)}
    assert "override" in whole[Role.DISPATCHER] and "manage_staff" not in whole[Role.DISPATCHER]
    assert "override" not in whole[Role.SUPPORT] and "watch_zone" not in whole[Role.FINANCE]
    limited = offered(Role.DISPATCHER, of_depots=True)
    assert "override" in limited and "read_stats" not in limited and set(limited) < set(whole[Role.DISPATCHER])


# --- who may change whom ---------------------------------------------------------------------------------------


def user(user_id: str = "ann", role: Role = Role.DISPATCHER, *zones: str, active: bool = True) -> StaffUser:
    return StaffUser(user_id, user_id.title(), role, zones, active)


def test_another_role_or_zone_ends_sessions_and_another_name_does_not() -> None:
    """The generation rises with what a token says."""
    before = user()
    same = put_user(ADMIN, "ann", UserWish("Ann", Role.DISPATCHER, ()), before, [])
    named = put_user(ADMIN, "ann", UserWish(" Ann Bee ", Role.DISPATCHER, ()), before, [])
    moved = put_user(ADMIN, "ann", UserWish("Ann", Role.DISPATCHER, ("b", "a", "b")), before, [])
    assert (same.action, named.action, moved.action) == ("", "user_renamed", "user_changed")
    assert (named.user.name, named.user.generation) == ("Ann Bee", 1)
    assert (moved.user.zones, moved.user.generation) == (("a", "b"), 2)
    assert moved.detail == "dispatcher of all zones -> dispatcher of a, b"
    narrowed = put_user(ADMIN, "ann", UserWish("Ann", Role.DISPATCHER, (), depots=("d2", "d1", "d2")), before, [])
    assert (narrowed.user.depots, narrowed.user.generation) == (("d1", "d2"), 2)
    assert narrowed.detail == "dispatcher of all zones -> dispatcher of all zones at d1, d2"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (UserWish("Ann", Role.COURIER, ()), "bad_role"),
        (UserWish("Ann", Role.INTEGRATOR, ()), "bad_role"),
        (UserWish("Ann", Role.DEPOT, ("No Zone",)), "bad_zone"),
        (UserWish("Ann", Role.DEPOT, tuple(f"z{n}" for n in range(51))), "bad_zone"),
        (UserWish("  ", Role.DEPOT, ()), "bad_name"),
        (UserWish("A\x00", Role.DEPOT, ()), "bad_name"),
        (UserWish("Ann", Role.DEPOT, (), new=True), "user_exists"),
        (UserWish("Ann", Role.DEPOT, ()), "depot_needed"),
        (UserWish("Ann", Role.DEPOT, (), depots=("a depot",)), "bad_depot"),
        (UserWish("Ann", Role.DEPOT, (), depots=tuple(f"d{n}" for n in range(51))), "bad_depot"),
        (UserWish("Ann", Role.ADMIN, (), depots=("d1",)), "admin_of_depots"),
    ],
)
def test_users_who_cannot_be(wish: UserWish, code: str) -> None:
    """Couriers and programs are no staff; somebody who is there is not made again."""
    with pytest.raises(DomainError) as refused:
        put_user(ADMIN, "ann", wish, user(), [])
    assert refused.value.code == code


def test_an_admin_of_some_zones_stays_within_them() -> None:
    """They see, make and change only those who work there, and cannot give themselves more."""
    made = put_user(NORTH, "ann", UserWish("Ann", Role.DISPATCHER, ("north",)), None, [])
    assert made.action == "user_added" and made.user.zones == ("north",)
    for zones in ((), ("south",), ("north", "south")):
        with pytest.raises(Forbidden) as refused:
            put_user(NORTH, "ann", UserWish("Ann", Role.DISPATCHER, zones), None, [])
        assert refused.value.code == "zones_not_yours"
        with pytest.raises(Forbidden) as refused:
            put_user(NORTH, "bo", UserWish("Bo", Role.DEPOT, ("north",)), user("bo", Role.DEPOT, *zones), [])
        assert refused.value.code == "user_not_yours"


@pytest.mark.parametrize(
    ("others", "stays"),
    [
        ([], True),
        ([user("bo")], True),
        ([user("bo", Role.ADMIN, active=False)], True),
        ([user("bo", Role.ADMIN, "north")], True),
        ([user("bo", Role.ADMIN)], False),
    ],
)
def test_the_last_admin_stays(others: Sequence[StaffUser], stays: bool) -> None:
    """Not shut out, not made anything else, not limited to a zone, unless another active one of all zones is there."""
    admin = user("ann", Role.ADMIN)
    for change in (
        lambda: set_active(ADMIN, False, admin, others),
        lambda: put_user(ADMIN, "ann", UserWish("Ann", Role.DEPOT, (), depots=("d1",)), admin, others),
        lambda: put_user(ADMIN, "ann", UserWish("Ann", Role.ADMIN, ("north",)), admin, others),
    ):
        if stays:
            with pytest.raises(Conflict) as refused:
                change()
            assert refused.value.code == "last_admin"
        else:
            assert change().user.generation == 2


def test_an_admin_of_a_zone_may_go_when_one_of_all_is_there() -> None:
    """And the only one there is may not."""
    admin = user("ann", Role.ADMIN, "north")
    assert not set_active(ADMIN, False, admin, [user("bo", Role.ADMIN)]).user.active
    with pytest.raises(Conflict):
        set_active(ADMIN, False, admin, [])


# --- signing in ------------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """Staff in memory, in a time of its own."""

    staff: Staff
    ticker: HandTicker
    time: list[int]

    async def enter(
        self, password: str = GOOD, new: str = "", who: str = "ann", address: str = HERE
    ) -> Entered | tuple[Denial, float]:
        try:
            return await self.staff.sessions.sign_in(who, password, new, address)
        except Denied as denied:
            return denied.why, denied.wait_s

    async def entered(self, password: str = GOOD, **more: str) -> Entered:
        entered = await self.enter(password, **more)
        assert isinstance(entered, Entered)
        return entered

    async def refreshed(self, token: str) -> Entered | Denial:
        try:
            return await self.staff.sessions.refresh(token)
        except Denied as denied:
            return denied.why

    def pass_ms(self, ms: int) -> None:
        self.time[0] += ms
        self.ticker.pass_ms(ms)


@pytest.fixture
async def desk() -> Desk:
    """With an admin and with Ann, a dispatcher, who has a password of her own."""
    ticker, time = HandTicker(), [1_800_000_000_000]
    staff = staff_in_memory(ticker, lambda: time[0])
    await staff.users.put(ADMIN, "boss", UserWish("Boss", Role.ADMIN, ()))
    await staff.users.put(ADMIN, "ann", UserWish("Ann Bee", Role.DISPATCHER, ("z1",)))
    await staff.users.set_password(ADMIN, "ann", GOOD)
    return Desk(staff, ticker, time)


async def test_a_user_signs_in(desk: Desk) -> None:
    """However the name is typed; what one gets names the session and the generation."""
    entered = await desk.entered(who=" ANN")
    assert (entered.user.id, entered.user.role, entered.mark.user_id) == ("ann", Role.DISPATCHER, "ann")
    assert entered.mark.generation == entered.user.generation and entered.life_s == 12 * 3600
    assert entered.refresh_token not in repr(entered) and GOOD not in repr(entered)
    assert not desk.staff.guard.is_over(entered.mark)


async def test_unknown_names_cost_the_same(desk: Desk) -> None:
    """One verification and one try each; a user without a password is no door."""
    hasher = desk.staff.sessions._hasher
    for who in ("ann", "nobody", "not a name", "boss"):
        before = hasher.verified  # type: ignore[attr-defined]
        assert await desk.enter("wrong password", who=who) == (Denial.WRONG, 0.0)
        assert hasher.verified == before + 1  # type: ignore[attr-defined]
    assert await desk.enter("", who="boss") == (Denial.WRONG, 0.0)


async def test_tries_are_counted_for_names_known_or_not(desk: Desk) -> None:
    """Six a minute for a name, also when the right password comes late, and from other addresses."""
    for who in ("ann", "nobody"):
        for n in range(6):
            assert await desk.enter("wrong password", who=who, address=f"198.51.100.{n}") == (Denial.WRONG, 0.0)
        denied = await desk.enter(GOOD, who=who.upper(), address="198.51.100.9")
        assert denied == (Denial.TOO_MANY_TRIES, 60.0)
    desk.pass_ms(MINUTE_MS)
    await desk.entered()


async def test_tries_are_counted_for_addresses(desk: Desk) -> None:
    """Who tries many names is stopped before the names' own tries are used up."""
    for n in range(30):
        assert await desk.enter("wrong password", who=f"user{n}") == (Denial.WRONG, 0.0)
    assert (await desk.enter()) == (Denial.TOO_MANY_TRIES, 60.0)
    await desk.entered(address="198.51.100.1")


async def test_a_password_of_somebody_elses_is_for_once(desk: Desk) -> None:
    """It opens nothing but the choice of a good one that is another; then it is gone."""
    _, once = await desk.staff.users.give_one_time(ADMIN, "ann")
    assert await desk.enter(once) == (Denial.MUST_CHANGE, 0.0)
    for new, code in (("short", "short_password"), (once, "same_password")):
        with pytest.raises(InvalidInput) as refused:
            await desk.enter(once, new)
        assert refused.value.code == code
    desk.pass_ms(MINUTE_MS)
    entered = await desk.entered(once, new=BETTER)
    assert entered.user.one_time_until is None
    assert await desk.enter(once) == (Denial.WRONG, 0.0) == await desk.enter(GOOD)
    await desk.entered(BETTER)


async def test_a_one_time_password_does_not_wait_for_ever(desk: Desk) -> None:
    """Three days; then an admin makes another one."""
    _, once = await desk.staff.users.give_one_time(ADMIN, "ann")
    desk.pass_ms(ONE_TIME_MS)
    assert await desk.enter(once, BETTER) == (Denial.ONE_TIME_OVER, 0.0)


async def test_who_is_shut_out_hears_so_only_with_the_password(desk: Desk) -> None:
    """Anybody else learns nothing; let in again, the old password holds."""
    await desk.staff.users.set_active(ADMIN, "ann", active=False)
    assert await desk.enter("wrong password") == (Denial.WRONG, 0.0)
    assert await desk.enter() == (Denial.INACTIVE, 0.0)
    await desk.staff.users.set_active(ADMIN, "ann", active=True)
    await desk.entered()


# --- staying signed in -----------------------------------------------------------------------------------------


async def test_a_refresh_token_changes_with_every_use(desk: Desk) -> None:
    """The successor works; the life goes on from each use, and ends after two weeks whatever happens."""
    entered = await desk.entered()
    token, seen = entered.refresh_token, {entered.refresh_token}
    for _ in range(40):
        desk.pass_ms(10 * 3_600_000)
        refreshed = await desk.refreshed(token)
        if refreshed is Denial.ENDED:
            break
        assert isinstance(refreshed, Entered) and refreshed.mark == entered.mark
        token = refreshed.refresh_token
        assert token not in seen
        seen.add(token)
    assert len(seen) == 34  # 14 days in steps of ten hours, the sign-in itself included


async def test_a_session_that_rests_ends(desk: Desk) -> None:
    """After twelve hours."""
    entered = await desk.entered()
    desk.pass_ms(12 * 3_600_000)
    assert await desk.refreshed(entered.refresh_token) is Denial.ENDED


async def test_a_lost_answer_is_given_again(desk: Desk) -> None:
    """Within seconds the same token gets the same successor: two tabs, or a line that broke."""
    entered = await desk.entered()
    first, again = [await desk.refreshed(entered.refresh_token) for _ in range(2)]
    assert isinstance(first, Entered) and isinstance(again, Entered)
    assert first.refresh_token == again.refresh_token
    assert isinstance(await desk.refreshed(again.refresh_token), Entered)


async def test_a_token_that_comes_back_late_ends_the_session(desk: Desk) -> None:
    """Somebody else has it: whoever of them comes, nobody gets in, and what was issued is worth nothing at once."""
    entered = await desk.entered()
    second = await desk.refreshed(entered.refresh_token)
    assert isinstance(second, Entered)
    desk.pass_ms(31_000)
    assert await desk.refreshed(entered.refresh_token) is Denial.ENDED
    assert await desk.refreshed(second.refresh_token) is Denial.ENDED
    assert desk.staff.guard.is_over(second.mark)
    assert desk.staff.sessions.counters["staff_refresh_tokens_reused"] == 1
    assert (await desk.staff.users.acts(ADMIN, 1))[0].action == "session_stolen"
    await desk.entered()


@pytest.mark.parametrize("token", ["", "x", ".", "a.b", "é.x", "a\n.b", "nobody.whoever"])
async def test_what_is_no_refresh_token(desk: Desk, token: str) -> None:
    """It opens nothing and ends nothing."""
    assert await desk.refreshed(token) is Denial.ENDED
    await desk.staff.sessions.sign_out(token, everywhere=True)


async def test_signing_out_ends_this_session_or_all(desk: Desk) -> None:
    """A token of an earlier use will do, a made-up one will not."""
    here, there, other = [await desk.entered() for _ in range(3)]
    await desk.staff.sessions.sign_out(f"{here.mark.session_id}.made-up", everywhere=True)
    await desk.staff.sessions.sign_out(there.refresh_token, everywhere=False)
    assert [desk.staff.guard.is_over(each.mark) for each in (here, there, other)] == [False, True, False]
    await desk.staff.sessions.sign_out(here.refresh_token, everywhere=True)
    assert desk.staff.guard.is_over(other.mark)
    assert await desk.refreshed(other.refresh_token) is Denial.ENDED


async def test_an_own_password_ends_the_other_sessions(desk: Desk) -> None:
    """This one goes on, with a token of the new generation. The old password has to be known."""
    here, there = [await desk.entered() for _ in range(2)]
    with pytest.raises(Denied) as denied:
        await desk.staff.sessions.change_password(here.mark, "wrong password", BETTER, HERE)
    assert denied.value.why is Denial.WRONG
    changed = await desk.staff.sessions.change_password(here.mark, GOOD, BETTER, HERE)
    assert [desk.staff.guard.is_over(mark) for mark in (here.mark, there.mark, changed.mark)] == [True, True, False]
    assert isinstance(await desk.refreshed(here.refresh_token), Entered)
    assert await desk.refreshed(there.refresh_token) is Denial.ENDED


async def test_changes_of_a_user_end_sessions(desk: Desk) -> None:
    """Another role, other zones, a new password, and being shut out; another name does not."""
    users, changes = desk.staff.users, UserWish("Ann B.", Role.DISPATCHER, ("z1",))
    entered = await desk.entered()
    await users.put(ADMIN, "ann", changes)
    assert not desk.staff.guard.is_over(entered.mark)
    for wish in (replace(changes, role=Role.SUPPORT), replace(changes, zones=("z2",))):
        entered = await desk.entered()
        await users.put(ADMIN, "ann", wish)
        assert desk.staff.guard.is_over(entered.mark)
        assert await desk.refreshed(entered.refresh_token) is Denial.ENDED
    entered = await desk.entered()
    await users.set_active(ADMIN, "ann", active=False)
    assert desk.staff.guard.is_over(entered.mark)


async def test_every_act_is_kept(desk: Desk) -> None:
    """Who did what to whom, the newest first; an admin of a zone hears of its people only."""
    await desk.entered()
    told = [(act.actor, act.action, act.user_id) for act in await desk.staff.users.acts(ADMIN, 10)]
    assert told[:2] == [("user:ann", "signed_in", "ann"), ("admin:root", "password_changed", "ann")]
    assert [act.user_id for act in await desk.staff.users.acts(Subject(Role.ADMIN, "x", frozenset({"z1"})), 9)] == [
        "ann"
    ] * 3
    with pytest.raises(NotFound):
        await desk.staff.users.set_active(ADMIN, "nobody", active=False)


# --- the guard -------------------------------------------------------------------------------------------------


class Fenced:
    """A store that says what it is told to say."""

    def __init__(self, *answers: Fences | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    async def fences(self, since: int) -> Fences:
        self.asked.append(since)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_the_guard_hears_of_what_other_gateways_did() -> None:
    """Those who are watched are ended once, older generations only; each look asks for a little more than is new."""
    store = Fenced(Fences(100_000, (("ann", 2),), ()), Fences(101_000, (("ann", 3),), ("s9",)), Fences(102_000, (), ()))
    guard, ended = StaffGuard(store, HandTicker()), []  # type: ignore[arg-type]
    old, fine, other = SessionMark("ann", 2, "s1"), SessionMark("ann", 3, "s2"), SessionMark("bo", 1, "s9")
    await guard.look()
    for name, mark in (("old", old), ("fine", fine), ("other", other)):
        guard.watch(mark, lambda name=name: ended.append(name))  # type: ignore[misc]
    await guard.look()
    assert sorted(ended) == ["old", "other"]
    await guard.look()
    assert len(ended) == 2 and store.asked == [0, 85_000, 86_000]
    assert [guard.is_over(mark) for mark in (old, fine, other)] == [True, False, True]


async def test_the_guard_forgets_nothing_while_the_store_is_away() -> None:
    """What is known holds on; the failure is counted."""
    guard = StaffGuard(Fenced(Fences(1, (("ann", 2),), ()), StoreUnavailable("gone")), HandTicker())  # type: ignore[arg-type]
    await guard.look()
    with pytest.raises(StoreUnavailable):
        await guard.look()
    assert guard.is_over(SessionMark("ann", 1, "s1"))


async def test_the_guard_looks_for_ever() -> None:
    """Every second, whatever the store says."""
    store = Fenced(StoreUnavailable("gone"), Fences(1, (("ann", 2),), ()))
    ticker = HandTicker()
    guard = StaffGuard(store, ticker)  # type: ignore[arg-type]
    looking = asyncio.create_task(guard.run())
    while len(store.asked) < 2:
        ticker.pass_ms(1_000)
        await asyncio.sleep(0)
    looking.cancel()
    assert guard.counters["staff_looks_failed"] == 1 and guard.is_over(SessionMark("ann", 1, "s1"))


def test_the_guard_is_bounded() -> None:
    """The oldest ends are forgotten: their tokens have long expired."""
    guard = StaffGuard(Fenced(), HandTicker())  # type: ignore[arg-type]
    guard.learn(Fences(1, (), tuple(f"s{n}" for n in range(MOST_ENDED + 1))))
    assert not guard.is_over(SessionMark("ann", 1, "s0")) and guard.is_over(SessionMark("ann", 1, "s1"))
