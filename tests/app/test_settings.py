"""Settings that are refused, and how lists are given."""

import pytest
from pydantic import ValidationError

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
