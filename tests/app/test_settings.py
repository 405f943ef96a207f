"""Settings that are refused, and how lists are given."""

import click
import pytest
from pydantic import ValidationError

from app.commands import error_messages
from app.settings import Settings


def test_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists are given with commas; empty, they have nothing."""
    monkeypatch.setenv("TANDEM_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    monkeypatch.setenv("TANDEM_CORS_ORIGINS", "")
    settings = Settings()
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1/128")
    assert settings.cors_origins == ()
    assert settings.allowed_hosts == ("*",)


@pytest.mark.parametrize(
    "given",
    [
        {"rate_limit": "0/minute"},
        {"rate_limit": "often"},
        {"rate_limit": "1/minute;10/hour"},
        {"trusted_proxies": "*"},
        {"trusted_proxies": "10.0.0.1/8"},
        {"redis_url": "localhost:6379"},
    ],
)
def test_refused(given: dict[str, str]) -> None:
    """What would not mean what it seems to is refused; trusting everybody is a wish of nobody who knows."""
    with pytest.raises(ValidationError):
        Settings(**given)  # type: ignore[arg-type] # as the environment gives it


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TANDEM_DATABASE_URL", "mysql://x", "TANDEM_DATABASE_URL must be: sqlite:///relative.db,"),
        ("TANDEM_REDIS_URL", "http://x", "TANDEM_REDIS_URL must be: redis://host:6379/0"),
        ("TANDEM_ROOT_PATH", "a b", "such as `/catalogue`"),
        ("TANDEM_CORS_ORIGINS", "https://a.example/, b.example", "b.example is not an origin"),
        ("TANDEM_RATE_LIMIT", "0/minute", "TANDEM_RATE_LIMIT: a limit of 0 serves nobody"),
    ],
)
def test_faults_are_told_in_words(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    """A setting that is refused is named, with what it takes: no pattern, no word of the library's."""
    monkeypatch.setenv(name, value)
    with pytest.raises(click.UsageError) as refused:
        error_messages.settings()
    assert told in refused.value.message
    assert "pattern" not in refused.value.message
    assert "Value error" not in refused.value.message
