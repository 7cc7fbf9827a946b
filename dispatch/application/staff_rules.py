"""What holds for staff: passwords, who may change whom, and when a session is over. Pure.

Passwords follow NIST SP 800-63B: length, not one of the commonest, and no rules of composition.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dispatch.application.access import Role, Subject
from dispatch.application.staff_ports import SessionEdit, StaffSession, StaffUser, UserEdit
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

STAFF_ROLES: Final = (Role.ADMIN, Role.DISPATCHER, Role.DEPOT, Role.SUPPORT, Role.FINANCE)
PARTNER_ROLES: Final = (Role.DISTRIBUTOR, Role.GROUP_LEADER)
"""Those who work with the house from outside; they sign in as the staff does, to pages of their own."""
USER_ROLES: Final = (*STAFF_ROLES, *PARTNER_ROLES)
MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 200
ONE_TIME_MS: Final = 3 * 24 * 3_600_000
"""How long a password that somebody else made can be used for the first time."""
_USER_ID = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_ZONE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DEPOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_ZONES = _MOST_DEPOTS = 50
_COMMON = """
1234567890 0123456789 12345678910 123456789a 9876543210 1111111111 0000000000 1122334455 1234512345 123123123123
qwertyuiop 1q2w3e4r5t 1qaz2wsx3edc qwerty12345 qwerty123456 asdfghjkl; password12 password123 password1234
passw0rd123 iloveyou123 welcome123 welcome1234 letmein123 administrator adminadmin admin12345 administrator1
changeme123 dispatcher dispatch123 woaini1314 woaini1234 woaini520520 a123456789 aa123456789 abcd123456 abc1234567
abcdefghij abcdefghijk 5201314520 1314520520 zxcvbnm123 football123 monkey12345 sunshine123 princess123 superman123
"""
_COMMONEST = frozenset(_COMMON.split())


def user_id_of(typed: str) -> str:
    """A user name as it is kept: small letters. Raises `InvalidInput`."""
    user_id = unicodedata.normalize("NFKC", typed).strip().lower()
    if not _USER_ID.fullmatch(user_id):
        raise InvalidInput("bad_user", "A user name has 1 to 64 letters, digits and . _ @ -, and begins with no sign.")
    return user_id


def plain_password(typed: str) -> str:
    """The same password, on whichever keyboard it was typed."""
    return unicodedata.normalize("NFKC", typed)


def check_password(user_id: str, password: str) -> str:
    """The password as it is hashed. Raises `InvalidInput` for one that would be guessed."""
    plain = plain_password(password)
    if len(plain) < MIN_PASSWORD:
        raise InvalidInput("short_password", f"A password has at least {MIN_PASSWORD} characters.")
    if len(plain) > MAX_PASSWORD:
        raise InvalidInput("long_password", f"A password has at most {MAX_PASSWORD} characters.")
    small = plain.casefold()
    if small in _COMMONEST or len(set(small)) < 4 or user_id in (small, small[::-1]):
        raise InvalidInput("common_password", "This password would be guessed soon; choose another one.")
    return plain


# --- who may change whom ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserWish:
    """What a user is to be called, to be and to see; `new`: only if there is none of that id yet.

    `depots` empty: those of all the zones. A depot's staff names theirs.
    """

    name: str
    role: Role
    zones: tuple[str, ...]
    new: bool = False
    depots: tuple[str, ...] = ()


def manages(subject: Subject, user: StaffUser) -> bool:
    """Whether an admin is told of this user: one who is limited to zones only of those within these zones."""
    return not subject.zones or (bool(user.zones) and subject.zones.issuperset(user.zones))


def put_user(
    subject: Subject, user_id: str, wish: UserWish, before: StaffUser | None, others: Sequence[StaffUser]
) -> UserEdit:
    """A new user, or a changed one. Another role, zones or depots end the user's sessions. Raises `DomainError`."""
    zones, depots = tuple(sorted(set(wish.zones))), tuple(sorted(set(wish.depots)))
    name = wish.name.strip()
    if wish.role not in USER_ROLES:
        raise InvalidInput("bad_role", f"A user is one of: {', '.join(USER_ROLES)}.")
    if len(zones) > _MOST_ZONES or not all(_ZONE.fullmatch(zone) for zone in zones):
        raise InvalidInput("bad_zone", "Zones are named by small letters, digits and dashes, and 50 are the most.")
    if not name or not name.isprintable():
        raise InvalidInput("bad_name", "Give the name that colleagues see.")
    if before and wish.new:
        raise Conflict("user_exists", f"There is a user {user_id} already.")
    if before:
        _check_manages(subject, before)
    _check_depots(wish.role, depots)
    kept = before or StaffUser(user_id, name, wish.role)
    after = replace(kept, name=name, role=wish.role, zones=zones, depots=depots)
    if not manages(subject, after):
        raise Forbidden("zones_not_yours", "You can only give zones that you have yourself.")
    if before is None:
        return UserEdit(after, "user_added", _what(after))
    if (before.role, before.zones, before.depots) == (after.role, after.zones, after.depots):
        return UserEdit(after, "user_renamed" if before.name != name else "")
    _check_admins(before, after, others)
    changed = replace(after, generation=before.generation + 1)
    return UserEdit(changed, "user_changed", f"{_what(before)} -> {_what(after)}")


def set_active(subject: Subject, active: bool, before: StaffUser | None, others: Sequence[StaffUser]) -> UserEdit:
    """Shut a user out, or let them in again. Raises `DomainError`."""
    user = known(subject, before)
    if user.active == active:
        return UserEdit(user, "")
    if active:
        return UserEdit(replace(user, active=True), "user_reactivated")
    after = replace(user, active=False, generation=user.generation + 1)
    _check_admins(user, after, others)
    return UserEdit(after, "user_deactivated")


