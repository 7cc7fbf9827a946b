"""Secrets come by the environment or by files, and are not shown."""

from pathlib import Path

import pytest

from dispatch.cli import settings_from
from dispatch.domain.errors import InvalidInput
from dispatch.settings import SECRETS

VALUES = {
    "secret": "s3cret-" * 6,
    "vapid_key": "k" * 43,
    "code_sender": "https://sms.example/s3cret",
    "sms_sender": "https://sms.example/s3cret",
    "wechat_sender": "https://wechat.example/s3cret",
    "call_gateway": "https://calls.example/s3cret",
    "smtp_url": "smtp://us%40er:s3cret@mail.example:587",
    "database_url": "sqlite+aiosqlite:///s3cret.sqlite",
    "redis_url": "redis://:s3cret@cache:6379/0",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_by_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its content without the line's end is the setting, and neither text of the settings shows it."""
    file = tmp_path / "mounted"
    file.write_text(VALUES[name] + "\n")
    monkeypatch.delenv(SECRETS[name], raising=False)
    monkeypatch.setenv(f"{SECRETS[name]}_FILE", str(file))
    settings = settings_from()
    assert getattr(settings, name) == VALUES[name]
    assert VALUES[name] not in repr(settings) + str(settings)


def test_two_ways_are_one_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could tell which of the two holds; the sentence names variables and no values."""
    monkeypatch.setenv("DISPATCH_SECRET", VALUES["secret"])
    monkeypatch.setenv("DISPATCH_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(InvalidInput, match="DISPATCH_SECRET or DISPATCH_SECRET_FILE, not both") as refused:
        settings_from()
    assert "s3cret" not in refused.value.detail


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server does not start with a secret of its own making when it was told another one."""
    monkeypatch.setenv("DISPATCH_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        settings_from()


def test_a_bad_secret_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too short is said without it."""
    (tmp_path / "short").write_text("tooshort")
    monkeypatch.setenv("DISPATCH_SECRET_FILE", str(tmp_path / "short"))
    with pytest.raises(InvalidInput, match="at least 32") as refused:
        settings_from()
    assert "tooshort" not in refused.value.detail


def test_no_secret_has_a_flag() -> None:
    """The words of a command stand in the list of processes."""
    from dispatch.cli import dispatch

    for command in dispatch.commands.values():
        given = {parameter.name for parameter in command.params}
        assert not given & set(SECRETS), command.name
