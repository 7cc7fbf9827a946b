"""The operations of staff themselves: signing in, and users, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_staff as b
from dispatch.web import routes_staff_sign_in as door
from dispatch.web import routes_staff_users as users
from dispatch.web.call import Operation, Query

_TOO_MANY = {429: "Too many tries; Retry-After says when again."}
_WRONG = {401: "The user name or the password is wrong."}
_OTHER_SITE = "The call comes from another site's page."
_LAST = {409: "It is the last active admin."}

STAFF_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/staff/sign-in",
        "readStaffDoor",
        "Whether there is anybody who could sign in",
        door.read_door,
        None,
        {200: b.StaffDoor},
    ),
    Operation(
        "POST",
        "/v1/staff/sign-in",
        "signInStaff",
        "A short-lived token for a user name and a password, and a cookie that renews it",
        door.sign_in,
        None,
        {200: b.StaffSignedIn},
        body=b.StaffSignInBody,
        refusals={**_WRONG, 403: f"A password has to be chosen, or the account is off. {_OTHER_SITE}", **_TOO_MANY},
    ),
    Operation(
        "POST",
        "/v1/staff/refresh",
        "refreshStaff",
        "A fresh token for the cookie, which is replaced",
        door.refresh,
        None,
        {200: b.StaffSignedIn},
        refusals={401: "The sign-in has ended.", 403: _OTHER_SITE},
    ),
    Operation(
        "POST",
        "/v1/staff/sign-out",
        "signOutStaff",
        "End the session of the cookie, or every one of its user",
        door.sign_out,
        None,
        {200: b.SignedOut},
        body=b.SignOutBody,
        refusals={403: _OTHER_SITE},
    ),
    Operation(
        "POST",
        "/v1/staff/password",
        "changePassword",
        "Another password of one's own; every other session ends",
        door.change_password,
        Action.CHANGE_PASSWORD,
        {200: b.StaffSignedIn},
        body=b.PasswordBody,
        refusals=_TOO_MANY,
    ),
    Operation(
        "GET",
        "/v1/staff/me",
        "readMe",
        "Who the caller is and what the role may do",
        door.read_me,
        Action.READ_SELF,
        {200: b.Me},
    ),
    Operation(
        "GET",
        "/v1/staff/users",
        "listUsers",
        "Users of the desk",
        users.list_users,
        Action.MANAGE_STAFF,
        {200: b.UsersShown},
    ),
    Operation(
        "GET",
        "/v1/staff/users/{id}",
        "readUser",
        "One user",
        users.read_user,
        Action.MANAGE_STAFF,
        {200: b.UserShown},
    ),
    Operation(
        "PUT",
        "/v1/staff/users/{id}",
        "putUser",
        "Make or change a user; another role or other zones end the user's sessions",
        users.put_user,
        Action.MANAGE_STAFF,
        {200: b.UserShown},
        body=b.UserBody,
    ),
    Operation(
        "POST",
        "/v1/staff/users/{id}/password",
        "giveOneTimePassword",
        "A password for one sign-in, told here only; ends the user's sessions",
        users.give_one_time,
        Action.MANAGE_STAFF,
        {200: b.OneTimePassword},
    ),
    Operation(
        "POST",
        "/v1/staff/users/{id}/deactivate",
        "deactivateUser",
        "Shut a user out, at once",
        users.deactivate,
        Action.MANAGE_STAFF,
        {200: b.UserShown},
        refusals=_LAST,
    ),
    Operation(
        "POST",
        "/v1/staff/users/{id}/reactivate",
        "reactivateUser",
        "Let a user in again",
        users.reactivate,
        Action.MANAGE_STAFF,
        {200: b.UserShown},
    ),
    Operation(
        "GET",
        "/v1/staff/acts",
        "listStaffActs",
        "What was done about users, the newest first",
        users.list_acts,
        Action.MANAGE_STAFF,
        {200: b.ActsShown},
        query=(Query("limit", "integer", f"At most so many, {users.MAX_ACTS} at most."),),
    ),
)
