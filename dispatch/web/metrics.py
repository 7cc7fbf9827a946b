"""`/metrics`: what is counted elsewhere, collected when it is asked for; and how long HTTP calls take."""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dispatch.application.case_report import standing
from dispatch.web.connection import Connections
from dispatch.web.services import Services

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """One registry per app, so that two apps in one process (tests) do not share figures.

    Of several workers each says in every series which one it is: a scrape of the port that they share reaches any of
    them, and a counter that seems to jump back and forth would be worse than none.
    """

    def __init__(self, services: Services, connections: Connections) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Parts(services, connections))
        self._calls = Counter(
            "dispatch_http_requests",
            "HTTP calls by operation and status.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "dispatch_http_seconds",
            "How long HTTP calls took.",
            ("operation",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        worker = services.worker
        self._told: Collector = self._registry if worker is None else _ByWorker(self._registry, worker)

    def observe(self, operation: str, status: int, seconds: float) -> None:
        """Count one HTTP call."""
        self._calls.labels(operation, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)

    def text(self) -> tuple[bytes, str]:
        """(body, media type)."""
        return generate_latest(self._told), CONTENT_TYPE_LATEST


class _ByWorker(Collector):
    """What another collector has, each series with the label `worker`."""

    def __init__(self, registry: CollectorRegistry, worker: int) -> None:
        self._registry = registry
        self._worker = str(worker)

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        for metric in self._registry.collect():
            labelled = [s._replace(labels={**s.labels, "worker": self._worker}) for s in metric.samples]
            metric.samples = labelled
            yield metric


class _Parts(Collector):
    """Reads the counters of the hubs and of the other parts at the moment of asking."""

    def __init__(self, services: Services, connections: Connections) -> None:
        self._services = services
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        sessions = GaugeMetricFamily("dispatch_sessions", "Open sessions.", labels=("zone", "kind"))
        heads = GaugeMetricFamily("dispatch_zone_head", "Sequence of the newest event.", labels=("zone",))
        counted = CounterMetricFamily("dispatch_zone", "What happened in a zone.", labels=("zone", "what"))
        cases = GaugeMetricFamily("dispatch_cases", "Cases that are not closed.", labels=("zone", "status"))
        for zone_id, hub in self._services.hubs.items():
            for status, number in standing(hub.replica.state).items():
                cases.add_metric((zone_id, status), number)
            heads.add_metric((zone_id,), hub.here.seq)
            for kind, number in hub.sessions.items():
                sessions.add_metric((zone_id, kind), number)
            for what, number in sorted(hub.counters.items()):
                counted.add_metric((zone_id, what), number)
        parts = CounterMetricFamily("dispatch_part", "What other parts of this process did.", labels=("what",))
        for more in self._services.counters:
            for what, figure in sorted(more().items()):
                parts.add_metric((what,), figure)
        degraded = GaugeMetricFamily(
            "dispatch_degraded", "Parts that work at less than their best.", value=len(self._services.degraded())
        )
        sockets = GaugeMetricFamily("dispatch_sockets", "Open WebSockets.", value=len(self._connections))
        yield from (sessions, heads, counted, cases, parts, degraded, sockets)
        yield from self._connections.tally.metrics()
