"""What goes over the wire about a shopper's own account; see `bodies`."""

from typing import Annotated

from msgspec import Meta

from dispatch.web.bodies import AddressText, Body, Lat, Lon, Shown
from dispatch.web.bodies_reach import FoundOrder, Lang

Phone = Annotated[str, Meta(min_length=1, max_length=40)]


class MyToken(Shown):
    """A fresh token; `expires_at_s` is epoch seconds of the wall clock."""

    token: str
    expires_at_s: int


class MyOrders(Shown, omit_defaults=True):
    """A page of the phone's orders, the newest first, as of `now_ms` (business time); `next` is where it goes on."""

    now_ms: int
    orders: list[FoundOrder]
    next: str = ""


class MyAddressBody(Body):
    """An address to keep: what the shopper calls it (home, work), the door in WGS-84, and how people write that."""

    label: Annotated[str, Meta(min_length=1, max_length=40)]
    address: AddressText
    lat: Lat
    lon: Lon
    note: Annotated[str, Meta(max_length=200)] = ""


class MyAddress(Shown):
    """An address of the book."""

    id: str
    label: str
    address: str
    lat: float
    lon: float
    note: str


class MyAddresses(Shown):
    """The address book, by label."""

    addresses: list[MyAddress]


class MyAddressGone(Shown):
    """The address that was forgotten."""

    id: str


class SignedOut(Shown):
    """`everywhere`: every token of the account is worth nothing from now on."""

    everywhere: bool = True


class ErasureCodeBody(Body):
    """The number again, to which the code goes."""

    phone: Phone
    lang: Lang = "zh-CN"


class MyErasureBody(Body):
    """The number again, and the code that came for this."""

    phone: Phone
    code: Annotated[str, Meta(min_length=1, max_length=16)]


class MyErasureDone(Shown):
    """How many orders forgot their customer; the address book is empty, and every token is over."""

    orders: int
