"""Every response has its security headers: answers and refusals, documents and pages, with and without TLS."""

from pathlib import Path

import httpx
import pytest

from tests.support.web import House, house

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
ASKED = (
    *(("GET", "/healthz"), ("GET", "/metrics"), ("GET", "/openapi.json"), ("GET", "/v1/city"), ("GET", "/v1/orders")),
    *(("POST", "/v1/orders"), ("DELETE", "/v1/orders"), ("GET", "/nothing"), ("GET", "/t/x"), ("GET", "/v1/track/x")),
    *(("GET", "/console"), ("GET", "/assets/none.js"), ("GET", "/maps/none.pmtiles"), ("OPTIONS", "/v1/orders")),
)


@pytest.mark.parametrize(("method", "path"), ASKED)
async def test_every_response(h: House, method: str, path: str) -> None:
    """Whatever the status: nothing sniffs, frames, refers or runs; nobody in between keeps it."""
    answer = await h.http.request(method, path)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers and "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_over_tls_browsers_are_told_to_stay_there(h: House) -> None:
    """For a year; also on refusals."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(h.app), base_url="https://test") as http:
        for path in ("/healthz", "/v1/orders", "/nothing"):
            assert (await http.get(path)).headers["strict-transport-security"] == "max-age=31536000"


async def test_a_page_runs_only_what_is_this_servers(tmp_path: Path) -> None:
    """No inline script, no eval, no other host; a forged Host does not get into the policy."""
    for page in ("track", "console", "courier"):
        (tmp_path / f"{page}.html").write_text("<!doctype html>")
    async with house(static_dir=tmp_path) as h:
        for path in ("/t/x", "/console", "/courier"):
            policy = (await h.http.get(path)).headers["content-security-policy"]
            assert "script-src 'self';" in policy and "unsafe" not in policy and "*" not in policy
            forged = await h.http.get(path, headers={"Host": "evil.example; script-src *"})
            assert "evil" not in forged.headers["content-security-policy"]
