"""Reading a zone's history in batches that end with a request: who applies one never stands in a half-done decision.

The events of one request are committed together and take effect together. A state between them is one that the zone
was never in, although its `plan_version` may look current already; a plan made on it would be a plan on nonsense.
"""

from collections.abc import Awaitable, Callable, Sequence

from dispatch.application.ports import Recorded

Read = Callable[[int], Awaitable[Sequence[Recorded]]]


async def whole_requests(read: Read, at_most: int) -> Sequence[Recorded]:
    """What `read(limit)` finds, but for a last request of which the rest may lie behind the limit.

    Reads about `at_most` events; more only when a single request has more than that. Empty when there is nothing.
    """
    found = await read(at_most)
    while len(found) >= at_most:
        whole = _without_last_request(found)
        if whole:
            return whole
        at_most *= 2
        found = await read(at_most)
    return found


def _without_last_request(events: Sequence[Recorded]) -> Sequence[Recorded]:
    last = _request(events[-1])
    end = len(events)
    while end and _request(events[end - 1]) == last:
        end -= 1
    return events[:end]


def _request(recorded: Recorded) -> tuple[str, int]:
    """What the events of one request have in common; the zone's own acts have no id, but a moment."""
    return recorded.request_id, recorded.at_ms
