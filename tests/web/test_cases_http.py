"""Cases over HTTP: customers report by their link, staff answer, and what was at the root is counted."""

import csv
from typing import Any

import pytest

from dispatch.application.link_limits import CHANGES
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain.case import MAX_CASE_TEXT, CaseKind
from dispatch.domain.route import StopKind
from tests.support.web import House, eventually, order_body
from tests.support.zones import MINUTE_MS, NOON_MS

MOST = CHANGES[0].times
COMPLAINT = {"kind": "complaint", "text": "The soup is cold."}


async def reported(h: House, **more: Any) -> tuple[dict[str, Any], str]:
    """An order whose customer complains: (the placed order, the case's id)."""
    placed = await h.order()
    answer = await h.http.post(f"/v1/track/{placed['track_token']}/cases", json=COMPLAINT | more)
    assert answer.status_code == 201, answer.text
    await eventually(lambda: answer.json()["id"] in h.hub.replica.state.cases)
    return placed, answer.json()["id"]


async def own(h: House, placed: dict[str, Any]) -> list[dict[str, Any]]:
    """What the customer sees of their cases."""
    shown: list[dict[str, Any]] = (await h.http.get(f"/v1/track/{placed['track_token']}/cases")).json()["cases"]
    return shown


async def staff(h: House, case_id: str, what: str, body: dict[str, Any], role: str = "support") -> dict[str, Any]:
    answer = await h.http.post(f"/v1/cases/{case_id}{what}", json=body, headers=h.headers(role, "ann"))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_customer_complains_and_reads_the_answer(h: House) -> None:
    """Reported once for each key, owed within two hours, solved with a sum, read, and closed with a cause."""
    placed = await h.order()
    link = f"/v1/track/{placed['track_token']}/cases"
    ids = {(await h.http.post(link, json=COMPLAINT, headers={"Idempotency-Key": "1"})).json()["id"] for _ in range(2)}
    (case_id,) = ids
    (waiting,) = await own(h, placed)
    assert (waiting["id"], waiting["state"], waiting["text"]) == (case_id, "open", "The soup is cold.")
    assert waiting["due_at_ms"] == waiting["at_ms"] + 120 * MINUTE_MS and not waiting["may_reopen"]
    mine = await staff(h, case_id, ":assign", {})
    assert mine["assignee"] == "ann"
    solved = await staff(h, case_id, ":solve", {"solution": "We pay the soup.", "compensation_minor": 1_200})
    assert (solved["status"], solved["solved_by"], solved.get("due_at_ms", 0)) == ("solved", "ann", 0)
    (read,) = await own(h, placed)
    assert (read["state"], read["solution"], read["compensation_minor"], read["may_reopen"]) == (
        "answered", "We pay the soup.", 1_200, True,
    )  # fmt: skip
    closed = await staff(h, case_id, "/resolve", {"resolution": "paid", "cause": "packing"})
    assert (closed["status"], closed["cause"]) == ("resolved", "packing")
    assert (await own(h, placed))[0]["state"] == "answered"


async def test_a_customer_who_is_not_content_says_so(h: House) -> None:
    """By the link of the order, with a few more words; a case of another order is unknown there."""
    placed, case_id = await reported(h)
    other = await h.order()
    await staff(h, case_id, ":solve", {"solution": "Sorry."})
    again = await h.http.post(
        f"/v1/track/{placed['track_token']}/cases/{case_id}:not-solved", json={"text": "It is still cold."}
    )
    assert again.status_code == 201
    (waiting,) = await own(h, placed)
    assert (waiting["state"], waiting["solution"]) == ("open", "Sorry.")
    assert waiting["text"] == "The soup is cold.\nIt is still cold."
    strange = await h.http.post(f"/v1/track/{other['track_token']}/cases/{case_id}:not-solved", json={})
    assert (strange.status_code, strange.json()["code"]) == (404, "unknown_case")
    assert await own(h, other) == []


