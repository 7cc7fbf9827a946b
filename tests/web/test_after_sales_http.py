"""Returns, exchanges and repairs over HTTP: by the customer's link, at the desk, at the depot, and for the shop."""

from typing import Any

import pytest

from dispatch.application.channel_ports import Rate
from dispatch.domain import commands as c
from dispatch.domain.order import Direction, OrderStatus
from dispatch.web.lookups import link_of
from tests.support.claims import LINES, bought, claimed, ride, stocked, wish
from tests.support.web import House, courier_client, eventually
from tests.support.zones import MINUTE_MS, NOON_MS

DAY_MS = 24 * 3_600_000


async def ask(h: House, claim_id: str, what: str, role: str = "support", *, key: str = "", **body: Any) -> Any:
    headers = h.headers(role, "ann") | ({"Idempotency-Key": key} if key else {})
    answer = await h.http.post(f"/v1/after-sales/{claim_id}:{what}", json=body, headers=headers)
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return answer


async def mine(h: House, placed: dict[str, Any]) -> dict[str, Any]:
    """What the customer sees."""
    answer = await h.http.get(f"/v1/track/{placed['track_token']}/after-sales")
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def shelf(h: House) -> tuple[int, int]:
    """(pieces at d1, of them free)."""
    (there,) = (await h.http.get("/v1/stock?depot=d1", headers=h.headers())).json()["shelves"]
    return there["on_hand"], there["free"]


def refused(answer: Any) -> tuple[int, str]:
    problem = answer.json()
    assert problem["detail"].endswith("."), problem
    return answer.status_code, problem["code"]


# --- the whole story ----------------------------------------------------------------------------------------------


async def test_a_charger_comes_back_and_stock_is_whole_again(h: House, address: str) -> None:
    """A courier brings it, its customer asks, support grants it, a courier fetches it, the depot puts it back: each
    step over the channel that people use.
    """
    await stocked(h, 5)
    shop = h.headers("integrator", "shop")
    body = {"dropoff": {"lat": 60.17, "lon": 24.94, "address": "Street 1"}, "lines": LINES, "ref": "R7"}
    placed = (await h.http.post("/v1/orders", json=body, headers=shop)).json()
    state = h.hub.replica.state
    async with courier_client(h, address) as phone:
        await phone.wait_live()

        async def ridden(order_id: str) -> None:
            await h.plan("c1", order_id)
            for _ in range(2):
                stop = state.route("c1").stops[0].id
                for step in ("arrived", "completed"):
                    assert (await phone.progress(stop, step)).ok  # type: ignore[arg-type]
                await eventually(lambda: h.hub.replica.head == h.store_head)

        await ridden(placed["id"])
        assert await shelf(h) == (3, 3)
        await claimed(h, placed, text="Does not charge.", lines=[{"line": 0, "quantity": 2}])
        (claim,) = (await h.http.get("/v1/after-sales?status=open", headers=h.headers("support"))).json()["claims"]
        assert (claim["ref"], claim["text"], claim["lines"][0]["quantity"]) == ("R7", "Does not charge.", 2)
        granted = (await ask(h, claim["id"], "approve", answer="We are sorry.")).json()
        back = state.orders[granted["pickup_order_id"]]
        assert (back.direction, back.claim_id, back.load.items) == (Direction.RETURN, claim["id"], 2)
        (told,) = (await mine(h, placed))["claims"]
        assert (told["status"], told["answer"], told["may_withdraw"]) == ("approved", "We are sorry.", True)
        assert (await h.http.get(f"/v1/track/{told['pickup_url'].rpartition('/')[2]}")).status_code == 200
        await ridden(back.id)
    assert state.orders[back.id].status is OrderStatus.DELIVERED
    assert ((await mine(h, placed))["claims"][0]["status"], await shelf(h)) == ("collecting", (3, 3))
    lines = [{"line": 0, "restocked": 2, "lot": "A"}]
    received = await ask(h, claim["id"], "receive", "depot", lines=lines, note="as new")
    assert received.status_code == 200, received.text
    assert (received.json()["status"], received.json()["lines"][0]["restocked"]) == ("done", 2)
    assert await shelf(h) == (5, 5)
    entry = (await h.http.get("/v1/stock/d1/charger/ledger", headers=h.headers())).json()["entries"][0]
    assert (entry["move"], entry["quantity"], entry["note"]) == ("received", 2, f"{claim['id']} as new")
    assert (await mine(h, placed))["claims"][0]["status"] == "done"


