"""Keys of programs over HTTP, for admins."""

from dispatch.application.access import Role
from dispatch.application.api_keys import ApiKey, KeyWish
from dispatch.web.bodies_keys import KeyMade, KeyShown, KeysShown
from dispatch.web.call import Answer, Call


async def make_key(call: Call) -> Answer:
    """`POST /v1/api-keys`."""
    body = call.body
    wish = KeyWish(body.name, Role(body.role), body.account, tuple(body.zones), tuple(body.depots), body.days)
    key, text = await call.services.api_keys.make(call.subject, wish)
    return Answer(KeyMade(key=text, made=_shown(key)), 201)


async def list_keys(call: Call) -> Answer:
    """`GET /v1/api-keys`."""
    return Answer(KeysShown(keys=[_shown(key) for key in await call.services.api_keys.everything(call.subject)]))


async def revoke_key(call: Call) -> Answer:
    """`DELETE /v1/api-keys/{id}`. Revoking again changes nothing."""
    return Answer(_shown(await call.services.api_keys.revoke(call.subject, call.path("id"))))


def _shown(key: ApiKey) -> KeyShown:
    return KeyShown(
        id=key.id,
        name=key.name,
        role=key.role.value,
        account=key.account,
        zones=list(key.zones),
        depots=list(key.depots),
        made_by=key.made_by,
        made_at=key.made,
        expires_at=key.expires,
        revoked_at=key.revoked,
        used_at=key.used,
    )
