"""HTTP bodies of staff: signing in, oneself, users, and what was done about them."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.application.staff_rules import MAX_PASSWORD
from dispatch.web.bodies import Body, Id, Name, Shown, Zone

UserName = Annotated[str, Meta(min_length=1, max_length=100)]
Password = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD * 2)]
Code = Annotated[str, Meta(min_length=1, max_length=40)]
UserRole = Literal["admin", "dispatcher", "depot", "support", "finance", "distributor", "group_leader"]
Zones = Annotated[list[Zone], Meta(max_length=50)]


class StaffSignInBody(Body):
    """A user name and a password; `new_password` replaces one that somebody else has made, `code` is of the second
    factor, where there is one: of the app, or a recovery code.
    """

    user: UserName
    password: Password
    new_password: Annotated[str, Meta(max_length=MAX_PASSWORD * 2)] = ""
    code: Annotated[str, Meta(max_length=40)] = ""


class SecondFactorWish(Body):
    """The password, by which the user says that it is really them."""

    password: Password


class SecondFactorCode(Body):
    """What the app shows."""

    code: Code


class SecondFactorEnd(Body):
    """The password, and a code of the app or a recovery code."""

    password: Password
    code: Code


class SecondFactorBegun(Shown):
    """What the app has to be told, as text and as an address that it can open; codes are not asked for yet."""

    secret: str
    uri: str


class SecondFactorOn(Shown):
    """Codes are asked for from now on. Each of these opens once instead of the app's; they are told here only."""

    recovery_codes: list[str]


class SecondFactorOff(Shown):
    """The password alone is enough."""

    second_factor: bool = False


class SignOutBody(Body):
    """Whether every session of the user ends, on all devices, or this one only."""

    everywhere: bool = False


class PasswordBody(Body):
    """The password as it is, and as it shall be."""

    password: Password
    new_password: Password


class StaffDoor(Shown):
    """Whether anybody can sign in yet; where not, the first user is made on the server."""

    has_users: bool


class Me(Shown):
    """Who the caller is, and what they may do at all. `zones` and `depots` empty: all. `user`: whether there is a
    password.
    """

    id: str
    name: str
    role: str
    zones: list[str]
    actions: list[str]
    user: bool
    second_factor: bool = False
    depots: list[str] = field(default_factory=list)


class StaffSignedIn(Shown):
    """A short-lived token; `expires_at_s` is epoch seconds of the wall clock, `expires_in_s` from now."""

    token: str
    expires_at_s: int
    expires_in_s: int
    me: Me


class SignedOut(Shown):
    """The session has ended, if there was one."""

    signed_out: bool = True


class UserBody(Body):
    """A user as an admin wants it: of the staff, or a partner, whose account is called as the user. `zones` and
    `depots` empty: all; the role `depot` names its depots. `new`: refuse to change a user who is there already.
    """

    name: Name
    role: UserRole
    zones: Zones = field(default_factory=list)
    depots: Annotated[list[Id], Meta(max_length=50)] = field(default_factory=list)
    new: bool = False


class UserShown(Shown):
    """A member of staff. Times are epoch ms; `password`: none yet, one to be replaced, or one of their own."""

    id: str
    name: str
    role: str
    zones: list[str]
    active: bool
    password: Literal["none", "one_time", "own"]
    created_at: int
    changed_at: int
    second_factor: bool
    depots: list[str]


class UsersShown(Shown):
    """Everybody whom the caller manages, by id."""

    users: list[UserShown]


class OneTimePassword(Shown):
    """A password for one sign-in, told here only, and until when it can be used (epoch ms)."""

    user: str
    password: str
    good_until: int


class ActShown(Shown):
    """What was done about a user, by whom and when (epoch ms)."""

    number: int
    at: int
    actor: str
    action: str
    user: str
    detail: str


class ActsShown(Shown):
    """What was done about users, the newest first."""

    acts: list[ActShown]
