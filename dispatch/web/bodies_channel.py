"""HTTP bodies of signing in, of device keys and of duty."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.web.bodies import Body, Shown

Phone = Annotated[str, Meta(min_length=1, max_length=40)]


class CodeWish(Body):
    """Who wants a one-time code, and in which language it is to be sent."""

    phone: Phone
    lang: Literal["zh", "zh-CN", "en"] = "zh-CN"


class CodeTaken(Shown):
    """A code is on its way if a courier has this number; the answer is the same if nobody does."""

    expires_in_s: int
    again_after_s: int


class SignInBody(Body):
    """A phone number and the code that was sent to it."""

    phone: Phone
    code: Annotated[str, Meta(min_length=1, max_length=16)]


class SignedIn(Shown):
    """A courier's token and what the app begins with; `expires_at_s` is epoch seconds of the wall clock."""

    token: str
    courier_id: str
    name: str
    zone: str
    expires_at_s: int


class FreshToken(Shown):
    """A token that replaces the one it was asked for with."""

    token: str
    expires_at_s: int


class SocketTicket(Shown):
    """What to say as `token` in the first message of a socket, once, within so many seconds."""

    ticket: str
    expires_in_s: int


class DeviceBody(Body):
    """A GPS app that is to report for a courier, by a name that its owner knows it by."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]


class DeviceKey(Shown):
    """A device's key, which is told here only, and where each app sends to with it."""

    key: str
    osmand_url: str
    traccar_url: str
    owntracks_url: str
    gpslogger_url: str


class Revoked(Shown):
    """How many devices can no longer report."""

    revoked: int


class DutyBody(Body):
    """Whether a courier works. A dispatcher gives a `reason`: the courier is told it, and the audit keeps it."""

    duty: Literal["available", "on_break", "ending", "off_duty"]
    reason: Annotated[str, Meta(max_length=200)] = ""


class DutyShown(Shown):
    """A courier's duty as it is now."""

    courier_id: str
    duty: str
