"""What messages need from outside: the log of what is to be sent, whom to send it to, and the channels that send.

Beside `application.ports`, with its rules.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from dispatch.application.access import Role
from dispatch.application.messaging.table import Audience, Channel
from dispatch.application.push_notices import NoticeKind
from dispatch.application.push_ports import Receipt


class State(StrEnum):
    """Where a message stands: `queued` and `claimed` go on, the others are ends."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Why(StrEnum):
    """Why a message waits, was not sent, or failed; channels add their own words for failures."""

    QUIET = "quiet_hours"
    OPTED_OUT = "opted_out"
    OVERTAKEN = "overtaken"
    EXPIRED = "expired"
    NO_ADDRESS = "no_address"
    NO_CHANNEL = "no_channel"
    """The operator has ended the channel since, or the order is not known any more."""
    UNKNOWN = "unknown_outcome"
    """The process died while it was handing it over, and the channel cannot be asked twice."""
    RESTORED = "restored"
    """It lay in a backup; whether it was sent since, nobody knows."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message about one event to one recipient by one channel; `id` stands for these, so there is never another.

    It holds no address and no text but a webhook's `body`, which tells nothing of a person: both are looked up when it
    is sent. `recipient` is `shopper`, `account`, a mark of a member of the staff, or a webhook's id; `lane` is what
    shares a limit of messages under way. `handed`: somebody began to hand it over. `began` counts how often the order
    had begun anew. Times are business time in epoch ms; 0: not yet.
    """

    id: str
    zone_id: str
    epoch: int
    seq: int
    order_id: str
    kind: NoticeKind
    audience: Audience
    recipient: str
    channel: Channel
    lane: str
    lang: str
    event_at_ms: int
    due_at_ms: int
    eta_at_ms: int = 0
    began: int = 0
    state: State = State.QUEUED
    reason: str = ""
    tries: int = 0
    handed: bool = False
    done_at_ms: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed message: a state, why, and after how many tries in all; when it is due again if it is
    queued, and when it ended if it did.
    """

    state: State
    reason: str = ""
    tries: int = 0
    due_at_ms: int = 0
    done_at_ms: int = 0


ENDED: Final = (State.SENT, State.FAILED, State.SKIPPED)


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Which messages of a zone, the newest event first: of these states and this channel (None: of any), older than
    (moment of the event, id).
    """

    states: tuple[State, ...] = ()
    channel: Channel | None = None
    before: tuple[int, str] | None = None
    limit: int = 50


class MessageStore(Protocol):
    """The log of messages. Every method may raise `StoreUnavailable`."""

    async def enqueue(
        self, zone_id: str, messages: Sequence[OutgoingMessage], overtaken: Collection[str], upto: tuple[int, int]
    ) -> int:
        """Keep these, those that are there already left as they are; end the overtaken ones that are queued; note
        (stream epoch, sequence) as looked at. All or nothing; returns how many were new.
        """
        ...

    async def of_orders(self, zone_id: str, order_ids: Collection[str]) -> Sequence[OutgoingMessage]:
        """Every message about these orders, by event."""
        ...

    async def of_recipient(self, zone_id: str, recipient: str, limit: int) -> Sequence[OutgoingMessage]:
        """The newest messages of a recipient, the newest first."""
        ...

    async def newest(self, zone_id: str, query: MessageQuery) -> Sequence[OutgoingMessage]:
        """Those that the query names, the newest event first."""
        ...

    async def find(self, message_id: str) -> OutgoingMessage | None:
        """The message; None when there is none."""
        ...

    async def claim(self, zone_id: str, now_ms: int, holder: str, room: Mapping[str, int]) -> Sequence[OutgoingMessage]:
        """Take what is due at this business time, and what another holder has claimed and not settled for `CLAIM_S`.

        `room` is how many more of a lane may be taken; of those that it does not name, `LANE_ROOM`.
        """
        ...

    async def begin(self, message_id: str, holder: str) -> bool:
        """Note that it is being handed over; False when the claim is not this holder's any more."""
        ...

    async def settle(self, holder: str, settled: Mapping[str, Settled]) -> int:
        """Note what became of messages, by id, but for those that this holder does not hold any more; how many it did.

        All or nothing.
        """
        ...

    async def release(self, zone_id: str) -> int:
        """Queue again what was claimed by whoever had the zone before, and not begun; how many there were."""
        ...

    async def replay(self, message_id: str, now_ms: int, ended: Collection[State] = ENDED) -> bool:
        """Queue a message again that has ended so, with the same id; False when it has not."""
        ...

    async def progress(self, zone_id: str) -> tuple[int, int] | None:
        """(stream epoch, sequence) up to which events were looked at; None when nobody ever did."""
        ...

    async def forget_ended(self, zone_id: str, before_ms: int) -> int:
        """Forget messages that ended before a moment of business time; how many there were."""
        ...


