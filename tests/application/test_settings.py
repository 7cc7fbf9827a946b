"""Settings: from the environment or flags, validated, said in plain words when wrong."""

from pathlib import Path

import pytest

from dispatch.cli import settings_from
from dispatch.domain.errors import InvalidInput


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "DISPATCH_SECRET", "DISPATCH_PORT", "DISPATCH_CODE_SENDER"):
        monkeypatch.delenv(name, raising=False)


def test_defaults_are_embedded(tmp_path: Path) -> None:
    """Without settings the server uses SQLite in its data folder."""
    settings = settings_from(data_dir=tmp_path)
    assert settings.sqlite
    assert settings.sql_url() == f"sqlite+aiosqlite:///{tmp_path / 'dispatch.sqlite'}"


def test_the_environment_names_the_real_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """DATABASE_URL as people paste it gets the driver that we use; flags win over the environment."""
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@db/dispatch")
    monkeypatch.setenv("REDIS_URL", "redis://cache:6379")
    monkeypatch.setenv("DISPATCH_PORT", "9000")
    settings = settings_from(port=9001)
    assert settings.database_url == "postgresql+asyncpg://u:p@db/dispatch"
    assert (settings.redis_url, settings.port, settings.sqlite) == ("redis://cache:6379", 9001, False)


@pytest.mark.parametrize("name", ["SOLVER", "DISPATCH_SOLVER"])
def test_the_solver_is_chosen_by_the_environment(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Our own search by default; `SOLVER=ortools` runs OR-Tools' routing alone."""
    assert settings_from().solver == "search"
    monkeypatch.setenv(name, "ortools")
    assert settings_from().solver == "ortools"


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ({"port": 99_999}, "port"),
        ({"secret": "short"}, "secret"),
        ({"speed": 0}, "speed"),
        ({"code_sender": "http://sms.example"}, "code_sender"),
        ({"code_sender": "carrier pigeon"}, "code_sender"),
        ({"vapid_key": "too short"}, "vapid_key"),
        ({"push_contact": "ops"}, "push_contact"),
        ({"push_targets": "everywhere"}, "push_targets"),
        ({"token_hours": 0}, "token_hours"),
        ({"offer_mode": "shout"}, "offer_mode"),
        ({"solver": "abacus"}, "solver"),
        ({"offer_mode_by_depot": {"d1": "shout"}}, "offer_mode_by_depot.d1"),
        ({"offer_batch": 1}, "offer_batch"),
        ({"hold_back": "forever"}, "hold_back"),
        ({"workers": 0}, "workers"),
        ({"metrics_port": 65_535}, "metrics_port"),
    ],
)
def test_a_bad_setting_is_named(flags: dict[str, object], name: str) -> None:
    """One sentence says which setting is wrong and why."""
    with pytest.raises(InvalidInput, match=f"The setting {name} is not usable"):
        settings_from(**flags)


def test_codes_are_printed_on_somebodys_own_machine_only() -> None:
    """Beside the embedded database they go to standard output; beside PostgreSQL nobody sends them until it is set."""
    assert settings_from().sender_of_codes() == "print"
    assert settings_from(database_url="postgresql://db/x").sender_of_codes() == "none"
    assert settings_from(code_sender="none").sender_of_codes() == "none"
    assert settings_from(code_sender="https://sms.example/x").sender_of_codes() == "https://sms.example/x"


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """Two starts sign with the same key; only the owner may read it; a set secret wins."""
    first = settings_from(data_dir=tmp_path).signing_secret()
    assert settings_from(data_dir=tmp_path).signing_secret() == first
    assert len(first) >= 32
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert settings_from(secret="x" * 32).signing_secret() == b"x" * 32


def test_depots_may_offer_in_their_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mode by depot is JSON in the environment; what is not named is as the zone."""
    monkeypatch.setenv("DISPATCH_OFFER_MODE_BY_DEPOT", '{"d1": "batch", "d2": "assign"}')
    settings = settings_from()
    assert (settings.offer_mode, settings.offer_mode_by_depot) == ("offer", {"d1": "batch", "d2": "assign"})


def test_each_worker_has_a_port_for_its_figures() -> None:
    """Counted from the one that is set; a server that is alone takes that one, and without it nobody has any."""
    settings = settings_from(metrics_port=9100)
    assert [settings.metrics_port_of(worker) for worker in (None, 0, 3)] == [9100, 9100, 9103]
    assert settings_from().metrics_port_of(3) == 0


def test_what_a_process_carries_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections in all and of an address, and calls; what is not set is as `docs/limits.md` says."""
    monkeypatch.setenv("DISPATCH_MAX_CONNECTIONS", "50")
    monkeypatch.setenv("DISPATCH_MAX_CALLS", "7")
    limits = settings_from(max_connections_per_address=9).load_limits()
    assert (limits.max_connections, limits.max_connections_per_address, limits.max_calls) == (50, 9, 7)
