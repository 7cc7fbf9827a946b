"""Goods and stock over HTTP: registered, received, promised, counted, and told to whoever may know."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from dispatch.application.ports import Recorded, Request
from dispatch.domain.shelf import Sku
from dispatch.domain.stock_commands import RegisterSkus
from dispatch.web import routes_imports
from tests.support.web import ZONE, House, eventually, order_body
from tests.support.zones import NOON_MS

DAY_MS = 24 * 3_600_000


async def call(h: House, method: str, path: str, body: Any = None, *, role: str = "depot", key: str = "") -> Any:
    """What is answered to a call that is accepted."""
    headers = h.headers(role) | ({"Idempotency-Key": key} if key else {})
    answer = await h.http.request(method, path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def stocked(h: House, pieces: int = 5) -> None:
    """The depot d1 has so many chargers."""
    await call(h, "PUT", "/v1/skus/charger", {"name": "Charger", "low_at": 3, "unit": {"weight_g": 80}})
    line = {"sku": "charger", "quantity": pieces, "lot": "A", "expires_at_ms": NOON_MS + DAY_MS}
    await call(h, "POST", "/v1/stock:receive", {"depot_id": "d1", "lines": [line], "note": "van 7"})


async def buy(h: House, pieces: int = 1, **more: Any) -> httpx.Response:
    lines = [{"name": "Charger", "quantity": pieces, "sku": "charger"}]
    return await h.http.post(
        "/v1/orders", json=order_body(lines=lines, **more), headers=h.headers("integrator", "shop")
    )


async def test_goods_are_registered_received_and_promised(h: House) -> None:
    """The shelf says what may be ordered; the storefront is told by anybody who may sell."""
    await stocked(h)
    assert (await buy(h, 3)).json()["status"] == "dispatchable"
    (shelf,) = (await call(h, "GET", "/v1/stock?depot=d1"))["shelves"]
    lots = [{"lot": "A", "quantity": 5, "expires_at_ms": NOON_MS + DAY_MS}]
    counts = {"on_hand": 5, "reserved": 3, "free": 2, "low_at": 3, "is_low": True}
    assert shelf == {"depot_id": "d1", "sku": "charger", "name": "Charger", **counts, "lots": lots, "coming": []}
    told = await call(h, "GET", "/v1/availability?sku=charger,unheard-of", role="distributor")
    assert told == {"skus": [{"sku": "charger", "free": 2, "depots": [{"depot_id": "d1", "free": 2}]}]}
    assert (await call(h, "GET", "/v1/stock?low=true"))["shelves"] == [shelf]
    assert (await call(h, "GET", "/v1/stock?depot=d1&sku=cable"))["shelves"] == []


async def test_what_is_not_there_is_held_or_refused(h: House) -> None:
    """In the reply, with what is missing; more goods let the order go on."""
    await stocked(h, 1)
    held = (await buy(h, 2)).json()
    assert (held["status"], held["reason"]) == ("held", "stock")
    refused = await buy(h, 2, if_short="refuse")
    assert refused.status_code == 409
    assert (refused.json()["code"], refused.json()["detail"]) == (
        "out_of_stock",
        "There is not enough of charger (1 missing).",
    )
    line = {"sku": "charger", "quantity": 1, "lot": "B"}
    moved = await call(h, "POST", "/v1/stock:receive", {"depot_id": "d1", "lines": [line]})
    assert [(each["on_hand"], each["free"]) for each in moved["shelves"]] == [(2, 0)]
    read = await h.http.get(f"/v1/orders/{held['id']}", headers=h.headers("integrator", "shop"))
    assert read.json()["status"] == "dispatchable"


async def test_an_unknown_good_is_named_by_its_field(h: House) -> None:
    """Fractions and numbers below one are no quantities."""
    lines = [{"name": "A card"}, {"name": "Phone", "sku": "phone"}]
    answer = await h.http.post("/v1/orders", json=order_body(lines=lines), headers=h.headers("integrator", "shop"))
    assert answer.status_code == 422 and answer.json()["code"] == "unknown_sku"
    assert answer.json()["errors"] == [
        {"detail": "There is no sku phone.", "pointer": "/lines/1/sku", "code": "unknown_sku"}
    ]
    await stocked(h)
    for quantity in (0, -1, 1.5, "2"):
        line = {"sku": "charger", "quantity": quantity}
        body = {"depot_id": "d1", "lines": [line]}
        answer = await h.http.post("/v1/stock:receive", json=body, headers=h.headers("depot"))
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/lines/0/quantity"


async def test_a_report_that_comes_again_takes_effect_once(h: House) -> None:
    """By its Idempotency-Key, and so do orders."""
    await stocked(h)
    body = {"depot_id": "d1", "lines": [{"sku": "charger", "quantity": 2, "lot": "A"}]}
    for _ in range(2):
        moved = await call(h, "POST", "/v1/stock:receive", body, key="van 8")
    assert moved["shelves"][0]["on_hand"] == 7


async def test_every_change_stands_in_the_ledger(h: House) -> None:
    """Who, why, how many, and how it stood after it; the newest first, a page at a time."""
    await stocked(h)
    await h.depot("d2")
    placed = (await buy(h, 2)).json()
    line = {"sku": "charger", "quantity": 1, "lot": "A"}
    await call(h, "POST", "/v1/stock:count", {"depot_id": "d1", "lines": [{**line, "quantity": 4}], "note": "monthly"})
    await call(h, "POST", "/v1/stock:write-off", {"depot_id": "d1", "lines": [line], "note": "broken"})
    moved = await call(
        h,
        "POST",
        "/v1/stock:transfer",
        {"from_depot_id": "d1", "to_depot_id": "d2", "lines": [line]},
        role="dispatcher",
    )
    assert [(each["depot_id"], each["on_hand"]) for each in moved["shelves"]] == [("d1", 2), ("d2", 1)]
    await call(h, "PUT", "/v1/stock/d1/charger/low-at", {"low_at": 0})
    entries = (await call(h, "GET", "/v1/stock/d1/charger/ledger"))["entries"]
    told = [(e["move"], e["quantity"], e["on_hand"], e["reserved"], e.get("note", "")) for e in entries]
    assert told == [
        ("set", 0, 2, 2, ""),
        ("sent", 1, 2, 2, ""),
        ("written_off", 1, 3, 2, "broken"),
        ("counted", -1, 4, 2, "monthly"),
        ("reserved", 2, 5, 2, ""),
        ("received", 5, 5, 0, "van 7"),
    ]
    assert entries[4]["order_id"] == placed["id"] and entries[0]["actor"].startswith("depot:")
    first = await call(h, "GET", "/v1/stock/d1/charger/ledger?limit=4")
    rest = await call(h, "GET", f"/v1/stock/d1/charger/ledger?limit=4&before={first['before']}")
    assert first["entries"] + rest["entries"] == entries and "before" not in rest
    nothing = await h.http.get("/v1/stock/d2/cable/ledger", headers=h.headers("depot"))
    assert nothing.status_code == 404 and nothing.json()["code"] == "unknown_shelf"


async def test_what_was_ordered_is_announced_and_comes(h: House) -> None:
    """Days are those of the zone's clock; the ledger has it, and what is overdue says so."""
    await stocked(h)
    days = [_day(h, ahead) for ahead in range(3)]
    lines = [{"sku": "charger", "quantity": 6, "day": days[2]}, {"sku": "charger", "quantity": 4, "day": days[0]}]
    body = {"depot_id": "d1", "lines": lines, "note": "order 7"}
    moved = await call(h, "POST", "/v1/stock:announce", body, key="order-7")
    shown = [{"day": days[0], "quantity": 4, "is_overdue": False}, {"day": days[2], "quantity": 6, "is_overdue": False}]
    assert moved["shelves"][0]["coming"] == shown and moved["shelves"][0]["free"] == 5
    h.clock.pass_ms(DAY_MS)
    (shelf,) = (await call(h, "GET", "/v1/stock"))["shelves"]
    assert [each["is_overdue"] for each in shelf["coming"]] == [True, False]
    await call(h, "POST", "/v1/stock:receive", {"depot_id": "d1", "lines": [{"sku": "charger", "quantity": 5}]})
    (shelf,) = (await call(h, "GET", "/v1/stock"))["shelves"]
    assert [(each["day"], each["quantity"]) for each in shelf["coming"]] == [(days[2], 5)]
    entries = (await call(h, "GET", "/v1/stock/d1/charger/ledger"))["entries"]
    told = [(each["move"], each["quantity"], each.get("note", "")) for each in entries]
    assert told[1:3] == [("announced", 4, "order 7"), ("announced", 6, "order 7")]