async def test_an_exchange_brings_what_was_named_for_it(h: House) -> None:
    """Promised when it is granted, sent when the first ones were received; where that comes to nothing, again."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    claim_id = await claimed(h, placed, kind="exchange")
    other = [{"name": "Charger, white", "sku": "charger", "quantity": 2}]
    granted = (await ask(h, claim_id, "approve", replacement=other)).json()
    state = h.hub.replica.state
    delivery = state.orders[granted["delivery_order_id"]]
    assert (delivery.status, delivery.reason, await shelf(h)) == (OrderStatus.HELD, "exchange", (3, 1))
    assert "delivery_url" not in (await mine(h, placed))["claims"][0]
    await ride(h, granted["pickup_order_id"])
    received = await ask(h, claim_id, "receive", "depot", lines=[{"line": 0, "written_off": 1}])
    assert received.json()["status"] == "received" and await shelf(h) == (3, 1)
    assert state.orders[delivery.id].status is OrderStatus.DISPATCHABLE
    assert state.orders[delivery.id].promise_at_ms == NOON_MS + 45 * MINUTE_MS
    assert (await mine(h, placed))["claims"][0]["delivery_url"].startswith("/t/")
    await h.http.post(f"/v1/orders/{delivery.id}/cancel", json={"reason": "not today"}, headers=h.headers())
    again = (await ask(h, claim_id, "resend", "depot")).json()["delivery_order_id"]
    assert again != delivery.id and state.orders[again].lines[0].name == "Charger, white"
    await ride(h, again)
    assert (await mine(h, placed))["claims"][0]["status"] == "done" and await shelf(h) == (1, 1)


async def test_a_repair_goes_to_the_workshop_and_back(h: House) -> None:
    """A depot that is named; the goods are in nobody's stock."""
    await stocked(h, 5)
    await h.depot("workshop")
    placed = await bought(h, lines=LINES)
    claim_id = await claimed(h, placed, kind="repair")
    granted = (await ask(h, claim_id, "approve", depot_id="workshop")).json()
    state = h.hub.replica.state
    assert (granted["depot_id"], state.orders[granted["pickup_order_id"]].depot_id) == ("workshop", "workshop")
    await ride(h, granted["pickup_order_id"])
    assert (await ask(h, claim_id, "receive", "depot")).json()["status"] == "received"
    sent = (await ask(h, claim_id, "repaired", "depot")).json()
    back = state.orders[sent["delivery_order_id"]]
    assert (back.depot_id, back.stock, back.dropoff.address) == ("workshop", None, "Street 1")
    await ride(h, back.id)
    assert (await mine(h, placed))["claims"][0]["status"] == "done" and await shelf(h) == (3, 3)


# --- the customer's link ------------------------------------------------------------------------------------------


async def test_a_customer_sees_what_may_be_claimed_until_when(h: House) -> None:
    """By line, kind and reason; less once something is claimed, and nothing before it is delivered."""
    await stocked(h, 5)
    waiting = await h.order(lines=LINES)
    assert (await mine(h, waiting))["lines"] == []
    placed = await bought(h, lines=LINES)
    seen = await mine(h, placed)
    assert [(line["name"], line["left"]) for line in seen["lines"]] == [("Charger", 2), ("A card", 1)]
    options = {(each["kind"], each["reason"]): each["until_ms"] for each in seen["lines"][0]["options"]}
    assert options["return", "no_reason"] == NOON_MS + 7 * DAY_MS
    assert options["exchange", "wrong_item"] == NOON_MS + 15 * DAY_MS and ("repair", "no_reason") not in options
    assert not {"address", "lat", "depot_id"} & seen.keys()
    await claimed(h, placed)
    after = await mine(h, placed)
    assert after["lines"][0]["left"] == 1
    for role in ("support", "integrator"):
        told = await h.http.get(f"/v1/orders/{placed['id']}/claimable", headers=h.headers(role, "shop"))
        assert told.json()["lines"] == after["lines"]
    other = await h.http.get(f"/v1/orders/{placed['id']}/claimable", headers=h.headers("integrator", "other"))
    assert refused(other) == (404, "unknown_order")
    assert not {"depot_id", "by", "answered_by", "pickup_order_id"} & after["claims"][0].keys()


