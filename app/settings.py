"""Settings: everything an operator can decide, read from the environment as `TANDEM_…`."""

from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(given: object) -> object:
    return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given


def _one_limit(text: str) -> str:
    if text != "off":
        (limit,) = parse_many(text)
        if limit.amount < 1:
            raise ValueError("a limit of 0 serves nobody")
    return text


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ip_network(network)) for network in given)


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A setting of several values, given with commas between them."""


class Settings(BaseSettings):
    """The settings of one process. `tandem serve --help` prints this list."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_", extra="ignore", frozen=True)

    database_url: str = Field(
        "sqlite:///var/tandem.db",
        pattern=r"^(sqlite:///.+|postgres(ql)?://.+)$",
        description="sqlite:///relative.db, sqlite:////absolute.db, or postgresql://user@host/name",
    )
    files_url: str = Field(
        "file:var/files",
        pattern=r"^(file:.+|s3://[^/]+.*)$",
        description="file:relative/folder, file:///absolute/folder, or s3://bucket/prefix (with AWS_… as usual)",
    )
    max_upload_bytes: int = Field(20 * 1024 * 1024, ge=1, description="bytes that an uploaded file may have")
    max_file_bytes: int = Field(2 * 1024**3, ge=1, description="bytes that a file may have that is uploaded in parts")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, description="processes that serve")
    auth: Literal["open", "keys"] | None = Field(
        None, description="whether API keys are asked for; unset: `open` on a loopback address, else `keys`"
    )
    idempotency_ttl: int = Field(86_400, ge=1, description="seconds that an Idempotency-Key is remembered")
    rate_limit: Annotated[str, AfterValidator(_one_limit)] = Field(
        "100/minute", description="what an API key, or an address without one, may ask for; `off`: as much as it likes"
    )
    redis_url: str | None = Field(
        None,
        pattern=r"^(rediss?|unix)://",
        description="redis://host:6379/0, where processes count together; unset: each for itself",
    )
    redis_deadline_ms: int = Field(
        30, ge=1, description="milliseconds after which a Redis that does not answer is done without"
    )
    trusted_proxies: Annotated[Listed, AfterValidator(_networks)] = Field(
        (), description="addresses and networks, with commas, whose X-Forwarded-For and -Proto are believed"
    )
    allowed_hosts: Listed = Field(
        ("*",), description="host names served, with commas; `*.example.com`: all below it, `*`: any"
    )
    cors_origins: Listed = Field((), description="origins, with commas, whose pages may use the APIs; `*`: all")
    request_timeout: float = Field(
        30.0, gt=0, description="seconds after which a request that is not answered is cancelled"
    )
    metrics_token: str | None = Field(
        None, min_length=16, description="bearer token for /metrics; it is always served to this machine, unproxied"
    )
    metrics_folder: Path | None = Field(
        None, description="where workers leave their counts for one another; `serve` makes one for several workers"
    )
    log_format: Literal["console", "json"] = Field("console", description="how log lines are written")
    v1_deprecated_at: date = Field(date(2026, 1, 1), description="since when v1 is deprecated")
    v1_sunset_at: date = Field(date(2026, 12, 31), description="when v1 may end; it still answers after it")
    graphql_introspection: bool = Field(True, description="whether GraphQL tells its schema to those who ask for it")
    graphql_max_cost: int = Field(50, ge=1, description="the most points that one GraphQL document may cost")
