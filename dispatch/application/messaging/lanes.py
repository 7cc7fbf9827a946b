"""How many messages may be under way at once: of a channel, and of each webhook, which is a lane of its own. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from dispatch.application.messaging.ports import LANE_ROOM, WEBHOOK_ROOM
from dispatch.application.messaging.table import Channel

_CHANNELS = frozenset(channel.value for channel in Channel)


def limit_of(lane: str) -> int:
    """How many of a lane may be under way at once."""
    return LANE_ROOM if lane in _CHANNELS else WEBHOOK_ROOM


def room_beside(under_way: Mapping[str, int]) -> dict[str, int]:
    """How many more of each lane may begin; lanes with nothing under way are not named."""
    return {lane: max(0, limit_of(lane) - number) for lane, number in under_way.items() if number}


def within_room(due: Iterable[tuple[str, str]], room: Mapping[str, int]) -> list[str]:
    """Of (id, lane), the ids that have room in their lanes, those first that come first."""
    taken = Counter[str]()
    chosen = []
    for message_id, lane in due:
        if taken[lane] < room.get(lane, limit_of(lane)):
            taken[lane] += 1
            chosen.append(message_id)
    return chosen