@pytest.mark.parametrize(
    "bad",
    [
        COMPLAINT | {"text": ""},
        COMPLAINT | {"text": "x" * (MAX_CASE_TEXT + 1)},
        COMPLAINT | {"kind": "low_rating"},
        COMPLAINT | {"wanted_minor": -1},
    ],
)
async def test_what_is_no_report_is_refused(h: House, bad: dict[str, Any]) -> None:
    """Nothing is opened; an unknown link opens nothing either."""
    placed = await h.order()
    answer = await h.http.post(f"/v1/track/{placed['track_token']}/cases", json=bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")
    assert await own(h, placed) == []
    unknown = await h.http.post(f"/v1/track/{'x' * len(placed['track_token'])}/cases", json=COMPLAINT)
    assert unknown.status_code == 404


async def test_an_order_s_open_cases_are_few(h: House) -> None:
    """The sixth is refused with a code; who goes on is told to wait."""
    placed = await h.order()
    link = f"/v1/track/{placed['track_token']}/cases"
    answers = [await h.http.post(link, json=COMPLAINT) for _ in range(MOST + 1)]
    assert [answer.status_code for answer in answers[:6]] == [201] * 5 + [409]
    assert answers[5].json()["code"] == "too_many_cases"
    assert answers[-1].status_code == 429 and "Retry-After" in answers[-1].headers


async def test_support_opens_a_case_for_an_order_that_ended_days_ago(h: House) -> None:
    """Although the zone has forgotten the order; the customer reads the answer, but not what staff wrote down."""
    placed = await h.order()
    await h.do(c.CancelOrder(placed["id"], "changed their mind"))
    h.clock.pass_ms(3 * 24 * 60 * MINUTE_MS)
    h.bus.writer._require_state().forget_finished(h.clock.now_ms())
    assert placed["id"] not in h.bus.writer._require_state().orders
    body = {"order_id": placed["id"], "kind": "compensation", "text": "Called, wants money.", "wanted_minor": 500}
    for _ in range(2):
        answer = await h.http.post("/v1/cases", json=body, headers=h.headers("support") | {"Idempotency-Key": "1"})
        assert answer.status_code == 201, answer.text
    case_id = answer.json()["id"]
    assert (answer.json()["opened_by"], answer.json()["wanted_minor"]) == ("support:someone", 500)
    await staff(h, case_id, "/resolve", {"resolution": "paid"})
    h.clock.pass_ms(24 * 60 * MINUTE_MS)
    h.bus.writer._require_state().forget_finished(h.clock.now_ms())
    assert case_id not in h.bus.writer._require_state().cases
    listed = await h.http.get(f"/v1/cases?order={placed['id']}", headers=h.headers("support"))
    assert [case["status"] for case in listed.json()["cases"]] == ["resolved"]
    closed = await h.http.post(f"/v1/cases/{case_id}:assign", json={}, headers=h.headers("support"))
    assert (closed.status_code, closed.json()["code"]) == (409, "case_closed")
    unknown = await h.http.post("/v1/cases", json=body | {"order_id": "nothing"}, headers=h.headers("support"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_order")
    asked = await h.http.get("/v1/cases?order=nothing", headers=h.headers("support"))
    assert asked.status_code == 404


async def test_a_link_stays_good_while_its_customer_waits(h: House) -> None:
    """A day after the order ended it is over; with a case, until that is closed, or 72 hours after the answer."""
    placed = await h.order()
    await h.do(c.CancelOrder(placed["id"], "changed their mind"))
    h.clock.pass_ms(2 * 24 * 60 * MINUTE_MS)
    link = f"/v1/track/{placed['track_token']}"
    assert (await h.http.get(link)).status_code == 410
    await h.do(k.OpenCase("k1", placed["id"], CaseKind.COMPLAINT, "Was charged.", "support:ann"))
    await h.do(k.SolveCase("k1", "You get it back.", "ann"))
    assert (await h.http.get(link)).status_code == 200
    assert [case["solution"] for case in await own(h, placed)] == ["You get it back."]
    h.clock.pass_ms(3 * 24 * 60 * MINUTE_MS + 1)
    assert (await h.http.get(link)).status_code == 410
    await h.do(k.OpenCase("k2", placed["id"], CaseKind.QUESTION, "When?", "support:ann"))
    assert (await h.http.get(link)).status_code == 200
    await h.do(k.ResolveCase("k2", "told them", "ann"))
    assert (await h.http.get(link)).status_code == 410


async def test_the_history_of_an_order_tells_its_cases_apart(h: House) -> None:
    """Two cases at once: each says what it was before."""
    placed = await h.order()
    for case_id in ("k1", "k2"):
        await h.do(k.OpenCase(case_id, placed["id"], CaseKind.QUESTION, "x", "customer"))
    await h.do(k.AssignCase("k1", "bob"))
    answer = await h.http.get(f"/v1/orders/{placed['id']}/history", headers=h.headers("dispatcher"))
    told = [each["changes"] for each in answer.json()["entries"] if each["event"] == "case_changed"]
    assert told[0] == [{"field": "assignee", "before": "", "after": "bob"}]
    opened = {"field": "case", "before": None, "after": "open"}
    assert told[1:] == [[opened], [opened]]


async def test_a_storefront_passes_on_what_its_customer_says(h: House) -> None:
    """Days after the order, when its link is over: reported once for each key, read, and said to solve nothing; only
    by whoever placed the order.
    """
    shop, other = h.headers("integrator", "shop"), h.headers("integrator", "another")
    placed = (await h.http.post("/v1/orders", json=order_body(), headers=shop)).json()
    await eventually(lambda: h.hub.replica.head == h.store_head)
    await h.do(c.CancelOrder(placed["id"], "changed their mind"))
    h.clock.pass_ms(3 * 24 * 60 * MINUTE_MS)
    url = f"/v1/orders/{placed['id']}/cases"
    ids = {(await h.http.post(url, json=COMPLAINT, headers=shop | {"Idempotency-Key": "1"})).json()["id"] for _ in "ab"}
    (case_id,) = ids
    await h.do(k.SolveCase(case_id, "We pay.", "ann", 300))
    told = (await h.http.get(url, headers=shop)).json()
    assert [(each["text"], each["solution"], each["compensation_minor"]) for each in told["cases"]] == [
        ("The soup is cold.", "We pay.", 300)
    ]
    assert told["currency"] == "CNY"
    for _ in range(2):
        again = await h.http.post(f"{url}/{case_id}:not-solved", json={"text": "No money yet."}, headers=shop)
        assert again.status_code == 201
    assert (await h.http.get(url, headers=shop)).json()["cases"][0]["state"] == "open"
    assert (await h.http.get(url, headers=other)).status_code == 404
    assert (await h.http.post(url, json=COMPLAINT, headers=other)).status_code == 404
    assert (await h.http.post(f"{url}/nothing:not-solved", json={}, headers=shop)).status_code == 404
    assert (await h.http.post(url, json=COMPLAINT, headers=h.headers("support"))).status_code == 403


async def test_what_staff_wrote_down_is_not_the_customer_s_to_read(h: House) -> None:
    """Of a case that staff opened they see the kind and the answer; of a low rating nothing before there is one."""
    placed = await h.order()
    body = {"order_id": placed["id"], "kind": "question", "text": "Asks a lot."}
    case_id = (await h.http.post("/v1/cases", json=body, headers=h.headers("support"))).json()["id"]
    await staff(h, case_id, ":solve", {"solution": "It is vegan."})
    (read,) = await own(h, placed)
    assert (read["kind"], read["text"], read["solution"]) == ("question", "", "It is vegan.")


async def test_a_low_rating_becomes_a_case(h: House) -> None:
    """Two stars by the link: support sees it, and the customer reads what they are told."""
    placed = await h.order()
    await h.courier()
    await h.do(c.ReportProgress("c1", "x", c.StopAction.COMPLETED, NOON_MS, "", (placed["id"],), StopKind.DROPOFF))
    rated = await h.http.put(f"/v1/track/{placed['track_token']}/rating", json={"stars": 2, "reasons": ["late"]})
    assert rated.status_code == 200, rated.text
    listed = (await h.http.get(f"/v1/cases?order={placed['id']}", headers=h.headers("support"))).json()["cases"]
    (low,) = (case for case in listed if case["kind"] == "low_rating")
    assert (low["cause"], await own(h, placed)) == ("late", [])
    await staff(h, low["id"], ":solve", {"solution": "Sorry, next time it is free.", "compensation_minor": 0})
    assert [case["solution"] for case in await own(h, placed)] == ["Sorry, next time it is free."]


async def test_a_case_is_looked_at_again(h: House) -> None:
    """The time is business time and lies ahead; once it has passed, the case is open again."""
    _, case_id = await reported(h)
    await staff(h, case_id, ":solve", {"solution": "We pay."})
    at_ms = h.clock.now_ms() + 60 * MINUTE_MS
    planned = await staff(h, case_id, ":follow-up", {"at_ms": at_ms, "note": "Was it paid?"})
    assert (planned["follow_up_at_ms"], planned["follow_up_note"]) == (at_ms, "Was it paid?")
    past = await h.http.post(f"/v1/cases/{case_id}:follow-up", json={"at_ms": 1}, headers=h.headers("support"))
    assert (past.status_code, past.json()["code"]) == (422, "bad_follow_up")
    h.clock.pass_ms(60 * MINUTE_MS)
    await h.do(c.PassTime())
    due = await h.http.get("/v1/cases?status=open", headers=h.headers("support"))
    assert [(case["id"], case["follows_up"]) for case in due.json()["cases"]] == [(case_id, True)]


async def test_causes_are_counted(h: House) -> None:
    """By kind and cause, with how many were late; as JSON and as a table; of as many days as are asked for."""
    placed, case_id = await reported(h)
    h.clock.pass_ms(120 * MINUTE_MS)
    await h.do(c.PassTime())
    await h.do(k.ResolveCase(case_id, "paid", "ann", "late"))
    await h.http.post(f"/v1/track/{placed['track_token']}/cases", json=COMPLAINT)
    answer = (await h.http.get("/v1/cases/causes?days=1", headers=h.headers("support"))).json()
    assert answer["causes"] == [
        {"kind": "complaint", "cause": "", "cases": 1, "escalated": 0},
        {"kind": "complaint", "cause": "late", "cases": 1, "escalated": 1},
    ]
    assert 'dispatch_cases{status="open",zone="default"} 1.0' in (await h.http.get("/metrics")).text
    table = await h.http.get("/v1/cases/causes?days=1&format=csv", headers=h.headers("dispatcher"))
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(table.text.lstrip("\ufeff").splitlines())) == [
        ["kind", "cause", "cases", "escalated"], ["complaint", "", "1", "0"], ["complaint", "late", "1", "1"],
    ]  # fmt: skip
    h.clock.pass_ms(2 * 24 * 60 * MINUTE_MS)
    later = await h.http.get("/v1/cases/causes?days=1", headers=h.headers("support"))
    assert later.json()["causes"] == []
    for bad in ("days=367", "days=x", "format=xml"):
        assert (await h.http.get(f"/v1/cases/causes?{bad}", headers=h.headers("admin"))).status_code == 422


async def test_of_very_many_cases_the_newest_are_counted(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report reads so many and no more."""
    monkeypatch.setattr("dispatch.web.routes_cases.MOST_CASES", 1)
    placed, _ = await reported(h)
    h.clock.pass_ms(1)
    await h.http.post(f"/v1/track/{placed['track_token']}/cases", json=COMPLAINT | {"kind": "question"})
    answer = (await h.http.get("/v1/cases/causes", headers=h.headers("support"))).json()
    assert [(row["kind"], row["cases"]) for row in answer["causes"]] == [("question", 1)]


async def test_a_zone_that_does_not_answer_is_pending(h: House) -> None:
    """Staff and the customer hear that it was taken."""
    placed, case_id = await reported(h)
    h.bus.deaf = True
    for what, body in ((":solve", {"solution": "x"}), (":assign", {"assignee": "bob"}), (":follow-up", {"at_ms": 0})):
        answer = await h.http.post(f"/v1/cases/{case_id}{what}", json=body, headers=h.headers("support"))
        assert answer.status_code == 202 and "/v1/requests/" in answer.json()["status_url"]
    own_case = await h.http.post(f"/v1/track/{placed['track_token']}/cases", json=COMPLAINT)
    assert own_case.status_code == 202 and own_case.json()["id"]
