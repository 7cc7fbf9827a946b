"""The log of messages as people look at it, how each channel is set up, and a failed message sent once more."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dispatch.application.messaging.ports import MessageStore, OutgoingMessage, State
from dispatch.domain.errors import Conflict, NotFound


class SetUp(StrEnum):
    """How the operator has set a channel up; where to and by which secret is nobody's to read."""

    OFF = "off"
    RECORD = "record"
    """Written to a file instead of sent, for development."""
    ON = "on"


_SETTINGS: Final = {"": SetUp.OFF, "none": SetUp.OFF, "off": SetUp.OFF, "record": SetUp.RECORD}


def set_up(setting: str) -> SetUp:
    """What the setting of a channel says, without what it holds."""
    return _SETTINGS.get(setting, SetUp.ON)


@dataclass(frozen=True, slots=True)
class ChannelSetUp:
    """A way to people or programs, and whether it is open."""

    name: str
    how: SetUp


async def retry(store: MessageStore, message: OutgoingMessage, now_ms: int) -> OutgoingMessage:
    """Send a message once more that has failed. Raises `Conflict` for one that has not: nobody shall be told twice."""
    if not await store.replay(message.id, now_ms, (State.FAILED,)):
        raise Conflict("message_not_failed", "Only a message that has failed is sent once more.")
    return await store.find(message.id) or message


async def find(store: MessageStore, message_id: str) -> OutgoingMessage:
    """The message. Raises `NotFound`."""
    message = await store.find(message_id)
    if message is None:
        raise NotFound("unknown_message", "There is no message of this id.")
    return message
