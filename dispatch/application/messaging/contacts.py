"""How people want to be told: a shopper by the link of their order, an account or a member of the staff by itself.

What a shopper switches off by number (SMS, WeChat) is off for that number in every order, until they switch it on
again; the rest is of the one order.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dispatch.application.messaging.log import ChannelSetUp
from dispatch.application.messaging.planning import BY_PHONE
from dispatch.application.messaging.ports import (
    Contact,
    DirectoryStore,
    Member,
    MessageStore,
    order_key,
    staff_key,
)
from dispatch.application.messaging.table import Channel
from dispatch.application.messaging.webhooks import Webhooks
from dispatch.application.staff_ports import StaffStore
from dispatch.application.staff_rules import STAFF_ROLES
from dispatch.domain.errors import InvalidInput
from dispatch.domain.order import Order
from dispatch.domain.phone import normalised_phone

MOST_EMAIL: Final = 254
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class ContactWish:
    """What somebody asks for; None: as it is. `off` are all the channels that they do not want."""

    lang: str
    off: tuple[Channel, ...] = ()
    email: str | None = None
    phone: str | None = None


class Contacts:
    """See the module."""

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    async def of_shopper(self, zone_id: str, order: Order) -> Contact:
        """How the order's shopper is told."""
        key, marks = order_key(order.id), _marks(order)
        found = await self._store.directory(zone_id, [key], marks)
        contact = found.contacts.get(key, Contact())
        off = {*contact.off, *(channel for _, channel in found.opted_out)}
        return replace(contact, off=_sorted(off))

    async def put_shopper(self, zone_id: str, order: Order, wish: ContactWish) -> Contact:
        """The shopper is told so from now on. Raises `InvalidInput`."""
        before = await self.of_shopper(zone_id, order)
        email = before.email if wish.email is None else checked_email(wish.email)
        for mark in _marks(order):
            off = [channel for channel in BY_PHONE if channel in wish.off]
            await self._store.opt(mark, off, [channel for channel in BY_PHONE if channel not in wish.off])
        contact = Contact(wish.lang, email, "", _sorted(wish.off))
        await self._store.put_contact(zone_id, order_key(order.id), contact)
        return contact

    async def of(self, zone_id: str, key: str) -> Contact:
        """How an account is told (`account_key`), beside its webhooks, or a member of the staff (`staff_key`)."""
        return (await self._store.directory(zone_id, [key], ())).contacts.get(key, Contact())

    async def put(self, zone_id: str, key: str, wish: ContactWish) -> Contact:
        """They are told so from now on. Raises `InvalidInput`."""
        before = await self.of(zone_id, key)
        email = before.email if wish.email is None else checked_email(wish.email)
        phone = before.phone if wish.phone is None else wish.phone and normalised_phone(wish.phone)
        contact = Contact(wish.lang, email, phone, _sorted(wish.off))
        await self._store.put_contact(zone_id, key, contact)
        return contact


class Members:
    """`StaffRoll`: the users of the desk, with how they want to be told in a zone."""

    def __init__(self, users: StaffStore, contacts: DirectoryStore) -> None:
        self._users = users
        self._contacts = contacts

    async def members(self, zone_id: str) -> Sequence[Member]:
        """See `StaffRoll`."""
        known = [user for user in await self._users.users() if user.active and user.role in STAFF_ROLES]
        users = [user for user in known if zone_id in (user.zones or (zone_id,))]
        keys = {user.id: staff_key(user.id) for user in users}
        found = (await self._contacts.directory(zone_id, keys.values(), ())).contacts
        return [
            Member(user.id, user.role, found.get(keys[user.id], Contact()), frozenset(user.depots)) for user in users
        ]


@dataclass(frozen=True, slots=True)
class MessageDesk:
    """What the HTTP doors of messages need."""

    webhooks: Webhooks
    contacts: Contacts
    log: MessageStore
    set_up: tuple[ChannelSetUp, ...] = ()


def checked_email(text: str) -> str:
    """The address; empty for none. Raises `InvalidInput` for what no mail server would take."""
    if text and (len(text) > MOST_EMAIL or not _EMAIL.fullmatch(text)):
        raise InvalidInput("bad_email", "This is no e-mail address.")
    return text


def masked_email(email: str) -> str:
    """So much of it that its owner knows it: `a***@example.com`."""
    return f"{email[0]}***@{email.rpartition('@')[2]}" if email else ""


def _marks(order: Order) -> tuple[str, ...]:
    return (order.phone_mark,) if order.phone_mark else ()


def _sorted(channels: Collection[Channel]) -> tuple[Channel, ...]:
    return tuple(sorted(set(channels)))
