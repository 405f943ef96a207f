"""`tandem doctor` on replicas: what each server is that `TANDEM_DATABASE_REPLICA_URLS` names."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from app.stores.migrate import migrate
from tests.app.test_doctor import NOWHERE, doctor_lines
from tests.command_line import Tandem
from tests.databases import Databases, own_server
from tests.redis_server import RedisServer
from tests.standbys import standby


class Servers(NamedTuple):
    """A primary, its standby, a standby that was made a primary, and a server that has nothing to do with them."""

    primary: str
    standby: str
    promoted: str
    other: str


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[Servers]:
    """Servers that run."""
    with ExitStack() as at_end:
        primary = own_server(at_end)
        migrate(primary.url)
        promoted = standby(at_end, primary)
        promoted.control("promote", "-w")
        yield Servers(primary.url, standby(at_end, primary).url, promoted.url, databases.create("postgresql"))


@pytest.fixture(autouse=True)
def redis(monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer) -> None:
    """Replicas need Redis."""
    monkeypatch.setenv("TANDEM_REDIS_URL", redis_server.url)


@pytest.mark.parametrize(
    ("server", "state", "text"),
    [
        ("standby", "ok", "a standby; it replayed its last transaction "),
        ("primary", "ok", "the primary now; it is read as a replica once it is a standby"),
        ("promoted", "mend", "This server is neither a standby nor the primary; it is not used."),
        ("other", "mend", "This is not a replica of TANDEM_DATABASE_URL; it is not used."),
        ("nowhere", "mend", "The database is unavailable."),
    ],
)
def test_replicas(
    tandem: Tandem, servers: Servers, monkeypatch: pytest.MonkeyPatch, server: str, state: str, text: str
) -> None:
    """A line for each replica names it; the primary may be among them, as it is after a failover."""
    url = getattr(servers, server, NOWHERE)
    monkeypatch.setenv("TANDEM_DATABASE_REPLICA_URLS", url)
    result = tandem("doctor", url=servers.primary)
    found, told = doctor_lines(result)["replica"]
    assert (found, result.exit_code) == (state, int(state == "mend")), told
    assert told.startswith(f"{url.rpartition('@')[2]}: {text}"), told


def test_no_redis(tandem: Tandem, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Redis, no process would know what another one has just written: neither starts nor passes."""
    monkeypatch.setenv("TANDEM_DATABASE_REPLICA_URLS", servers.standby)
    monkeypatch.delenv("TANDEM_REDIS_URL")
    state, told = doctor_lines(tandem("doctor", url=servers.primary))["settings"]
    assert (state, told.partition(":")[0]) == ("mend", "TANDEM_DATABASE_REPLICA_URLS needs TANDEM_REDIS_URL")
    refused = tandem("serve", url=servers.primary)
    assert (refused.exit_code, told in refused.stderr) == (2, True)


def test_standby_as_primary(tandem: Tandem, servers: Servers) -> None:
    """A standby takes no writes, so it cannot be the database itself."""
    result = tandem("doctor", url=servers.standby)
    assert (result.exit_code, doctor_lines(result)["database"]) == (
        1,
        ("mend", "The server is a standby, which takes no writes; name the primary in TANDEM_DATABASE_URL."),
    )
