"""What goes over the wire when a zone's goals are set; see `bodies`. They are shown as the live channel shows them."""

from typing import Annotated

from msgspec import Meta

from courier_protocol.live import Percent
from dispatch.web.bodies import Body


class GoalsBody(Body):
    """All goals of a zone; see `GoalsView`. `expected_version` is the one that the person saw: another one is a 409."""

    on_time_pct: Percent
    at_risk_pct: Percent
    late_pct: Percent
    door_min: Annotated[float, Meta(ge=0, le=1_440)]
    orders_per_courier_hour: Annotated[float, Meta(ge=0, le=100)]
    waiting_orders: Annotated[int, Meta(ge=0, le=100_000)]
    waiting_s: Annotated[int, Meta(ge=0, le=86_400)]
    reason: Annotated[str, Meta(max_length=200)] = ""
    expected_version: Annotated[int, Meta(ge=0)] | None = None