def give_one_time(subject: Subject, password_hash: str, now: int, before: StaffUser | None) -> UserEdit:
    """Another password, which is good for one sign-in. Ends the user's sessions. Raises `DomainError`."""
    user = known(subject, before)
    after = replace(user, password_hash=password_hash, one_time_until=now + ONE_TIME_MS)
    return UserEdit(replace(after, generation=user.generation + 1), "password_reset")


def own_password(password_hash: str, seen: StaffUser, before: StaffUser | None) -> UserEdit:
    """A password of the user's own. `seen` is as the old one was checked. Raises `Conflict` when it is no more so."""
    if before is None or not before.active or before.password_hash != seen.password_hash:
        raise Conflict("password_changed", "The password was changed by somebody else; sign in again.")
    after = replace(before, password_hash=password_hash, one_time_until=None, generation=before.generation + 1)
    return UserEdit(after, "password_changed")


def end_sessions(before: StaffUser | None) -> UserEdit:
    """The user is signed out everywhere. Raises `NotFound`."""
    if before is None:
        raise NotFound("unknown_user", "There is no such user.")
    return UserEdit(replace(before, generation=before.generation + 1), "signed_out_everywhere")


def known(subject: Subject, user: StaffUser | None) -> StaffUser:
    """The user, if there is one and the subject may manage it. Raises `NotFound` or `Forbidden`."""
    if user is None:
        raise NotFound("unknown_user", "There is no such user.")
    _check_manages(subject, user)
    return user


def _check_manages(subject: Subject, user: StaffUser) -> None:
    if not manages(subject, user):
        raise Forbidden("user_not_yours", "This user works in zones that you are not an admin of.")


def _check_admins(before: StaffUser, after: StaffUser, others: Sequence[StaffUser]) -> None:
    """Somebody has to be left who can let people in: of all zones, if there was one."""
    for governs in (_is_admin, _is_admin_of_all):
        if governs(before) and not governs(after) and not any(map(governs, others)):
            raise Conflict("last_admin", "This is the last active admin; make another one first.")


def _is_admin(user: StaffUser) -> bool:
    return user.active and user.role is Role.ADMIN


def _is_admin_of_all(user: StaffUser) -> bool:
    return _is_admin(user) and not user.zones


def _check_depots(role: Role, depots: tuple[str, ...]) -> None:
    if len(depots) > _MOST_DEPOTS or not all(_DEPOT.fullmatch(depot) for depot in depots):
        raise InvalidInput("bad_depot", "Depots are named by their ids, and 50 are the most.")
    if role is Role.DEPOT and not depots:
        raise InvalidInput("depot_needed", "Say at which depot they work.")
    if role is Role.ADMIN and depots:
        raise InvalidInput("admin_of_depots", "Admins are not limited to depots; make them dispatchers.")


def _what(user: StaffUser) -> str:
    at = f" at {', '.join(user.depots)}" if user.depots else ""
    return f"{user.role} of {', '.join(user.zones) or 'all zones'}{at}"


# --- sessions ----------------------------------------------------------------------------------------------------


class Use(StrEnum):
    """What somebody is who shows a refresh token."""

    GOOD = "good"
    REPEATED = "repeated"
    """The answer was lost, or two tabs asked at once: the same successor once more."""
    OVER = "over"
    STOLEN = "stolen"
    """A token that was used up long ago: two people have it, and nobody knows which of them is the right one."""


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long things are good, in real seconds."""

    access_s: float = 15 * 60.0
    idle_s: float = 12 * 3600.0
    longest_s: float = 14 * 24 * 3600.0
    repeat_s: float = 30.0
    """A used refresh token may come again within this time."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A refresh token as it is shown: its hash, and the hash of what follows it."""

    token_hash: str
    next_hash: str


def use_session(policy: SessionPolicy, shown: Shown, now: int, session: StaffSession, user: StaffUser) -> SessionEdit:
    """What becomes of a session when its refresh token is shown."""
    if is_over(now, session, user):
        return SessionEdit(session, user, Use.OVER)
    if shown.token_hash == session.token_hash:
        longest = session.made_at + round(policy.longest_s * 1000)
        expires = min(now + round(policy.idle_s * 1000), longest)
        after = replace(session, token_hash=shown.next_hash, previous_hash=shown.token_hash)
        return SessionEdit(replace(after, used_at=now, expires=expires), user, Use.GOOD)
    repeats = shown.token_hash == session.previous_hash and shown.next_hash == session.token_hash
    if repeats and now - session.used_at <= policy.repeat_s * 1000:
        return SessionEdit(session, user, Use.REPEATED)
    return SessionEdit(replace(session, ended_at=now), user, Use.STOLEN, "session_stolen")


def leave_session(shown: Shown, now: int, session: StaffSession, user: StaffUser) -> SessionEdit:
    """Sign out: only with a token that is the session's."""
    mine = shown.token_hash in (session.token_hash, session.previous_hash)
    if not mine or is_over(now, session, user):
        return SessionEdit(session, user, Use.OVER)
    return SessionEdit(replace(session, ended_at=now), user, Use.GOOD, "signed_out")


def is_over(now: int, session: StaffSession, user: StaffUser) -> bool:
    """Whether the session ended, expired, or is from before a change that ends sessions."""
    fenced = not user.active or session.generation < user.generation
    return fenced or session.ended_at is not None or now >= session.expires
