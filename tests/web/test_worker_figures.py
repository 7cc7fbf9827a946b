"""One worker among several: its figures say which one it is, and it may serve them on a port of their own."""

import asyncio
from dataclasses import replace

import httpx
from prometheus_client.parser import text_string_to_metric_families

from dispatch.adapters.listening import own_socket
from dispatch.web.app import create_app
from dispatch.web.serving import figures_server
from tests.support.web import House, eventually


async def test_every_series_of_a_worker_names_it(h: House) -> None:
    """Figures of different workers never fall into one series; a server that is alone adds no label."""
    alone, third = h.app.state.metrics, create_app(replace(h.services, worker=3)).state.metrics
    for metrics in (alone, third):
        metrics.observe("readOrder", 200, 0.01)
    labels = {
        name: [sample.labels for family in text_string_to_metric_families(text) for sample in family.samples]
        for name, text in (("alone", alone.text()[0].decode()), ("third", third.text()[0].decode()))
    }
    assert len(labels["third"]) > 20
    assert all(each.get("worker") == "3" for each in labels["third"])
    assert not any("worker" in each for each in labels["alone"])


async def test_the_port_for_figures_serves_nothing_else(h: House) -> None:
    """/metrics, /healthz and /readyz of this very process; orders, pages and sockets are not to be had there."""
    with own_socket("127.0.0.1", 0) as door:
        server = figures_server(h.app, door)
        serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            assert 'dispatch_sessions{kind="staff",zone="default"} 0.0' in (await http.get("/metrics")).text
            assert (await http.get("/healthz")).is_success and (await http.get("/readyz")).is_success
            for path in ("/v1/city", "/openapi.json", "/console", "/v1/live"):
                assert (await http.get(path)).status_code == 404
            h.app.state.connections.drain()
            assert (await http.get("/readyz")).status_code == 503
        server.should_exit = True
        await serving
