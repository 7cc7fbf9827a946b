"""How people want to be told, over HTTP: a shopper by the link of their order, an account or staff by their token."""

from dispatch.application.messaging.contacts import ContactWish, masked_email
from dispatch.application.messaging.ports import Contact, account_key, staff_key
from dispatch.application.messaging.table import Channel
from dispatch.web.bodies_outgoing import AccountContactShown, ContactShown, NewsAddress
from dispatch.web.call import Answer, Call
from dispatch.web.tracking_links import find_tracked


async def read_contact(call: Call) -> Answer:
    """`GET /v1/track/{token}/contact`."""
    hub, order = await find_tracked(call.services, call.path("token"))
    return _shopper(await call.services.messaging.contacts.of_shopper(hub.zone_id, order))


async def put_contact(call: Call) -> Answer:
    """`PUT /v1/track/{token}/contact`: the link is the right to say so."""
    hub, order = await find_tracked(call.services, call.path("token"))
    wish = ContactWish(call.body.lang, _off(call), call.body.email)
    return _shopper(await call.services.messaging.contacts.put_shopper(hub.zone_id, order, wish))


async def read_account_contact(call: Call) -> Answer:
    """`GET /v1/message-contact`."""
    hub = call.zone(call.query("zone", "default"), owner_id=call.subject.owner)
    contact = await call.services.messaging.contacts.of(hub.zone_id, account_key(call.subject.owner))
    return _account(hub.zone_id, contact)


async def put_account_contact(call: Call) -> Answer:
    """`PUT /v1/message-contact`."""
    body, hub = call.body, call.zone(call.body.zone, owner_id=call.subject.owner)
    wish = ContactWish(body.lang, _off(call), body.email, body.phone)
    contact = await call.services.messaging.contacts.put(hub.zone_id, account_key(call.subject.owner), wish)
    return _account(hub.zone_id, contact)


async def read_news_address(call: Call) -> Answer:
    """`GET /v1/staff/news`."""
    hub = call.zone(call.query("zone", "default"), owner_id=call.subject.owner)
    contact = await call.services.messaging.contacts.of(hub.zone_id, staff_key(call.subject.id))
    return Answer(NewsAddress(zone=hub.zone_id, lang=contact.lang, email=contact.email))


async def put_news_address(call: Call) -> Answer:
    """`PUT /v1/staff/news`."""
    body, hub = call.body, call.zone(call.body.zone, owner_id=call.subject.owner)
    wish = ContactWish(body.lang, email=body.email)
    contact = await call.services.messaging.contacts.put(hub.zone_id, staff_key(call.subject.id), wish)
    return Answer(NewsAddress(zone=hub.zone_id, lang=contact.lang, email=contact.email))


def _off(call: Call) -> tuple[Channel, ...]:
    return tuple(Channel(name) for name in call.body.off)


def _shopper(contact: Contact) -> Answer:
    off = [channel.value for channel in contact.off]
    return Answer(ContactShown(lang=contact.lang, email=masked_email(contact.email), off=off))


def _account(zone_id: str, contact: Contact) -> Answer:
    off = [channel.value for channel in contact.off]
    shown = AccountContactShown(zone=zone_id, lang=contact.lang, email=contact.email, phone=contact.phone, off=off)
    return Answer(shown)
