"""Every route, asked without a token, with every role, and for somebody else's things."""

import httpx
import pytest

from dispatch.application.access import TABLE, Role
from dispatch.web.call import Operation
from dispatch.web.operations import OPERATIONS
from tests.support.web import House, order_body

GUARDED = [row for row in OPERATIONS if row.action]


def url_of(row: Operation) -> str:
    return row.path.replace("{id}", "c1").replace("{token}", "x")


def code_of(answer: httpx.Response) -> str:
    is_json = "json" in answer.headers.get("content-type", "")  # a table is no refusal
    code: str = answer.json().get("code", "") if is_json and answer.content else ""
    return code


def code_said(row: Operation, code: str) -> str:
    """An answer to HEAD has no body to say it in."""
    return "" if row.method == "HEAD" else code


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.name)
async def test_without_a_token(h: House, row: Operation) -> None:
    """401 before anything of the request is looked at; the answer says how to sign in."""
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
        answer = await h.http.request(row.method, url_of(row), content=b"{garbage", headers=headers)
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    old = {"Authorization": f"Bearer {h.token('admin', hours=-1)}"}
    expired = await h.http.request(row.method, url_of(row), headers=old)
    assert (expired.status_code, code_of(expired)) == (401, code_said(row, "token_expired"))


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.name)
async def test_with_every_role(h: House, row: Operation) -> None:
    """Roles without a row get 403 before their body is read; roles with one get something else."""
    assert row.action is not None
    for role in Role:
        answer = await h.http.request(row.method, url_of(row), content=b"{garbage", headers=h.headers(role, "nobody"))
        if role in TABLE[row.action]:
            assert answer.status_code != 401 and code_of(answer) != "role_not_allowed"
        else:
            assert (answer.status_code, code_of(answer)) == (403, code_said(row, "role_not_allowed"))


async def test_a_token_in_the_url_is_no_token(h: House) -> None:
    """Query parameters do not authenticate: URLs end up in logs and histories."""
    for name in ("token", "access_token", "jwt"):
        assert (await h.http.get(f"/v1/orders?{name}={h.token('admin')}")).status_code == 401


async def test_a_link_opens_nothing_but_its_order(h: House) -> None:
    """The capability is no bearer token, and a bearer token is no capability."""
    placed = await h.order()
    headers = {"Authorization": f"Bearer {placed['track_token']}"}
    assert (await h.http.get(f"/v1/orders/{placed['id']}", headers=headers)).status_code == 401
    assert (await h.http.get(f"/v1/track/{h.token('admin')}")).status_code == 404
    assert (await h.http.get(f"/v1/track/{placed['id']}")).status_code == 404


async def test_a_zone_token_does_not_reach_other_zones(h: House) -> None:
    """403 for every zone-wide operation of a zone that the token is not for."""
    headers = {"Authorization": f"Bearer {h.token('admin', zones=('mars',))}"}
    placed = await h.order()
    for url in ("/v1/orders", "/v1/couriers", "/v1/depots", "/v1/areas", "/v1/events", "/v1/stats", "/v1/couriers/c1"):
        assert (await h.http.get(url, headers=headers)).status_code == 403
    assert (await h.http.get(f"/v1/orders/{placed['id']}", headers=headers)).status_code == 403
    assert (await h.http.post("/v1/orders", json=order_body(), headers=headers)).status_code == 403
    cancel = await h.http.post(f"/v1/orders/{placed['id']}/cancel", json={"reason": "x"}, headers=headers)
    assert cancel.status_code == 403
