"""What cannot work is said in one sentence, before anything is started."""

from dispatch.adapters.listening import check_port, check_sharing
from dispatch.domain.errors import InvalidInput
from dispatch.settings import Settings

EVERYTHING = frozenset({"serve", "planner", "relay"})


def check(settings: Settings, roles: frozenset[str]) -> None:
    """Raises `InvalidInput` for settings that these roles cannot run with on this machine, now."""
    if roles < EVERYTHING and (settings.sqlite or not settings.redis_url):
        raise InvalidInput(
            "needs_servers", "Separate roles need DATABASE_URL (PostgreSQL) and REDIS_URL; or run `all`."
        )
    for file in (settings.tls_cert, settings.tls_key):
        if file and not file.is_file():
            raise InvalidInput("no_certificate", f"The TLS file {file.name} cannot be read.")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise InvalidInput("half_tls", "Give both --tls-cert and --tls-key, or neither.")
    if "serve" in roles:
        _check_serving(settings, alone=roles >= EVERYTHING)


def _check_serving(settings: Settings, *, alone: bool) -> None:
    if settings.worker is not None:
        return  # whoever started this worker has looked, and holds the port
    if settings.workers > 1:
        if alone:
            sentence = "`all` is one process by design; for several workers run `serve`, `planner` and `relay`."
            raise InvalidInput("one_process", sentence)
        check_sharing()
    if settings.port:
        check_port(settings.host, settings.port)
    for worker in range(settings.workers):
        if port := settings.metrics_port_of(worker):
            check_port(settings.host, port, "--metrics-port")
