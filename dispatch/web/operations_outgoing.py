"""The operations of messages to people and programs, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_outgoing as b
from dispatch.web import routes_contacts as contacts
from dispatch.web import routes_webhooks as webhooks
from dispatch.web.call import Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_LIMIT = Query("limit", "integer", "At most so many.")

OUTGOING_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/webhooks",
        "makeWebhook",
        "Send the events of the account's orders to a URL; the secret that signs them is told here only",
        webhooks.make_webhook,
        Action.MANAGE_WEBHOOKS,
        {201: b.WebhookMade},
        body=b.WebhookBody,
    ),
    Operation(
        "GET",
        "/v1/webhooks",
        "listWebhooks",
        "The account's webhooks, the oldest first; for admins everybody's",
        webhooks.list_webhooks,
        Action.MANAGE_WEBHOOKS,
        {200: b.WebhooksShown},
        query=(_ZONE,),
    ),
    Operation(
        "PUT",
        "/v1/webhooks/{id}",
        "changeWebhook",
        "Another URL, other events, on or off; one that was gone is tried again",
        webhooks.change_webhook,
        Action.MANAGE_WEBHOOKS,
        {200: b.WebhookShown},
        body=b.WebhookBody,
    ),
    Operation(
        "DELETE",
        "/v1/webhooks/{id}",
        "removeWebhook",
        "Send nothing there any more",
        webhooks.remove_webhook,
        Action.MANAGE_WEBHOOKS,
        {200: b.WebhookRemoved},
    ),
    Operation(
        "POST",
        "/v1/webhooks/{id}/secret:rotate",
        "rotateWebhookSecret",
        "A new secret; the old one signs beside it for 24 hours",
        webhooks.rotate_secret,
        Action.MANAGE_WEBHOOKS,
        {200: b.WebhookMade},
    ),
    Operation(
        "GET",
        "/v1/webhooks/{id}/deliveries",
        "listWebhookDeliveries",
        "What was sent to a webhook, or should have been; the newest first",
        webhooks.list_deliveries,
        Action.MANAGE_WEBHOOKS,
        {200: b.MessagesSent},
        query=(_LIMIT,),
    ),
    Operation(
        "POST",
        "/v1/webhook-deliveries/{id}:replay",
        "replayWebhookDelivery",
        "Send a delivery again, with the same webhook-id",
        webhooks.replay_delivery,
        Action.MANAGE_WEBHOOKS,
        {202: b.MessageSent},
    ),
    Operation(
        "GET",
        "/v1/message-contact",
        "readMessageContact",
        "How the account is told, beside its webhooks",
        contacts.read_account_contact,
        Action.MANAGE_CONTACT,
        {200: b.AccountContactShown},
        query=(_ZONE,),
    ),
    Operation(
        "PUT",
        "/v1/message-contact",
        "putMessageContact",
        "Tell the account by e-mail, SMS or WeChat what goes wrong and how orders end",
        contacts.put_account_contact,
        Action.MANAGE_CONTACT,
        {200: b.AccountContactShown},
        body=b.AccountContactBody,
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/messages-sent",
        "readMessagesSent",
        "Every message about an order: to whom, by which channel, and what became of it",
        webhooks.read_messages_sent,
        Action.READ_MESSAGES_SENT,
        {200: b.MessagesSent},
    ),
    Operation(
        "GET",
        "/v1/track/{token}/contact",
        "readContact",
        "How the order's shopper is told",
        contacts.read_contact,
        None,
        {200: b.ContactShown},
    ),
    Operation(
        "PUT",
        "/v1/track/{token}/contact",
        "putContact",
        "Tell the order's shopper in this language, by e-mail as well, and not by these channels",
        contacts.put_contact,
        None,
        {200: b.ContactShown},
        body=b.ContactBody,
    ),
)
