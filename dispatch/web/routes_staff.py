"""What staff read beside the live channel: the event log, figures."""

from urllib.parse import urlencode

import msgspec

from dispatch.application.records import encode_recorded
from dispatch.domain.invariants import violations
from dispatch.web.bodies import Events, EventShown, Stats
from dispatch.web.call import Answer, Call

MAX_EVENTS = 1_000


async def read_events(call: Call) -> Answer:
    """`GET /v1/events`: recorded events after a sequence, oldest first."""
    hub = call.zone(call.query("zone", "default"))
    after, limit = call.query_int("after", 0, 2**53), call.query_int("limit", 200, MAX_EVENTS)
    recorded = await call.services.store.events(hub.zone_id, after, limit)
    shown = [msgspec.json.decode(encode_recorded(each), type=EventShown) for each in recorded]
    rest = {"zone": hub.zone_id, "after": shown[-1].seq, "limit": limit} if len(shown) == limit > 0 else None
    return Answer(Events(epoch=hub.here.epoch, events=shown, next=f"/v1/events?{urlencode(rest)}" if rest else ""))


async def read_stats(call: Call) -> Answer:
    """`GET /v1/stats`: figures since this process began, and the invariants as they stand now."""
    hub = call.zone(call.query("zone", "default"))
    counters: dict[str, float] = dict(hub.counters)
    for more in call.services.counters:
        counters |= more()
    return Answer(
        Stats(
            orders_created=int(counters["orders_created"]),
            orders_offered=int(counters["orders_offered"]),
            orders_delivered=int(counters["orders_delivered"]),
            plans_adopted=int(counters["plans_adopted"]),
            sessions=hub.sessions,
            counters=counters,
            invariant_violations=violations(hub.replica.state),
        )
    )
