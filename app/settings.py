"""Settings: everything an operator can decide, read from the environment as `TANDEM_…`."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")
_HOST = re.compile(r"(\[[^\]@]+\]|[^:@\[\]]*)(:\d{1,5})?")
_SESSION_TARGETS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _one_limit(text: str) -> str:
    if text != "off":
        (limit,) = parse_many(text)
        if limit.amount < 1:
            raise ValueError("a limit of 0 serves nobody")
    return text


def _networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(ip_network(network)) for network in networks)


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Origins as browsers send them: in lower case, without the slash that an address bar shows."""
    origins = tuple(value.rstrip("/").lower() for value in values)
    for origin in origins:
        if origin not in {"*", "null"} and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin} is not an origin, such as https://shop.example")
    return origins


def _address(url: str) -> str:
    """The URL of one or more hosts. The error has no part of it, which may be one of a password (RFC 3986, 3.2)."""
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    cut = not user and "@" in url
    if cut or "@" in user or not all(_HOST.fullmatch(host) for host in hosts.split(",")):
        raise ValueError(
            "must be a URL; ports are numbers, special characters of a password are percent-encoded (%2F for /)"
        )
    return url


def _database(url: str) -> str:
    if url.startswith("sqlite:"):
        return url
    targets = parse_qs(urlsplit(_address(url)).query).get("target_session_attrs", ["any"])
    if targets[-1] not in _SESSION_TARGETS:
        raise ValueError(f"target_session_attrs must be one of {', '.join(_SESSION_TARGETS)}")
    return url


def _replicas(urls: tuple[str, ...]) -> tuple[str, ...]:
    for url in urls:
        if not re.fullmatch(r"postgres(ql)?://.+", url):
            raise ValueError("each must begin with postgresql://")
        _database(url)
    return urls


def unknown_settings(environment: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """The variables that look like settings and are none, each with the setting that it resembles."""
    known = [f"TANDEM_{name.upper()}" for name in Settings.model_fields]
    for name in sorted(environment):
        upper = name.upper()
        if upper.startswith("TANDEM_") and not upper.startswith("TANDEM_TEST_") and upper not in known:
            yield name, next(iter(get_close_matches(upper, known, 1, 0.8)), None)


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A setting of several values, given with commas between them."""


class Settings(BaseSettings):
    """The settings of one process. `tandem serve --help` prints this list."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_", extra="ignore", frozen=True)

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "sqlite:///var/tandem.db",
        pattern=r"^(sqlite:///.+|postgres(ql)?://.+)$",
        description="sqlite:///relative.db, sqlite:////absolute.db, or postgresql://user@host/name",
    )
    database_replica_urls: Annotated[Listed, AfterValidator(_replicas)] = Field(
        (),
        description="postgresql://… of streaming replicas, separated by commas; they serve the catalogue and lists to"
        " callers whose last write they have replayed; needs TANDEM_REDIS_URL",
    )
    files_url: str = Field(
        "file:var/files",
        pattern=r"^(file:.+|s3://[^/]+.*)$",
        description="file:relative/folder, file:///absolute/folder, or s3://bucket/prefix (with AWS_… as usual)",
    )
    max_upload_bytes: int = Field(20 * 1024 * 1024, ge=1, description="maximum bytes of an uploaded file")
    max_file_bytes: int = Field(2 * 1024**3, ge=1, description="maximum bytes of a file that arrives in parts")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0: any free port")
    root_path: Annotated[str, AfterValidator(lambda path: path.rstrip("/"))] = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*/?$",
        description="path below which a proxy publishes the service, such as `/catalogue`; links begin with it",
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$",
        description="address of the service in feeds and JSON-LD, such as https://shop.example; unset: the address"
        " where it listens",
    )
    workers: int = Field(1, ge=1, description="number of worker processes")
    auth: Literal["open", "keys"] | None = Field(
        None,
        description="`open`: nobody needs an API key; `keys`: everything except reading the catalogue needs one; unset:"
        " `keys`, or on a loopback address `open` for requests from this machine without a proxy",
    )
    idempotency_ttl: int = Field(86_400, ge=1, description="seconds to remember an Idempotency-Key")
    changes_ttl: int = Field(604_800, ge=1, description="seconds to keep changes and their cursors")
    rate_limit: Annotated[str, AfterValidator(_one_limit)] = Field(
        "100/minute", description="points for each API key, or each address without one; `off`: no limit"
    )
    cache_bytes: int = Field(
        32 * 1024 * 1024, ge=0, description="memory for answers, cached until the data changes; 0: no cache"
    )
    redis_url: Annotated[str, AfterValidator(_address)] | None = Field(
        None,
        pattern=r"^((rediss?|unix)://|rediss?\+cluster://[^/]|rediss?\+sentinel://[^/]+/[^/?])",
        description="redis://host:6379/0 shares the rate limit between processes; rediss:// with TLS,"
        " redis+sentinel://host:26379,…/service, redis+cluster://host:6379,…; unset: each process counts alone",
    )
    redis_deadline_ms: int = Field(
        30, ge=1, description="milliseconds to wait for Redis before a request passes uncounted"
    )
    trusted_proxies: Annotated[Listed, AfterValidator(_networks)] = Field(
        (),
        description="addresses and networks of proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are used,"
        " separated by commas",
    )
    allowed_hosts: Listed = Field(
        ("*",), description="accepted host names, separated by commas; `*.example.com`: its subdomains, `*`: any"
    )
    cors_origins: Annotated[Listed, AfterValidator(_origins)] = Field(
        (), description="origins whose pages may use the APIs, separated by commas; `*`: all"
    )
    webhook_hosts: Annotated[Listed, AfterValidator(lambda names: tuple(map(str.lower, names)))] = Field(
        (),
        description="host names that webhooks may reach at any address, by http too, separated by commas; others need"
        " https and the public internet",
    )
    request_timeout: float = Field(30.0, gt=0, description="seconds until an unanswered request is cancelled")
    metrics_token: str | None = Field(
        None, min_length=16, description="bearer token for /metrics; direct requests from this machine need none"
    )
    metrics_folder: Path | None = Field(
        None, description="folder in which workers share their metrics; `serve` creates one for several workers"
    )
    log_format: Literal["console", "json"] = Field("console", description="format of the log lines")
    v1_deprecated_at: date = Field(date(2026, 1, 1), description="the day on which v1 was deprecated")
    v1_sunset_at: date = Field(date(2026, 12, 31), description="the day on which v1 may end; it still answers then")
    graphql_introspection: bool = Field(True, description="whether GraphQL allows introspection")
    graphql_documents: Path | None = Field(None, description="folder of *.graphql files; only these documents run")
    graphql_max_cost: int = Field(50, ge=1, description="maximum points for one GraphQL document")

    @property
    def base_url(self) -> str:
        """The address of the service, with which addresses of pages and images in feeds begin."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}{self.root_path}").rstrip("/")
