"""The log of a zone's messages over HTTP: looked at, a failed one sent once more, and which channels there are."""

from dispatch.application.access import Resource, allow
from dispatch.application.messaging.log import find, retry
from dispatch.application.messaging.ports import MessageQuery, State
from dispatch.application.messaging.table import Channel
from dispatch.web.bodies_outgoing import ChannelShown, ChannelsShown, MessageLog
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem
from dispatch.web.routes_webhooks import message_shown

MAX_PAGE = 100
STATES = {
    "waiting": (State.QUEUED, State.CLAIMED),
    "sent": (State.SENT,),
    "failed": (State.FAILED,),
    "skipped": (State.SKIPPED,),
}


async def list_messages(call: Call) -> Answer:
    """`GET /v1/messages-sent`: the newest event first, a page at a time."""
    hub, state, channel = call.zone(call.query("zone", "default")), call.query("state"), call.query("channel")
    if state and state not in STATES:
        raise Problem(422, "bad_parameter", f"The parameter state is one of {', '.join(STATES)}.")
    if channel and channel not in set(Channel):
        raise Problem(422, "bad_parameter", f"The parameter channel is one of {', '.join(Channel)}.")
    limit = call.query_int("limit", 50, MAX_PAGE) or 1
    query = MessageQuery(
        states=STATES.get(state, ()),
        channel=Channel(channel) if channel else None,
        before=_cursor(call.query("cursor")),
        limit=limit,
    )
    found = await call.services.messaging.log.newest(hub.zone_id, query)
    last = found[-1] if len(found) == limit else None
    cursor = f"{last.event_at_ms}.{last.id}" if last else ""
    return Answer(MessageLog(messages=[message_shown(each) for each in found], next_cursor=cursor))


async def retry_message(call: Call) -> Answer:
    """`POST /v1/messages-sent/{id}:retry`."""
    messaging = call.services.messaging
    message = await find(messaging.log, call.path("id"))
    allow(call.subject, call.action, Resource(message.zone_id))
    again = await retry(messaging.log, message, call.services.clock.now_ms())
    return Answer(message_shown(again), 202)


async def list_channels(call: Call) -> Answer:
    """`GET /v1/message-channels`: of every zone of this server the same."""
    shown = [ChannelShown(channel=each.name, how=each.how.value) for each in call.services.messaging.set_up]
    return Answer(ChannelsShown(channels=shown))


def _cursor(given: str) -> tuple[int, str] | None:
    at_ms, _, message_id = given.partition(".")
    if not given:
        return None
    if not at_ms.isdecimal() or len(at_ms) > 16 or not message_id:
        raise Problem(422, "bad_cursor", "The cursor is not one of ours; start without one.")
    return int(at_ms), message_id
