"""Who brings an order, over HTTP: another way for it, what a depot hands out, and what carriers take and report."""

from dispatch.application.access import Reach, reach
from dispatch.application.customer_wishes import look_at_mode
from dispatch.domain.commands import Command
from dispatch.domain.errors import Conflict
from dispatch.domain.fulfilment import Mode
from dispatch.domain.mode_commands import CarrierSays, ChangeMode, HandOut, HandToCarrier, ReportCarrier
from dispatch.domain.order import Order
from dispatch.web.auth import delivery_pin
from dispatch.web.call import Answer, Call
from dispatch.web.routes_reschedule import agreed, around_order
from dispatch.web.routes_wishes import Own, around, looked_ahead


async def change_mode(call: Call) -> Answer:
    """`POST /v1/orders/{id}:change-mode`. The mode that it has already changes nothing."""

    async def look(zone_id: str, order: Order) -> Command:
        body = call.body
        wanted = ChangeMode(
            order.id,
            Mode(body.mode),
            body.reason,
            delivery_pin(call.services.secret, order.id),
            by=call.subject.actor,
            seen_version=body.seen_version,
        )
        return await look_at_mode(wanted, await around_order(call, zone_id, order), call.services.intake)

    return await agreed(call, "change-mode", look)


async def change_own_mode(call: Call) -> Answer:
    """`POST /v1/track/{token}/mode`."""

    async def look(own: Own) -> Command:
        pin = delivery_pin(call.services.secret, own.order.id)
        wanted = ChangeMode(own.order.id, Mode(call.body.mode), pin=pin, seen_version=call.body.seen_version)
        return await look_at_mode(wanted, around(call, own.hub), call.services.intake)

    return await looked_ahead(call, "mode", look)


async def hand_out(call: Call) -> Answer:
    """`POST /v1/orders/{id}:hand-out`. A second time changes nothing; a shop's program needs the code."""

    async def look(_zone_id: str, order: Order) -> Command:
        if not call.body.code and reach(call.subject, call.action) is Reach.OWN:
            raise Conflict("code_needed", "Ask for the code of the order; it stands on the customer's page.")
        return HandOut(order.id, call.body.code or None, call.body.age_checked)

    return await agreed(call, "hand-out", look)


async def hand_to_carrier(call: Call) -> Answer:
    """`POST /v1/orders/{id}:hand-to-carrier`. Once more, with other words, it corrects what was said."""

    async def look(_zone_id: str, order: Order) -> Command:
        body = call.body
        return HandToCarrier(order.id, body.carrier.strip(), body.tracking_number.strip(), body.tracking_url)

    return await agreed(call, "hand-to-carrier", look)


async def report_carrier(call: Call) -> Answer:
    """`POST /v1/orders/{id}/carrier-report`. The same once more changes nothing."""

    async def look(_zone_id: str, order: Order) -> Command:
        body = call.body
        return ReportCarrier(order.id, CarrierSays(body.state), body.at_ms, body.note.strip())

    return await agreed(call, "carrier-report", look)
