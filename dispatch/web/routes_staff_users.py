"""Users of the desk over HTTP, for admins."""

from dispatch.application.access import Role
from dispatch.application.staff_ports import StaffAct, StaffUser
from dispatch.application.staff_rules import UserWish
from dispatch.web.bodies_staff import ActShown, ActsShown, OneTimePassword, UserShown, UsersShown
from dispatch.web.call import Answer, Call

MAX_ACTS = 200


async def list_users(call: Call) -> Answer:
    """`GET /v1/staff/users`."""
    users = await call.services.staff.users.everybody(call.subject)
    return Answer(UsersShown(users=[_shown(user) for user in users]))


async def read_user(call: Call) -> Answer:
    """`GET /v1/staff/users/{id}`."""
    return Answer(_shown(await call.services.staff.users.find(call.subject, call.path("id"))))


async def put_user(call: Call) -> Answer:
    """`PUT /v1/staff/users/{id}`: make or change."""
    body = call.body
    wish = UserWish(body.name, Role(body.role), tuple(body.zones), body.new, tuple(body.depots))
    return Answer(_shown(await call.services.staff.users.put(call.subject, call.path("id"), wish)))


async def give_one_time(call: Call) -> Answer:
    """`POST /v1/staff/users/{id}/password`."""
    user, password = await call.services.staff.users.give_one_time(call.subject, call.path("id"))
    return Answer(OneTimePassword(user=user.id, password=password, good_until=user.one_time_until or 0))


async def deactivate(call: Call) -> Answer:
    """`POST /v1/staff/users/{id}/deactivate`."""
    return Answer(_shown(await call.services.staff.users.set_active(call.subject, call.path("id"), active=False)))


async def reactivate(call: Call) -> Answer:
    """`POST /v1/staff/users/{id}/reactivate`."""
    return Answer(_shown(await call.services.staff.users.set_active(call.subject, call.path("id"), active=True)))


async def remove_second_factor(call: Call) -> Answer:
    """`POST /v1/staff/users/{id}/second-factor/remove`."""
    return Answer(_shown(await call.services.staff.users.remove_second_factor(call.subject, call.path("id"))))


async def list_acts(call: Call) -> Answer:
    """`GET /v1/staff/acts`."""
    acts = await call.services.staff.users.acts(call.subject, call.query_int("limit", 50, MAX_ACTS))
    return Answer(ActsShown(acts=[_act(act) for act in acts]))


def _shown(user: StaffUser) -> UserShown:
    return UserShown(
        id=user.id,
        name=user.name,
        role=user.role,
        zones=list(user.zones),
        active=user.active,
        password="none" if not user.password_hash else "own" if user.one_time_until is None else "one_time",
        created_at=user.created,
        changed_at=user.changed,
        second_factor=user.has_second_factor,
        depots=list(user.depots),
    )


def _act(act: StaffAct) -> ActShown:
    return ActShown(
        number=act.number, at=act.at, actor=act.actor, action=act.action, user=act.user_id, detail=act.detail
    )