@pytest.mark.parametrize("day", ["2026-02-30", "9999-12-31"])
async def test_a_day_that_there_is_not_is_named_by_its_field(h: House, day: str) -> None:
    """Nothing of the report happens."""
    await stocked(h)
    body = {"depot_id": "d1", "lines": [{"sku": "charger", "quantity": 1, "day": day}]}
    answer = await h.http.post("/v1/stock:announce", json=body, headers=h.headers("depot"))
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_day")
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/day"


async def test_what_was_ordered_is_taken_from_a_table(h: House) -> None:
    """A day that is over, one that is none, and a good twice on a day are told; the rest is taken."""
    await stocked(h)
    tomorrow = _day(h, 1)
    rows = (f"5,{tomorrow}", f"6,{tomorrow}", "5,2020-01-01", "5,")
    table = "".join(f"d1,charger,{row}\n" for row in rows) + f"d9,charger,5,{tomorrow}\n"
    report = (await imported(h, "coming", f"仓库,商品编码,数量,到货日\n{table}"))[-1]["report"]
    told = [(each["row"], each["column"], each["code"]) for each in report["problems"]]
    wrong = [(3, "day", "day_twice"), (4, "", "day_over"), (5, "day", "bad_day"), (6, "depot", "unknown_depot")]
    assert (report["taken"], told) == (1, wrong)
    (shelf,) = (await call(h, "GET", "/v1/stock"))["shelves"]
    assert [(each["day"], each["quantity"]) for each in shelf["coming"]] == [(tomorrow, 5)]


