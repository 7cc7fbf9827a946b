"""Whatever the tests of the domain let happen is held to what must always hold: what is refused is refused in the words
of `docs/refusals.md`, and what happens can be stored and read back as it was.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from dispatch.application.records import decode_event, encode_event
from dispatch.domain.errors import DomainError
from dispatch.domain.events import Event, OrderChanged, RouteChanged
from dispatch.domain.zone import Draft
from tests.support.refusals import is_told

STEPS: Final = {
    "answered", "assigned", "at_depot", "at_dropoff", "at_pickup", "at_point", "attempt_failed", "canceled",
    "collected",
    "confirmed", "cut_off", "declined", "delivered", "depot", "dispatchable", "en_route_dropoff", "en_route_pickup",
    "erased", "excluded", "expedited", "handed_over", "handover", "held", "included", "link", "lock", "meeting", "mode",
    "offered", "override undone", "picked_up", "place", "preparation", "proof", "rated", "ready", "reconnected",
    "returned", "returning", "revoked", "shipment", "uncollected", "undone", "waiting", "wish", "with_carrier",
}  # fmt: skip
"""How `OrderChanged.what` may name a step: pages have words for each, or pass over it."""
WHYS: Final = {
    "accepted in time", "another courier has it", "attempt failed", "brought back", "canceled",
    "courier stopped working", "delivered by another courier", "delivered offline", "erased", "hand-over",
    "hand-over called off", "hand-over failed", "hand-over overtaken", "handed over", "handed_over", "mode",
    "not brought back", "offer accepted", "offer declined", "offer lapsed", "offer revoked",
    "other stop first", "override", "override undone", "picked up offline", "pickup failed", "returned",
    "stop arrived", "stop completed", "stop en_route", "stop undone", "taken back", "undone", "wish",
}  # fmt: skip
"""Why the zone changes a route; beside them stand reasons that people and planners give."""
GIVEN: Final = {"address", "because", "phone is away", "test", "too much"}


@pytest.fixture(autouse=True, scope="module")  # no longer than that: other rooms have other words
def _held_to_its_words() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        made, emitted = DomainError.__init__, Draft.emit

        def refuse(self: DomainError, code: str, detail: str) -> None:
            assert is_told(code, detail), f"not in docs/refusals.md: {code}: {detail}"
            made(self, code, detail)

        def emit(self: Draft, event: Event) -> None:
            assert decode_event(encode_event(event)) == event, event
            assert not isinstance(event, OrderChanged) or event.what in STEPS, event
            assert not isinstance(event, RouteChanged) or event.reason in WHYS | GIVEN, event
            emitted(self, event)

        patched.setattr(DomainError, "__init__", refuse)
        patched.setattr(Draft, "emit", emit)
        yield