async def test_the_link_is_good_for_claims_as_long_as_any_is_granted(h: House) -> None:
    """Long after the page of the delivery is gone; the order is found in the store, and so are its claims."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    await claimed(h, placed, reason="no_reason")
    await ask(h, (await mine(h, placed))["claims"][0]["id"], "refuse", answer="It was used.")
    h.clock.pass_ms(9 * DAY_MS)
    assert (await h.http.get(f"/v1/track/{placed['track_token']}")).status_code == 410
    for state in (h.hub.replica.state, h.bus.writer._require_state()):
        state.forget_finished(h.clock.now_ms() - DAY_MS)
        assert placed["id"] not in state.orders and not state.claims
    late = await h.http.post(f"/v1/track/{placed['track_token']}/after-sales", json=wish(reason="no_reason"))
    assert refused(late) == (409, "claim_too_late")
    await claimed(h, placed, lines=[{"line": 0, "quantity": 2}])
    more = await h.http.post(f"/v1/track/{placed['track_token']}/after-sales", json=wish())
    assert refused(more) == (409, "claimed_already")
    seen = await mine(h, placed)
    assert [claim["status"] for claim in seen["claims"]] == ["requested", "refused"]
    h.clock.pass_ms(400 * DAY_MS)
    assert (await mine(h, placed))["lines"][0]["options"] == []
    await ask(h, seen["claims"][0]["id"], "refuse", answer="Too old.")
    gone = await h.http.get(f"/v1/track/{placed['track_token']}/after-sales")
    assert refused(gone) == (410, "link_expired")


async def test_a_customer_withdraws_their_own_and_nobody_elses(h: House) -> None:
    """By the link of that order; twice is once."""
    await stocked(h, 5)
    first, second = await bought(h, lines=LINES), await bought(h, lines=LINES)
    claim_id = await claimed(h, first)
    other = await h.http.post(f"/v1/track/{second['track_token']}/after-sales/{claim_id}/withdraw", json={})
    assert refused(other) == (404, "unknown_claim")
    for _ in range(2):
        answer = await h.http.post(f"/v1/track/{first['track_token']}/after-sales/{claim_id}/withdraw", json={})
        assert (answer.status_code, answer.json()["claims"][0]["status"]) == (201, "withdrawn")


async def test_the_same_request_takes_effect_once(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its key; a link that asks too often has to wait."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    url = f"/v1/track/{placed['track_token']}/after-sales"
    for _ in range(2):
        answer = await h.http.post(url, json=wish(), headers={"Idempotency-Key": "k1"})
        assert (answer.status_code, len(answer.json()["claims"])) == (201, 1)
    monkeypatch.setattr("dispatch.application.link_limits.CHANGES", (Rate(1, 60),))
    answers = [await h.http.post(url, json=wish()) for _ in range(2)]
    assert refused(answers[1]) == (429, "too_many_requests")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (wish(kind="gift"), (422, "bad_field")),
        (wish(reason="mood"), (422, "bad_field")),
        (wish(lines=[]), (422, "bad_field")),
        (wish(lines=[{"line": 0, "quantity": 0}]), (422, "bad_field")),
        (wish(lines=[{"line": 7, "quantity": 1}]), (422, "bad_lines")),
        (wish(text="x" * 1_001), (422, "bad_field")),
        (wish(latest_at_ms=1), (422, "bad_visit")),
        (wish(kind="repair", reason="wrong_item"), (409, "not_granted")),
        (wish(lines=[{"line": 0, "quantity": 3}]), (409, "claimed_already")),
    ],
)
async def test_what_makes_no_sense_is_refused(h: House, body: dict[str, Any], code: tuple[int, str]) -> None:
    """With a code and a sentence, and nothing is claimed."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    assert refused(await h.http.post(f"/v1/track/{placed['track_token']}/after-sales", json=body)) == code
    assert (await mine(h, placed))["claims"] == []
    nobody = await h.http.get(f"/v1/track/{'A' * len(placed['track_token'])}/after-sales")
    assert refused(nobody) == (404, "unknown_link")