def _day(h: House, ahead: int) -> str:
    now = datetime.fromtimestamp(h.clock.now_ms() / 1000, h.services.zone_time)
    return (now.date() + timedelta(days=ahead)).isoformat()


async def test_pages_of_goods_and_shelves(h: House) -> None:
    """By their ids, each once."""
    for n in range(5):
        await call(h, "PUT", f"/v1/skus/s{n}", {"name": f"Good {n}"})
        line = {"sku": f"s{n}", "quantity": 1}
        await call(h, "POST", "/v1/stock:receive", {"depot_id": "d1", "lines": [line]})
    for path, name, of in (("/v1/skus", "skus", "id"), ("/v1/stock", "shelves", "sku")):
        found, after = [], ""
        while True:
            page = await call(h, "GET", f"{path}?limit=2&after={after}")
            found += [each[of] for each in page[name]]
            after = page.get("after", "")
            if not after:
                break
        assert found == ["s0", "s1", "s2", "s3", "s4"]


async def test_two_hundred_buyers_and_fifty_pieces(h: House) -> None:
    """At once, over HTTP: fifty orders have one each, the others wait for goods; the shelf is never overdrawn."""
    await stocked(h, 50)
    answers = await asyncio.gather(*(buy(h, ref=f"R{n}", if_short=("hold", "refuse")[n % 2]) for n in range(200)))
    placed = [answer.json() for answer in answers if answer.status_code == 201]
    promised = [each for each in placed if each["status"] == "dispatchable"]
    held = [each for each in placed if (each["status"], each.get("reason")) == ("held", "stock")]
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert len(promised) == 50 and len(held) + len(refused) == 150 and set(refused) == {"out_of_stock"}
    (shelf,) = (await call(h, "GET", "/v1/stock"))["shelves"]
    assert (shelf["on_hand"], shelf["reserved"], shelf["free"]) == (50, 50, 0)


