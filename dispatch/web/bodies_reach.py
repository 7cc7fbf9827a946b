"""HTTP bodies of looking for one's orders, and of being told of changes by Web Push."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.web.bodies import Body, Shown

Lang = Literal["zh", "zh-CN", "en"]
Typed = Annotated[str, Meta(max_length=100)]


class LookupBody(Body):
    """What a shopper knows: either their `phone`, or the number of an `order`, ours or the shop's."""

    phone: Annotated[str, Meta(max_length=40)] = ""
    order: Typed = ""
    lang: Lang = "zh-CN"


class LookupTaken(Shown):
    """If we know the number, a code was sent to the phone of the order; the answer is the same if not."""

    expires_in_s: int
    again_after_s: int


class LookupProof(Body):
    """The same that was asked with, and the code that came."""

    code: Annotated[str, Meta(min_length=1, max_length=16)]
    phone: Annotated[str, Meta(max_length=40)] = ""
    order: Typed = ""


class FoundOrder(Shown, omit_defaults=True):
    """An order of the shopper's phone. `link` is the page that shows it, while there is one; `ended_at_ms` is 0 until
    nothing more happens to it. `shop` is the name of its depot. `mode` is who brings it (as in the order's view): what
    the shopper fetches is kept until `collect_by_ms`, and `packed` or not; a carrier has a name.
    """

    id: str
    status: str
    created_at_ms: int
    ref: str = ""
    shop: str = ""
    direction: str = "delivery"
    eta_at_ms: int = 0
    eta_late_at_ms: int = 0
    ended_at_ms: int = 0
    link: str = ""
    mode: str = "delivery"
    collect_by_ms: int = 0
    packed: bool = False
    carrier: str = ""


class FoundOrders(Shown, omit_defaults=True):
    """The orders of the last days, those under way first, as of `now_ms` (business time).

    `token` opens the account of the phone, for who asked by its number and has an order; `expires_at_s` is epoch
    seconds of the wall clock.
    """

    now_ms: int
    orders: list[FoundOrder]
    token: str = ""
    expires_at_s: int = 0


class PushBody(Body):
    """A browser's push subscription, as `PushSubscription.toJSON()` has it, and how its reader wants to be told.

    `utc_offset_min` is how far the reader's clock is ahead of UTC.
    """

    endpoint: Annotated[str, Meta(min_length=1, max_length=2_000)]
    p256dh: Annotated[str, Meta(min_length=1, max_length=200)]
    auth: Annotated[str, Meta(min_length=1, max_length=60)]
    lang: Lang = "zh-CN"
    utc_offset_min: Annotated[int, Meta(ge=-14 * 60, le=14 * 60)] = 0


class PushShown(Shown):
    """Whether this browser is told of the order's changes; `vapid_key` is what it subscribes with."""

    vapid_key: str
    subscribed: bool
