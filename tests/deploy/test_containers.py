"""The container files, read as data: no engine is needed to see that they keep their promises."""

import re
from typing import Any

import pytest
import yaml

from tests.support.sources import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
WORKERS: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "workers.compose.yml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
IGNORED = set((ROOT / ".dockerignore").read_text().split())
LAST_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_the_server_waits_for_healthy_stores() -> None:
    """Each store that the server needs has a health check, and the server starts after it."""
    services = COMPOSE["services"]
    stores = set(services) - {"server"}
    assert stores == {"valkey", "postgres"}
    assert services["server"]["depends_on"] == {store: {"condition": "service_healthy"} for store in stores}
    assert all(services[store]["healthcheck"]["test"][0] == "CMD" for store in stores)


def test_both_stores_keep_their_data() -> None:
    """Every folder that matters is a declared volume, and Valkey writes an append-only file."""
    mounts = [mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service["volumes"]]
    assert sorted(mounts) == sorted(COMPOSE["volumes"])
    assert "--appendonly" in COMPOSE["services"]["valkey"]["command"]


@pytest.mark.parametrize("name", ["DISPATCH_SECRET", "POSTGRES_PASSWORD"])
def test_no_secret_has_a_default(name: str) -> None:
    """Without the secret, compose refuses to start and says which one is missing."""
    values = [value for service in COMPOSE["services"].values() for value in service.get("environment", {}).values()]
    uses = [value for value in values if name in value]
    assert uses
    assert all(f"${{{name}:?put {name} into .env}}" in value for value in uses)


def test_only_this_machine_reaches_the_server_unless_asked() -> None:
    """The published port is bound to the loopback address, and the stores publish none."""
    published = {name: service.get("ports", []) for name, service in COMPOSE["services"].items()}
    assert published == {"server": ["127.0.0.1:${PORT:-8000}:8000"], "valkey": [], "postgres": []}


def test_with_workers_every_role_is_as_the_server_is() -> None:
    """The same image, stores, secrets and narrow rights; only the gateway changes its command, and publishes a port."""
    server, services = COMPOSE["services"]["server"], WORKERS["services"]
    for role in ("planner", "relay"):
        same = {name: value for name, value in server.items() if name != "ports"}
        differs = {"command": ["dispatch", role], "healthcheck": {"disable": True}}
        assert services[role] == same | differs
    assert services["server"]["environment"] == {"DISPATCH_WORKERS": "${WORKERS:-2}"}
    assert services["server"]["command"][:6] == ["dispatch", "serve", "--host", "0.0.0.0", "--port", "8000"]  # noqa: S104


def test_the_image_runs_as_a_user_without_rights() -> None:
    """The last user named is not root, and nothing is installed after it."""
    after = LAST_STAGE.split("\nUSER ")
    assert len(after) == 2
    assert after[1].splitlines()[0] == "dispatch"
    assert "\nRUN " not in after[1]


def test_the_image_reports_its_health_on_the_port_that_it_serves() -> None:
    """Health check, exposed port, command and compose agree."""
    assert "/healthz" in LAST_STAGE
    assert set(re.findall(r"(?:EXPOSE |127\.0\.0\.1:|\"--port\", \")(\d+)", LAST_STAGE)) == {"8000"}


def test_every_installed_package_is_checked_against_its_hash() -> None:
    """Only the wheel that was built in the image itself comes without one."""
    installs = re.findall(r"pip install (.*?)(?: \\|\n)", DOCKERFILE)
    unchecked = [line for line in installs if "--require-hashes" not in line]
    assert unchecked == ["--compile-bytecode --no-deps /wheels/*.whl"]


def test_copied_files_exist_and_leave_out_what_is_private() -> None:
    """Names in COPY are real; secrets, history and local data never enter the build."""
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M) for name in line.split()]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {".env", ".git", ".data", ".venv"} <= IGNORED
