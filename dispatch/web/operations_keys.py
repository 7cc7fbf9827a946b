"""The operations on keys of programs, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_keys as b
from dispatch.web import routes_keys as keys
from dispatch.web.call import Operation

KEY_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/api-keys",
        "makeApiKey",
        "A key with which a program calls as an account; its text is told here only",
        keys.make_key,
        Action.MANAGE_API_KEYS,
        {201: b.KeyMade},
        body=b.KeyBody,
    ),
    Operation(
        "GET",
        "/v1/api-keys",
        "listApiKeys",
        "Every key, the newest first, without their texts",
        keys.list_keys,
        Action.MANAGE_API_KEYS,
        {200: b.KeysShown},
    ),
    Operation(
        "DELETE",
        "/v1/api-keys/{id}",
        "revokeApiKey",
        "End a key; other gateways refuse it within two seconds",
        keys.revoke_key,
        Action.MANAGE_API_KEYS,
        {200: b.KeyShown},
    ),
)
