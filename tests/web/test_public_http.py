"""What anybody may ask: tracking, the city, health, documents, pages, and the headers on all of it."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from courier_protocol.live import TrackSnapshot
from courier_protocol.messages import Fix
from dispatch.domain.commands import CancelOrder, StopAction
from dispatch.web.operations import OPERATIONS
from dispatch.web.pages import _digest, content_policy
from tests.support.web import House, house
from tests.support.zones import NOON_MS

DAY_MS = 24 * 3_600_000


async def test_a_link_opens_one_order(h: House) -> None:
    """What the shopper sees is a TrackSnapshot: no courier before the pickup, first name and place after it."""
    placed = await h.order()
    await h.plan("c1", placed["id"])
    h.hub.report("c1", 1, 1, [Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)])
    url = f"/v1/track/{placed['track_token']}"
    before = msgspec.json.decode((await h.http.get(url)).content, type=TrackSnapshot)
    assert before.order.id == placed["id"] and before.fix is None and before.courier_name == ""
    await h.progress("c1", StopAction.COMPLETED)
    after = msgspec.json.decode((await h.http.get(url)).content, type=TrackSnapshot)
    assert after.courier_name == "Ada" and after.fix and after.fix.lat == 60.166


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 5_000, "..%2f..%2f"])
async def test_an_unknown_link_opens_nothing(h: House, token: str) -> None:
    """404 whatever it looks like; the answer does not repeat it."""
    answer = await h.http.get(f"/v1/track/{token}")
    assert answer.status_code == 404 and token not in answer.text


async def test_a_link_ends_a_day_after_its_order(h: House) -> None:
    """Until then it shows the end; after that it is gone, also when the zone has forgotten the order."""
    placed = await h.order()
    await h.do(CancelOrder(placed["id"], "no"))
    url = f"/v1/track/{placed['track_token']}"
    h.clock.pass_ms(DAY_MS - 1)
    h.hub.replica.state.forget_finished(h.clock.now_ms())
    assert (await h.http.get(url)).json()["order"]["status"] == "canceled"
    h.clock.pass_ms(2)
    gone = await h.http.get(url)
    assert (gone.status_code, gone.json()["code"]) == (410, "link_expired")


async def test_the_city(h: House) -> None:
    """What a map needs: box, centre, attribution; no base map when there is none."""
    city = (await h.http.get("/v1/city")).json()
    assert (city["id"], city["attribution"], city["basemap"]) == ("testville", "© nobody", "")
    assert city["box"]["south"] < city["centre"]["lat"] < city["box"]["north"]


async def test_alive_and_ready(h: House) -> None:
    """Alive as long as it answers; ready until it goes down, with the reason."""
    assert (await h.http.get("/healthz")).json() == {"status": "ok", "version": "test"}
    assert (await h.http.get("/readyz")).status_code == 200
    h.app.state.connections.drain()
    down = await h.http.get("/readyz")
    assert down.status_code == 503 and down.json()["reasons"] == ["the server is going down"]
    assert (await h.http.get("/healthz")).status_code == 200


async def test_metrics(h: House) -> None:
    """Sessions, events, positions and calls, in Prometheus' format; no id of anybody among the labels."""
    placed = await h.order()
    h.services.counters = (lambda: {"plans_adopted_by_insertion": 3.0},)
    h.hub.report("c1", 1, 1, [Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)])
    text = (await h.http.get("/metrics")).text
    for line in (
        'dispatch_zone_total{what="positions_in",zone="default"} 1.0',
        'dispatch_sessions{kind="staff",zone="default"} 0.0',
        'dispatch_http_requests_total{operation="placeOrder",status="201"} 1.0',
        'dispatch_part_total{what="plans_adopted_by_insertion"} 3.0',
    ):
        assert line in text
    assert placed["id"] not in text and '"c1"' not in text


# --- documents -------------------------------------------------------------------------------------------------


