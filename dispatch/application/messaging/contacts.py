"""How people want to be told: a shopper by the link of their order, an account by itself.

What a shopper switches off by number (SMS, WeChat) is off for that number in every order, until they switch it on
again; the rest is of the one order.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from dispatch.application.messaging.log import ChannelSetUp
from dispatch.application.messaging.planning import BY_PHONE
from dispatch.application.messaging.ports import Contact, DirectoryStore, MessageStore, account_key, order_key
from dispatch.application.messaging.table import Channel
from dispatch.application.messaging.webhooks import Webhooks
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

    async def of_account(self, zone_id: str, account: str) -> Contact:
        """How the account is told, beside its webhooks."""
        key = account_key(account)
        return (await self._store.directory(zone_id, [key], ())).contacts.get(key, Contact())

    async def put_account(self, zone_id: str, account: str, wish: ContactWish) -> Contact:
        """The account is told so from now on. Raises `InvalidInput`."""
        before = await self.of_account(zone_id, account)
        email = before.email if wish.email is None else checked_email(wish.email)
        phone = before.phone if wish.phone is None else wish.phone and normalised_phone(wish.phone)
        contact = Contact(wish.lang, email, phone, _sorted(wish.off))
        await self._store.put_contact(zone_id, account_key(account), contact)
        return contact


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
