"""Settings: everything an operator can decide, read from the environment as `TANDEM_…`."""

from datetime import date
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process. `tandem serve --help` prints this list."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_", extra="ignore", frozen=True)

    database_url: str = Field(
        "sqlite:///var/tandem.db",
        pattern=r"^(sqlite:///.+|postgres(ql)?://.+)$",
        description="sqlite:///relative.db, sqlite:////absolute.db, or postgresql://user@host/name",
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, description="processes that serve")
    auth: Literal["open", "keys"] | None = Field(
        None, description="whether API keys are asked for; unset: `open` on a loopback address, else `keys`"
    )
    idempotency_ttl: int = Field(86_400, ge=1, description="seconds that an Idempotency-Key is remembered")
    log_format: Literal["console", "json"] = Field("console", description="how log lines are written")
    v1_deprecated_at: date = Field(date(2026, 1, 1), description="since when v1 is deprecated")
    v1_sunset_at: date = Field(date(2026, 12, 31), description="when v1 may end; it still answers after it")
    graphql_max_cost: int = Field(50, ge=1, description="the most points that one GraphQL document may cost")