async def test_a_courier_comes_when_the_customer_is_there(h: House) -> None:
    """In the window that they named; as soon as possible once that has passed."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    visit = {"earliest_at_ms": NOON_MS + DAY_MS, "latest_at_ms": NOON_MS + DAY_MS + 120 * MINUTE_MS}
    granted = (await ask(h, await claimed(h, placed, **visit), "approve")).json()
    back = h.hub.replica.state.orders[granted["pickup_order_id"]]
    assert (back.ready_at_ms, back.promise_at_ms) == (visit["earliest_at_ms"], visit["latest_at_ms"])
    assert back.commit_due_at_ms == visit["earliest_at_ms"] - 30 * MINUTE_MS
    second = await claimed(h, placed, **visit)
    h.clock.pass_ms(2 * DAY_MS)
    granted = (await ask(h, second, "approve")).json()
    back = h.hub.replica.state.orders[granted["pickup_order_id"]]
    assert (back.ready_at_ms, back.promise_at_ms) == (h.clock.now_ms(), h.clock.now_ms() + 45 * MINUTE_MS)


# --- the desk and the shop ----------------------------------------------------------------------------------------


async def test_claims_are_listed_by_page_status_order_and_owner(h: House) -> None:
    """A shop sees its own, the desk all of the zone."""
    await stocked(h, 9)
    orders = [await bought(h, owner, lines=LINES) for owner in ("shop", "shop", "other")]
    ids = [await claimed(h, placed) for placed in orders]
    await ask(h, ids[0], "refuse", answer="No.")

    async def listed(query: str = "", role: str = "support", subject: str = "ann") -> Any:
        return (await h.http.get(f"/v1/after-sales?{query}", headers=h.headers(role, subject))).json()

    def of(page: Any) -> list[str]:
        return [claim["id"] for claim in page["claims"]]

    assert set(of(await listed())) == set(ids)
    assert set(of(await listed("status=open"))) == set(ids[1:]) and of(await listed("status=refused")) == ids[:1]
    assert of(await listed(f"order_id={orders[2]['id']}")) == ids[2:]
    assert set(of(await listed("", "integrator", "shop"))) == set(ids[:2])
    first = await listed("limit=2")
    rest = await listed(f"limit=2&before={first['before']}")
    assert set(of(first) + of(rest)) == set(ids) and "before" not in rest
    for query in ("status=lost", "before=x", "before=1."):
        answer = await h.http.get(f"/v1/after-sales?{query}", headers=h.headers("support"))
        assert answer.status_code == 422
    read = await h.http.get(f"/v1/after-sales/{ids[2]}", headers=h.headers("integrator", "shop"))
    assert refused(read) == (404, "unknown_claim")
    read = await h.http.get(f"/v1/after-sales/{ids[2]}", headers=h.headers("integrator", "other"))
    assert read.json()["order_id"] == orders[2]["id"]


async def test_a_shop_asks_for_its_customer(h: House) -> None:
    """Of its own orders; the claim says who asked, and the linked orders are the shop's, too."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    body = wish(order_id=placed["id"])
    answer = await h.http.post("/v1/after-sales", json=body, headers=h.headers("integrator", "other"))
    assert refused(answer) == (404, "unknown_order")
    headers = h.headers("integrator", "shop") | {"Idempotency-Key": "k"}
    answers = [await h.http.post("/v1/after-sales", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201] and answers[0].json() == answers[1].json()
    claim = answers[0].json()
    assert (claim["by"], answers[0].headers["Location"]) == ("integrator:shop", f"/v1/after-sales/{claim['id']}")
    granted = (await ask(h, claim["id"], "approve", "dispatcher")).json()
    order_id = granted["pickup_order_id"]
    read = await h.http.get(f"/v1/orders/{order_id}", headers=h.headers("integrator", "shop"))
    assert read.json()["direction"] == "return"
    headers = h.headers("integrator", "shop")
    answer = await h.http.post(f"/v1/after-sales/{claim['id']}:withdraw", json={}, headers=headers)
    assert answer.json()["status"] == "withdrawn"
    nowhere = await h.http.post("/v1/after-sales", json=wish(order_id="o-none"), headers=headers)
    assert refused(nowhere) == (404, "unknown_order")


async def test_an_answer_that_is_sent_again_is_the_same(h: House) -> None:
    """By its key, also when the claim has gone on since; without one it is refused."""
    await stocked(h, 5)
    claim_id = await claimed(h, await bought(h, lines=LINES))
    first = await ask(h, claim_id, "approve", key="k1")
    again = await ask(h, claim_id, "approve", key="k1")
    assert (first.status_code, again.json()) == (200, first.json())
    assert refused(await ask(h, claim_id, "approve")) in ((409, "duplicate_order"), (409, "wrong_state"))
    assert refused(await ask(h, claim_id, "refuse", answer="No.")) == (409, "wrong_state")
    assert refused(await ask(h, "k-none", "refuse", answer="No.")) == (404, "unknown_claim")
    assert refused(await ask(h, claim_id, "receive", "depot", lines=[{"line": 4}])) == (422, "bad_lines")


async def test_an_exchange_for_what_nobody_knows_is_refused(h: House) -> None:
    """By its sku, and the claim waits for another answer."""
    await stocked(h, 5)
    claim_id = await claimed(h, await bought(h, lines=LINES), kind="exchange")
    other = [{"name": "Phone", "sku": "phone"}]
    assert refused(await ask(h, claim_id, "approve", replacement=other)) == (422, "unknown_sku")
    assert refused(await ask(h, claim_id, "approve", depot_id="nowhere")) == (422, "unknown_depot")
    assert (await ask(h, claim_id, "approve")).json()["status"] == "approved"


async def test_a_zone_that_does_not_answer_is_pending(h: House) -> None:
    """202, with where to look; the customer's page shows what is known."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    claim_id = await claimed(h, placed)
    h.bus.deaf = True
    for path, body in (
        (f"/v1/after-sales/{claim_id}:approve", {}),
        ("/v1/after-sales", wish(order_id=placed["id"])),
    ):
        answer = await h.http.post(path, json=body, headers=h.headers())
        assert answer.status_code == 202 and "/v1/requests/" in answer.json()["status_url"]
    policy = {"rules": [{}], "reason": "x"}
    assert (await h.http.put("/v1/after-sales/policy", json=policy, headers=h.headers())).status_code == 202
    answer = await h.http.post(f"/v1/track/{placed['track_token']}/after-sales", json=wish())
    assert (answer.status_code, len(answer.json()["claims"])) == (202, 1)


async def test_the_policy_is_the_zones(h: House) -> None:
    """Set by an admin who saw the last one, and it counts at once."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    first = (await h.http.get("/v1/after-sales/policy", headers=h.headers("integrator"))).json()
    assert first["rules"] == [{"category": "", "no_reason_days": 7, "fault_days": 15, "repair_days": 365}]
    rules = [{}, {"category": "Electronics", "no_reason_days": 0, "repair_days": 0}]
    body = {"rules": rules, "reason": "no opened chargers", "expected_version": 0}
    answer = await h.http.put("/v1/after-sales/policy", json=body, headers=h.headers())
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    stale = await h.http.put("/v1/after-sales/policy", json={**body, "rules": [{}]}, headers=h.headers())
    assert (refused(stale), stale.json()["current_version"]) == ((409, "stale_policy"), 1)
    bad = await h.http.put("/v1/after-sales/policy", json={**body, "rules": [{}, {}]}, headers=h.headers())
    assert refused(bad) == (422, "bad_policy")
    options = {(each["kind"], each["reason"]) for each in (await mine(h, placed))["lines"][0]["options"]}
    assert ("return", "no_reason") not in options and ("exchange", "quality") in options


async def test_nobody_answers_for_a_day(h: House) -> None:
    """The claim says so, by itself."""
    await stocked(h, 5)
    claim_id = await claimed(h, await bought(h, lines=LINES))
    h.clock.pass_ms(DAY_MS)
    claims = h.hub.replica.state.claims
    await eventually(lambda: claims[claim_id].escalated_at_ms)
    read = (await h.http.get(f"/v1/after-sales/{claim_id}", headers=h.headers("support"))).json()
    assert read["escalated_at_ms"] >= read["answer_due_at_ms"]


async def test_an_erased_customer_has_no_door_and_no_words(h: House) -> None:
    """What they wrote is gone; a claim of theirs is not granted any more."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    claim_id = await claimed(h, placed, text="it burnt my hand")
    reply = await h.do(c.ErasePeople((placed["id"],), (), "asked"))
    assert reply.ok
    body = {"order_ids": [placed["id"]], "reason": "they asked"}
    answer = await h.http.post("/v1/erasures", json=body, headers=h.headers())
    assert answer.status_code == 200, answer.text
    read = (await h.http.get(f"/v1/after-sales/{claim_id}", headers=h.headers("support"))).json()
    assert "text" not in read and read["lines"][0]["name"] == "Charger"
    assert refused(await ask(h, claim_id, "approve")) == (409, "customer_erased")


async def test_who_lost_the_link_finds_it_again_as_long_as_there_is_something_to_claim(h: House) -> None:
    """By the lookup: of what was delivered days ago too, and of what was not, for a day."""
    await stocked(h, 5)
    placed = await bought(h, lines=LINES)
    canceled = await h.order()
    await h.http.post(f"/v1/orders/{canceled['id']}/cancel", json={"reason": "x"}, headers=h.headers())
    await eventually(lambda: h.hub.replica.head == h.store_head)
    orders = h.hub.replica.state.orders
    known = [orders[each["id"]] for each in (placed, canceled)]
    assert [bool(link_of(h.services, order)) for order in known] == [True, True]
    h.clock.pass_ms(3 * DAY_MS)
    assert link_of(h.services, known[0]) == f"/t/{placed['track_token']}" and link_of(h.services, known[1]) == ""