async def imported(
    h: House, kind: str, text: str | bytes, *, key: str = "", mode: str = "receive"
) -> list[dict[str, Any]]:
    """The lines that are answered to a file."""
    headers = h.headers("depot") | {"Content-Type": "text/csv"} | ({"Idempotency-Key": key} if key else {})
    data = text.encode() if isinstance(text, str) else text
    answer = await h.http.post(f"/v1/imports?kind={kind}&mode={mode}", content=data, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [msgspec.json.decode(line) for line in answer.text.splitlines()]


async def test_tables_are_taken_row_by_row(h: House) -> None:
    """Goods in GBK, then stock: what is wrong is told by row and column, and the rest is taken, once for its key."""
    goods = "编码,名称,预警值\r\nmilk,鲜牛奶,3\r\ntea,,5\r\nrice,大米,\r\n".encode("gbk")
    lines = await imported(h, "skus", goods)
    sentence = "Write 1 to 200 characters on one line."
    problem = {"row": 3, "column": "name", "code": "bad_words", "detail": sentence}
    assert lines[0] == {"rows": 3} and lines[-1] == {"report": {"taken": 2, "refused": 1, "problems": [problem]}}
    stock = "depot,sku,quantity,lot\nd1,milk,5,A\nd9,milk,5,A\nd1,tea,1,\nd1,rice,-2,\nd1,rice,7,\n"
    for _ in range(2):
        lines = await imported(h, "stock", stock, key="monday")
    report = lines[-1]["report"]
    assert (report["taken"], report["refused"]) == (2, 3)
    assert [(each["row"], each["column"]) for each in report["problems"]] == [(3, "depot"), (4, "sku"), (5, "quantity")]
    await imported(h, "stock", "depot,sku,quantity,lot\nd1,milk,4,A\n", mode="count")
    shelves = (await call(h, "GET", "/v1/stock"))["shelves"]
    assert [(each["sku"], each["on_hand"]) for each in shelves] == [("milk", 4), ("rice", 7)]


async def test_a_table_waits_for_what_was_registered_just_now(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has taken in the goods, and this one has not heard of it yet."""
    await h.depot()
    late = list[Recorded]()
    with monkeypatch.context() as patched:
        patched.setattr(h.hub.replica, "_take", late.append)
        registered = await h.bus.writer.ask(ZONE, Request("r1", "staff:ann", RegisterSkus((Sku("tea", "Tea"),))))
        assert registered and registered.ok
        importing = asyncio.create_task(imported(h, "stock", "depot,sku,quantity\nd1,tea,5\n"))
        await eventually(lambda: late)
        await asyncio.sleep(0.05)
        assert not importing.done()
    for recorded in late:
        h.hub.replica._take(recorded)
    assert (await importing)[-1]["report"]["taken"] == 1


async def test_a_part_that_is_refused_is_tried_row_by_row(h: House) -> None:
    """The zone refuses one of its rows: the others are taken."""
    await stocked(h)
    lines = await imported(h, "stock", "depot,sku,quantity\nd1,charger,1\nd1,charger,9999999\nd1,charger,2\n")
    report = lines[-1]["report"]
    assert (report["taken"], [each["row"] for each in report["problems"]]) == (2, [3])
    assert (await call(h, "GET", "/v1/stock"))["shelves"][0]["on_hand"] == 8


async def test_a_table_to_fill_in(h: House) -> None:
    """In two languages, as a spreadsheet opens it; there is none of what nobody imports."""
    for lang, first in (("en", "\ufeffid,name"), ("zh", "\ufeff编码,名称")):
        answer = await h.http.get(f"/v1/imports/template?kind=skus&lang={lang}", headers=h.headers("depot"))
        assert answer.status_code == 200 and answer.text.startswith(first)
    answer = await h.http.get("/v1/imports/template?kind=moons", headers=h.headers("depot"))
    assert answer.status_code == 422 and answer.json()["code"] == "bad_parameter"
    headers = h.headers("depot") | {"Content-Type": "text/csv"}
    answer = await h.http.post("/v1/imports?kind=skus", content=b"colour\nred\n", headers=headers)
    assert answer.status_code == 422 and answer.json()["code"] == "missing_columns"


async def test_large_reports_and_files_are_bounded(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has more sends several."""
    await stocked(h)
    headers, line = h.headers("depot"), {"sku": "charger", "quantity": 1}
    body = {"depot_id": "d1", "lines": [line] * 1_001}
    answer = await h.http.post("/v1/stock:receive", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")
    answer = await h.http.get("/v1/availability?sku=" + ",".join(f"s{n}" for n in range(101)), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")
    monkeypatch.setattr(routes_imports, "MAX_FILE_BYTES", 100)
    text = "depot,sku,quantity\n" + "d1,charger,1\n" * 100
    answer = await h.http.post(
        "/v1/imports?kind=stock", content=text.encode(), headers=headers | {"Content-Type": "text/csv"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (await call(h, "GET", "/v1/stock"))["shelves"][0]["on_hand"] == 5