async def test_the_openapi_document_is_valid_and_complete(h: House) -> None:
    """A validator accepts it, and it names every operation of the table with its problems."""
    document = (await h.http.get("/openapi.json")).json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, row in document["paths"].items() for method in row}
    assert described == {(row.method, row.path) for row in OPERATIONS}
    placing = document["paths"]["/v1/orders"]["post"]
    assert placing["x-roles"]["integrator"] == "own"
    assert {"201", "202", "401", "403", "409", "413", "422", "503"} <= set(placing["responses"])


async def test_the_running_server_keeps_to_its_document(h: House) -> None:
    """Every answer of a tour fits the schema that the document gives for its status."""
    import jsonschema

    document = (await h.http.get("/openapi.json")).json()
    placed = await h.order()
    tour: list[tuple[str, str, str, Any]] = [
        ("GET", "/v1/orders", "/v1/orders", None),
        ("GET", "/v1/orders/{id}", f"/v1/orders/{placed['id']}", None),
        ("POST", "/v1/orders", "/v1/orders", {"dropoff": {}}),
        ("GET", "/v1/couriers", "/v1/couriers", None),
        ("GET", "/v1/depots", "/v1/depots", None),
        ("GET", "/v1/zones", "/v1/zones", None),
        ("GET", "/v1/events", "/v1/events", None),
        ("GET", "/v1/stats", "/v1/stats", None),
        ("GET", "/v1/city", "/v1/city", None),
        ("GET", "/readyz", "/readyz", None),
        ("GET", "/v1/track/{token}", f"/v1/track/{placed['track_token']}", None),
        ("GET", "/v1/orders/{id}", "/v1/orders/none", None),
        ("POST", "/v1/orders/{id}/cancel", f"/v1/orders/{placed['id']}/cancel", {"reason": "x"}),
    ]
    for method, path, url, body in tour:
        answer = await h.http.request(method, url, json=body, headers=h.headers())
        described = document["paths"][path][method.lower()]["responses"][str(answer.status_code)]
        (media_type,) = described["content"]
        assert answer.headers["content-type"] == media_type
        schema = {**described["content"][media_type]["schema"], "components": document["components"]}
        jsonschema.validate(answer.json(), schema)


async def test_the_asyncapi_document_is_served(h: House) -> None:
    """The channels' own description, at its place."""
    document = (await h.http.get("/asyncapi.json")).json()
    assert document["asyncapi"].startswith("3.") and document["channels"]


# --- headers and static files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/healthz", "/v1/orders", "/nothing/here", "/v1/track/x", "/metrics"])
async def test_security_headers_are_everywhere(h: House, url: str) -> None:
    """On answers, refusals and things that are not there."""
    headers = (await h.http.get(url)).headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"] and headers["cache-control"] == "no-store"
    assert "server" not in headers


async def test_what_is_not_there_is_a_problem_too(h: House) -> None:
    """404 and 405 come in the same shape as every refusal; so does a page that was not built."""
    assert (await h.http.get("/nothing")).json()["code"] == "not_found"
    wrong = await h.http.delete("/v1/orders")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert (await h.http.get("/console")).json()["detail"] == "The pages are not built; run `make setup`."


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    for name in ("track.html", "console.html"):
        (tmp_path / name).write_text("<!doctype html>")
    (tmp_path / "assets" / "worker-1a2b.mjs").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "map.pmtiles").write_bytes(bytes(range(256)))
    return tmp_path


async def test_pages_and_assets(built: Path) -> None:
    """Pages with a strict policy, asked for anew each time; assets for ever; modules with their type; no way out."""
    async with house(static_dir=built) as h:
        page = await h.http.get("/t/whatever-the-token")
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy and "ws://test" in policy
        assert page.headers["cache-control"] == "no-cache" and page.headers["referrer-policy"] == "no-referrer"
        assert (await h.http.get("/console")).status_code == 200
        asset = await h.http.get("/assets/worker-1a2b.mjs")
        assert asset.headers["content-type"].startswith("text/javascript")
        assert "immutable" in asset.headers["cache-control"]
        for url in (
            "/assets/none.js",
            "/assets/..%2fsecret.txt",
            "/assets/%00",
            "/assets/%2e%2e",
            "/assets/" + "a" * 999,
            "/assets/.hidden",
            "/assets/%2e%2e/secret.txt",
        ):
            assert (await h.http.get(url)).status_code == 404