CLAIM_S: Final = 60.0
"""Real seconds, longer than any channel's time-out: who has not settled by then is gone."""
LANE_ROOM: Final = 32
"""Messages of one channel under way at once; a webhook is a lane of its own."""
WEBHOOK_ROOM: Final = 8


@dataclass(frozen=True, slots=True)
class Contact:
    """How an order's shopper, or an account, wants to be told. `off` are channels that they do not want.

    `email` and `phone` are personal data: never logged, and a shopper's is erased with the order.
    """

    lang: str = ""
    email: str = ""
    phone: str = ""
    off: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the staff who works in the zone, and how they want to be told. `depots` empty: all of them."""

    id: str
    role: Role
    contact: Contact
    depots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook of an account: where to, and what signs (`whsec_...`). `old_secret` signs as well until
    `old_until_ms` (epoch ms). `off`: why nothing is sent to it; empty: it is.
    """

    id: str
    zone_id: str
    account: str
    url: str
    secret: str
    made_at_ms: int
    kinds: tuple[NoticeKind, ...] = ()
    off: str = ""
    old_secret: str = ""
    old_until_ms: int = 0


@dataclass(frozen=True, slots=True)
class Directory:
    """Whom there is to tell: contacts by `order_key`, `account_key` and `staff_key`, webhooks, numbers that opted out;
    and of the staff who has an account.
    """

    contacts: Mapping[str, Contact] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    opted_out: frozenset[tuple[str, Channel]] = frozenset()
    members: tuple[Member, ...] = ()


ACCOUNT: Final = "account:"
"""How keys of accounts begin."""


def order_key(order_id: str) -> str:
    """Under which name the contact of an order's shopper is kept."""
    return f"order:{order_id}"


def account_key(account: str) -> str:
    """Under which name the contact of an account is kept."""
    return f"{ACCOUNT}{account}"


def staff_key(user_id: str) -> str:
    """Under which name the contact of a member of the staff is kept, who may be called as some account is."""
    return f"staff:{user_id}"


class StaffRoll(Protocol):
    """Who of the staff there is to tell. May raise `StoreUnavailable`."""

    async def members(self, zone_id: str) -> Sequence[Member]:
        """Everybody who may sign in and works in this zone."""
        ...


class DirectoryStore(Protocol):
    """Whom to tell. Every method may raise `StoreUnavailable`."""

    async def directory(self, zone_id: str, keys: Collection[str], marks: Collection[str]) -> Directory:
        """What there is of these contacts, of the webhooks of the accounts among them, and of these phones' marks."""
        ...

    async def put_contact(self, zone_id: str, key: str, contact: Contact) -> None:
        """Keep a contact; it replaces the one of the same key."""
        ...

    async def opt(self, mark: str, off: Collection[Channel], on: Collection[Channel]) -> None:
        """The phone with this mark wants nothing by some channels, and something again by others."""
        ...

    async def put_endpoint(self, endpoint: Endpoint) -> None:
        """Keep a webhook; it replaces the one of the same id."""
        ...

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        """The webhook; None when there is none."""
        ...

    async def endpoints(self, zone_id: str, account: str) -> Sequence[Endpoint]:
        """The account's webhooks, the oldest first; empty account: everybody's."""
        ...

    async def drop_endpoint(self, endpoint_id: str) -> bool:
        """Forget a webhook; whether there was one."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """What a channel is to bring. `id` is the same in every try. `fields` are the words of the template by name."""

    id: str
    template: str
    lang: str
    subject: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: an e-mail address, a phone number, or a URL with the secrets that sign. Never logged."""

    address: str
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a try: a receipt, a code for the log when it failed, and how long the other side wants peace."""

    receipt: Receipt
    reason: str = ""
    wait_s: float = 0.0


TAKEN: Final = Sent(Receipt.TAKEN)


class MessageChannel(Protocol):
    """What sends. It does not raise for what may happen out there, but answers with a receipt."""

    @property
    def repeats_safely(self) -> bool:
        """Whether the other side knows a message by its `id`, so that sending it again cannot tell anybody twice."""
        ...

    async def send(self, to: Target, content: Content) -> Sent:
        """Hand it over, within `SEND_WITHIN_S`."""
        ...


SEND_WITHIN_S: Final = 15.0
