"""The doors of the courier channel in the OpenAPI document, and the running server beside it."""

from typing import Any

import jsonschema

from tests.support.web import House, eventually

PHONE = "+8613800138000"


async def test_the_doors_keep_to_the_document(h: House) -> None:
    """Every answer of a tour has a status that the document names, with a body that fits its schema."""
    document = (await h.http.get("/openapi.json")).json()
    body = {"name": "Ada Byron", "profile": "ebike", "phone": PHONE}
    assert (await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())).status_code == 200
    await h.http.post("/v1/sign-in/codes", json={"phone": PHONE})
    await eventually(lambda: h.codes.sent)
    right, courier, admin = h.codes.sent[0][1], h.headers("courier", "c1"), h.headers()
    tour: list[tuple[str, str, str, Any, Any]] = [
        ("post", "/v1/sign-in/codes", "/v1/sign-in/codes", {"phone": "+8613900139000"}, {}),
        ("post", "/v1/sign-in/codes", "/v1/sign-in/codes", {"phone": PHONE}, {}),
        ("post", "/v1/sign-in", "/v1/sign-in", {"phone": PHONE, "code": "none"}, {}),
        ("post", "/v1/sign-in", "/v1/sign-in", {"phone": PHONE, "code": right}, {}),
        ("post", "/v1/tokens/refresh", "/v1/tokens/refresh", None, courier),
        ("post", "/v1/couriers/{id}/devices", "/v1/couriers/c1/devices", {"name": "x"}, admin),
        ("delete", "/v1/couriers/{id}/devices", "/v1/couriers/c1/devices", None, admin),
        ("post", "/v1/couriers/{id}/duty", "/v1/couriers/c1/duty", {"duty": "available"}, admin),
        ("post", "/v1/uploads/{id}", "/v1/uploads/x", None, courier),
        ("patch", "/v1/uploads/{id}", "/v1/uploads/x", None, courier),
        ("get", "/v1/uploads/{id}", "/v1/uploads/x", None, courier),
        ("get", "/v1/ingest/osmand", "/v1/ingest/osmand", None, {}),
        ("post", "/v1/ingest/osmand", "/v1/ingest/osmand", {"location": {}, "device_id": "x"}, {}),
        ("get", "/v1/ingest/gpslogger", "/v1/ingest/gpslogger?id=x", None, {}),
        ("post", "/v1/ingest/owntracks", "/v1/ingest/owntracks", {}, {}),
    ]
    seen = set()
    for method, path, url, sent, headers in tour:
        answer = await h.http.request(method, url, json=sent, headers=headers)
        described = document["paths"][path][method]["responses"][str(answer.status_code)]
        (media_type,) = described["content"]
        assert answer.headers["content-type"] == media_type
        jsonschema.validate(
            answer.json(), {**described["content"][media_type]["schema"], "components": document["components"]}
        )
        seen.add(answer.status_code)
    assert {200, 201, 202, 400, 401, 404, 422, 429} <= seen


async def test_bytes_forms_and_headers_are_described(h: House) -> None:
    """A client can be generated: what a body may be, what comes back, which headers are needed, who may call."""
    paths = (await h.http.get("/openapi.json")).json()["paths"]
    upload = paths["/v1/uploads/{id}"]
    assert set(upload) == {"head", "post", "patch", "get"}
    assert set(upload["patch"]["requestBody"]["content"]) == {"application/offset+octet-stream"}
    assert set(upload["get"]["responses"]["200"]["content"]) == {"image/jpeg", "image/png", "image/webp"}
    needed = [(each["name"], each["in"]) for each in upload["post"]["parameters"]]
    assert ("Upload-Length", "header") in needed and ("kind", "query") in needed
    assert {"409", "413", "415", "429"} <= set(upload["post"]["responses"])
    assert upload["get"]["x-roles"] == dict.fromkeys(("admin", "dispatcher", "depot", "support"), "any") | {
        "courier": "own",
        "distributor": "own",
    }
    osmand = paths["/v1/ingest/osmand"]
    assert set(osmand["post"]["requestBody"]["content"]) == {"application/x-www-form-urlencoded", "application/json"}
    assert "requestBody" not in osmand["get"] and osmand["get"]["security"] == []
    assert {"400", "404", "422", "429"} <= set(osmand["get"]["responses"])