async def test_what_the_build_packed_goes_out_packed(built: Path) -> None:
    """Whoever takes gzip gets the build's own `.gz`, others the file; each has its ETag, and is not sent twice."""
    text = "let answer = 42;" * 100
    (built / "assets" / "app-3c4d.js").write_text(text)
    (built / "assets" / "app-3c4d.js.gz").write_bytes(gzip.compress(text.encode()))
    async with house(static_dir=built) as h:
        packed = await h.http.get("/assets/app-3c4d.js", headers={"Accept-Encoding": "br, gzip"})
        plain = await h.http.get("/assets/app-3c4d.js", headers={"Accept-Encoding": "gzip;q=0"})
        assert packed.text == plain.text == text
        assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-type"].startswith("text/javascript")
        assert packed.headers["etag"] != plain.headers["etag"]
        known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
        again = await h.http.get("/assets/app-3c4d.js", headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert "immutable" in again.headers["cache-control"]


async def test_a_page_that_is_known_already_keeps_its_policy(built: Path) -> None:
    """A 304 repeats policy and caching, for browsers that take them over; HEAD says what GET would; .gz or not."""
    (built / "console.html.gz").write_bytes(gzip.compress(b"<!doctype html>"))
    async with house(static_dir=built) as h:
        for coding in ("gzip", "identity"):
            page = await h.http.get("/console", headers={"Accept-Encoding": coding})
            head = await h.http.head("/console", headers={"Accept-Encoding": coding})
            assert head.content == b"" and head.headers == page.headers
            known = {"Accept-Encoding": coding, "If-None-Match": page.headers["etag"]}
            again = await h.http.get("/console", headers=known)
            assert (again.status_code, again.content) == (304, b"")
            for name in ("content-security-policy", "cache-control", "etag", "vary"):
                assert again.headers[name] == page.headers[name]


async def test_an_etag_follows_the_content(built: Path) -> None:
    """A page of the same length and time (as reproducible builds make them) is still another page."""
    page, stamp = built / "console.html", (1_580_601_600, 1_580_601_600)
    etags = []
    for text in ("<!doctype html>", "<!DOCTYPE HTML>"):
        page.write_text(text)
        os.utime(page, stamp)
        _digest.cache_clear()  # as a server that was started anew with the other build
        async with house(static_dir=built) as h:
            etags.append((await h.http.get("/console")).headers["etag"])
    assert etags[0] != etags[1]


async def test_the_base_map_is_read_in_pieces(built: Path) -> None:
    """A PMTiles reader asks for ranges."""
    async with house(static_dir=built, basemap=built / "map.pmtiles") as h:
        assert (await h.http.get("/v1/city")).json()["basemap"] == "/maps/testville.pmtiles"
        asked = {"Range": "bytes=16-19", "Accept-Encoding": "gzip"}
        piece = await h.http.get("/maps/testville.pmtiles", headers=asked)
        assert piece.status_code == 206 and piece.content == bytes([16, 17, 18, 19])
        assert "content-encoding" not in piece.headers
        assert piece.headers["content-range"] == "bytes 16-19/256"
        assert (await h.http.get("/maps/other.pmtiles")).status_code == 404


@pytest.mark.parametrize("host", ["evil.example; script-src *", "a b", "", "x\r\ny"])
def test_a_strange_host_adds_nothing_to_the_policy(host: str) -> None:
    """The Host header is the caller's: only a plain host and port are named."""
    assert "ws:" not in content_policy(host) and "script-src 'self';" in content_policy(host)


def test_documents_are_small_enough_to_serve() -> None:
    """Both are made once, when the app is made."""
    from courier_protocol.spec import asyncapi

    assert len(gzip.compress(json.dumps(asyncapi()).encode())) < 64_000
