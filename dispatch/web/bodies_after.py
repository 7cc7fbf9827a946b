"""HTTP bodies of an order's preparation, its rating, and its tracking link."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from courier_protocol.live import PreparationView, PreparationWord
from dispatch.domain.rating import MAX_STARS, MAX_TEXT_LENGTH
from dispatch.web.bodies import Body, Millis, Shown

RatingReason = Literal[
    "on_time",
    "friendly",
    "careful",
    "well_packed",
    "well_informed",
    "late",
    "damaged",
    "missing",
    "wrong_place",
    "rude",
    "badly_informed",
]


class PreparationBody(Body):
    """A step of the shop or the depot; `at_ms` is when it was, business time (left out: now)."""

    step: PreparationWord
    at_ms: Millis = 0


class PreparationShown(Shown):
    """What was reported of an order so far, by time; goods that are packed sooner are ready sooner."""

    id: str
    preparation: list[PreparationView]
    ready_at_ms: int


class RatingBody(Body):
    """What a shopper says of a delivery."""

    stars: Annotated[int, Meta(ge=1, le=MAX_STARS)]
    reasons: Annotated[list[RatingReason], Meta(max_length=11)] = msgspec.field(default_factory=list)
    text: Annotated[str, Meta(max_length=MAX_TEXT_LENGTH)] = ""


class RatingTaken(Shown):
    """The rating as it was taken."""

    stars: int
    reasons: list[str]
    text: str


class RevocationBody(Body):
    """Whether a new link is wanted in place of the revoked one."""

    renew: bool = False


class LinkShown(Shown):
    """The link that opens the order now; empty when there is none. It is told here only."""

    id: str
    track_token: str
    track_url: str
