"""The doors of the courier channel: what they write down, and what they give away."""

from base64 import b64encode

import pytest

from tests.support.web import House, eventually

PHONE = "+8613800138000"


async def test_no_key_no_code_and_no_number_in_the_logs(
    h: House, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A tour through all doors, with right and wrong secrets, at debug level."""
    admin = h.headers()
    body = {"name": "Ada Byron", "profile": "ebike", "phone": PHONE}
    assert (await h.http.put("/v1/couriers/c1", json=body, headers=admin)).status_code == 200
    await h.http.post("/v1/sign-in/codes", json={"phone": PHONE})
    await eventually(lambda: h.codes.sent)
    code = h.codes.sent[0][1]
    await h.http.post("/v1/sign-in", json={"phone": PHONE, "code": "987654"})
    token = (await h.http.post("/v1/sign-in", json={"phone": PHONE, "code": code})).json()["token"]
    mine = {"Authorization": f"Bearer {token}"}
    fresh = (await h.http.post("/v1/tokens/refresh", headers=mine)).json()["token"]
    key = (await h.http.post("/v1/couriers/c1/devices", json={"name": "Ada's phone"}, headers=mine)).json()["key"]
    wrong = "w" * 32
    for given in (key, wrong):
        basic = {"Authorization": f"Basic {b64encode(f'c1:{given}'.encode()).decode()}"}
        place = {"id": given, "lat": "60.1661234", "lon": "24.9361234"}
        await h.http.get("/v1/ingest/osmand", params=place)
        await h.http.post("/v1/ingest/osmand", data=place)
        await h.http.post("/v1/ingest/osmand", json={"device_id": given, "location": {"coords": {"latitude": 99}}})
        await h.http.get("/v1/ingest/gpslogger", params={**place, "time": "never"})
        await h.http.post("/v1/ingest/owntracks", content=b"{", headers=basic)
    logs = "\n".join(written) + "".join(capsys.readouterr())
    secrets = (code, "987654", token, fresh, key, wrong, PHONE, "13800138000", "60.1661234", "Ada", "c1:")
    assert '"path": "/v1/ingest/osmand"' in logs and '"path": "/v1/sign-in"' in logs
    assert [secret for secret in secrets if secret in logs] == []


async def test_metrics_name_nobody(h: House) -> None:
    """Figures of the doors carry no number, key or courier."""
    await h.http.post("/v1/sign-in/codes", json={"phone": PHONE})
    h.services.counters = (lambda: h.services.sign_in.counters, lambda: h.services.ingest.counters)
    key = (await h.http.post("/v1/couriers/c1/devices", json={"name": "x"}, headers=h.headers())).json()["key"]
    await h.http.get("/v1/ingest/osmand", params={"id": key})
    text = (await h.http.get("/metrics")).text
    assert 'dispatch_part_total{what="sign_in_codes"} 1.0' in text
    assert 'dispatch_part_total{what="ingest_heartbeats"} 1.0' in text
    assert not any(secret in text for secret in (PHONE, "13800138000", key, '"c1"'))


async def test_a_device_key_is_no_token_and_no_token_is_a_key(h: House) -> None:
    """Each opens its own door only."""
    key = (await h.http.post("/v1/couriers/c1/devices", json={"name": "x"}, headers=h.headers())).json()["key"]
    for credentials in (f"Bearer {key}", f"Basic {b64encode(f'c1:{key}'.encode()).decode()}"):
        answer = await h.http.get("/v1/couriers/c1", headers={"Authorization": credentials})
        assert answer.status_code == 401
    token = h.token("courier", "c1")
    assert (await h.http.get("/v1/ingest/osmand", params={"id": token})).status_code == 404
    assert (await h.http.post("/v1/ingest/owntracks", headers={"Authorization": f"Bearer {token}"})).status_code == 401
