"""Distributors over HTTP: they apply, somebody approves them, and both see how their orders go."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from starlette.responses import Response

from dispatch.application.access import Reach, reach
from dispatch.application.csv_text import csv_text
from dispatch.application.hub import ZoneHub
from dispatch.application.performance import Performance, by_month
from dispatch.domain.distributor import Distributor, Licence, LicenceKind, Standing
from dispatch.domain.distributor_commands import ApplyAsDistributor, DistributorCommand, JudgeDistributor
from dispatch.domain.errors import NotFound
from dispatch.domain.order import Order
from dispatch.domain.phone import normalised_phone
from dispatch.web.bodies_distributors import (
    DistributorShown,
    DistributorsShown,
    LicenceShown,
    MonthShown,
    PerformanceShown,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import refusal
from dispatch.web.requests import ask, caught_up, idempotency_key, pending, request_id

MOST_ORDERS: Final = 20_000
"""Of a distributor, in one report."""
MOST_DAYS: Final = 400
DAY_MS: Final = 24 * 3_600_000
CSV: Final = "text/csv"


async def apply_as_distributor(call: Call) -> Answer:
    """`PUT /v1/distributors/{id}`: apply, or tell what has changed; a distributor for itself only."""
    body, account = call.body, call.path("id")
    hub = call.zone(body.zone, owner_id=account)
    licences = tuple(Licence(LicenceKind(each.kind), each.number, each.expires_at_ms) for each in body.licences)
    phone = body.phone and normalised_phone(body.phone)
    return await _asked(call, hub, ApplyAsDistributor(account, body.name, body.contact, phone, licences))


async def judge_distributor(call: Call) -> Answer:
    """`POST /v1/distributors/{id}:judge`: approve, refuse or suspend."""
    body, account = call.body, call.path("id")
    command = JudgeDistributor(account, Standing(body.standing), body.tier, body.commission_minor, body.reason)
    return await _asked(call, call.zone(body.zone), command)


async def list_distributors(call: Call) -> Answer:
    """`GET /v1/distributors`: of a standing, if one is named."""
    hub, standing = call.zone(call.query("zone", "default")), call.query("standing")
    found = [each for each in hub.replica.state.distributors.values() if standing in ("", each.standing)]
    found.sort(key=lambda each: (each.standing is not Standing.APPLIED, each.name, each.id))
    return Answer(DistributorsShown(distributors=[_shown(call, hub, each) for each in found]))


async def read_distributor(call: Call) -> Answer:
    """`GET /v1/distributors/{id}`."""
    account = call.path("id")
    hub = call.zone(call.query("zone", "default"), owner_id=account)
    return Answer(_shown(call, hub, _known(hub, account)))


async def read_performance(call: Call) -> Answer | Response:
    """`GET /v1/distributors/{id}/performance`: by month, as JSON or CSV."""
    account, zone_id = call.path("id"), call.query("zone", "default")
    hub = call.zone(zone_id, owner_id=account)
    distributor = _known(hub, account)
    now_ms = call.services.clock.now_ms()
    since_ms = now_ms - (call.query_int("days", 90, MOST_DAYS) or 1) * DAY_MS
    orders = await call.services.store.orders_placed(zone_id, account, since_ms, None, MOST_ORDERS + 1)
    own = [order for order in orders[:MOST_ORDERS] if isinstance(order, Order)]
    months = by_month(own, call.services.zone_time, distributor.commission_minor)
    if CSV in call.request.headers.get("accept", ""):
        headers = {"Content-Disposition": f'attachment; filename="{account}.csv"'}
        return Response(csv_text(_rows(months)), media_type=f"{CSV}; charset=utf-8", headers=headers)
    return Answer(
        PerformanceShown(
            distributor=_shown(call, hub, distributor),
            months=[MonthShown(**asdict(month)) for month in months],
            complete=len(orders) <= MOST_ORDERS,
        )
    )


def _rows(months: list[Performance]) -> Iterator[list[str]]:
    yield list(Performance.__dataclass_fields__)
    for month in months:
        yield [str(value) for value in asdict(month).values()]


async def _asked(call: Call, hub: ZoneHub, command: DistributorCommand) -> Answer:
    account = command.account
    asked = request_id(call.subject, f"distributors/{account}", idempotency_key(call), call.body).id
    reply = await ask(call, hub.zone_id, asked, command)
    if reply is None:
        return pending(account, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    await caught_up(call, hub)
    return Answer(_shown(call, hub, _known(hub, account)))


def _known(hub: ZoneHub, account: str) -> Distributor:
    if known := hub.replica.state.distributors.get(account):
        return known
    raise NotFound("unknown_distributor", f"There is no distributor {account}.")


def _shown(call: Call, hub: ZoneHub, each: Distributor) -> DistributorShown:
    """What a commission is, only the house and the distributor itself are told: both may ask for all of it."""
    now_ms, mine = call.services.clock.now_ms(), reach(call.subject, call.action) is Reach.ANY
    return DistributorShown(
        id=each.id,
        name=each.name,
        contact=each.contact,
        phone=each.phone,
        licences=[
            LicenceShown(
                kind=licence.kind.value,
                number=licence.number,
                expires_at_ms=licence.expires_at_ms,
                good=licence.is_good(now_ms),
                ends_soon=licence.ends_soon(now_ms),
            )
            for licence in each.licences
        ],
        standing=each.standing.value,
        tier=each.tier,
        commission_minor=each.commission_minor if mine or each.id == call.subject.owner else 0,
        reason=each.reason,
        applied_at_ms=each.applied_at_ms,
        judged_at_ms=each.judged_at_ms,
        zone=hub.zone_id,
    )
