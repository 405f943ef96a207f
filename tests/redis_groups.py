"""Redis servers that stand in for one another: under sentinels, or in a cluster; and one that speaks TLS."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis

from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.servers import until

_SERVICE, _PASSWORD = "tandem", "secret"
_SENTINEL = """sentinel monitor {service} 127.0.0.1 {port} 2
sentinel auth-pass {service} {password}
sentinel down-after-milliseconds {service} 500
sentinel failover-timeout {service} 2000
"""


class Group(NamedTuple):
    """The URL of several servers, and what kills the one that decides."""

    url: str
    kill: Callable[[], object]


@contextmanager
def under_sentinels(folder: Path) -> Iterator[Group]:
    """A server, its replica, and three sentinels, of which one is frozen; the servers want a password."""
    with ExitStack() as at_end:
        auth = ("--requirepass", _PASSWORD, "--masterauth", _PASSWORD)
        leader = _started(at_end, folder, *auth)
        follower = _started(at_end, folder, *auth, "--replicaof", "127.0.0.1", str(leader.port))
        sentinels = []
        for number in range(3):
            settings = folder / f"sentinel-{number}.conf"
            settings.write_text(_SENTINEL.format(service=_SERVICE, port=leader.port, password=_PASSWORD))
            sentinels.append(_started(at_end, folder, str(settings), "--sentinel"))
        for sentinel in sentinels:
            until(lambda port=sentinel.port: _know_each_other(port))  # type: ignore[misc] # of a default
        until(lambda: _says(follower, "master_link_status") == "up")
        sentinels[0].freeze()
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in sentinels)
        yield Group(f"redis+sentinel://:{_PASSWORD}@{hosts}/{_SERVICE}/0", leader.stop)


@contextmanager
def in_a_cluster(folder: Path) -> Iterator[Group]:
    """Three servers that share the slots, and a replica of the one that has the slot of `{tandem}`."""
    with ExitStack() as at_end:
        servers, buses = [], [free_port() for _ in range(4)]
        for number, bus in enumerate(buses):
            options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "500", "--cluster-port", str(bus))
            servers.append(_started(at_end, folder, *options, "--cluster-config-file", f"nodes-{number}.conf"))
        clients = [Redis(port=one.port, decode_responses=True) for one in servers]
        for client in clients:
            at_end.callback(client.close)
        ranges = ((0, 5460), (5461, 10922), (10923, 16383))
        for client, slots in zip(clients, ranges, strict=False):
            client.execute_command("CLUSTER ADDSLOTSRANGE", *slots)
        for number, client in enumerate(clients):
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for one, bus in zip(servers, buses, strict=True):
            clients[0].execute_command("CLUSTER MEET", "127.0.0.1", one.port, bus)
        slot = int(clients[0].execute_command("CLUSTER KEYSLOT", "{tandem}"))
        owner = next(n for n, (first, last) in enumerate(ranges) if first <= slot <= last)
        identity = clients[owner].execute_command("CLUSTER MYID")
        until(lambda: all(_cluster_says(client, "cluster_known_nodes") == "4" for client in clients))
        clients[3].execute_command("CLUSTER REPLICATE", identity)
        until(lambda: clients[3].info("replication").get("master_link_status") == "up")
        until(lambda: all(_cluster_says(client, "cluster_state") == "ok" for client in clients))
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in servers[:3])
        yield Group(f"redis+cluster://{hosts}", servers[owner].stop)


@contextmanager
def with_tls(folder: Path) -> Iterator[RedisServer]:
    """A server that speaks TLS alone, with a certificate for 127.0.0.1; its URL names that as the authority."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *made, *named, *files], check=True, capture_output=True)
    tls = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate))
    server = RedisServer("--port", "0", *tls, "--tls-auth-clients", "no", folder=folder, port_option="--tls-port")
    server.url = f"rediss://127.0.0.1:{server.port}/0?ssl_ca_certs={certificate}"
    try:
        yield server
    finally:
        server.stop()


def _started(at_end: ExitStack, folder: Path, *arguments: str) -> RedisServer:
    server = RedisServer(*arguments, folder=folder)
    at_end.callback(server.stop)
    return server


def _know_each_other(port: int) -> bool:
    with Redis(port=port, decode_responses=True) as client:
        state = client.sentinel_master(_SERVICE)
    return int(state["num-other-sentinels"]) == 2 and int(state["num-slaves"]) == 1  # type: ignore[index]


def _says(server: RedisServer, name: str) -> str:
    with Redis(port=server.port, password=_PASSWORD, decode_responses=True) as client:
        return str(client.info("replication").get(name))  # type: ignore[union-attr]


def _cluster_says(client: "Redis", name: str) -> str:
    told: Any = client.execute_command("CLUSTER INFO")
    return str(told[name])
