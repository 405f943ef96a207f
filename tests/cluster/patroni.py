"""Three PostgreSQL servers under Patroni, with etcd as the store of who leads, and HAProxy before them."""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.cluster.network import KEEPER, Machine
from tests.servers import until

_PATRONI = Path(__file__).parents[2] / ".tools" / "cluster" / "bin" / "patroni"
_DATABASE, _REST, _ETCD, _PROXY = 5432, 8008, 2379, 5000
_HAPROXY = """defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    timeout check 2s
listen primary
    bind 127.0.0.1:{port}
    option httpchk OPTIONS /primary
    default-server check port {rest} inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""
_SETTLED = 900.0
"""Seconds that a cluster may take until every server is whole again, on a busy machine."""
_LAST_LINES = 5


class PatroniCluster:
    """The servers. `synchronous`: a commit is acknowledged once a second server has it."""

    def __init__(self, at_end: ExitStack, *, synchronous: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tandem-cluster-"))
        at_end.callback(shutil.rmtree, self.folder, ignore_errors=True)
        shutil.chown(self.folder, "postgres", "postgres")
        self._synchronous = synchronous
        at_end.callback(self._run("etcd", *self._etcd()).kill)
        self.machines = [self._machine(number) for number in (1, 2, 3)]
        for machine in self.machines:
            machine.start()
            at_end.callback(machine.remove)
            until(lambda: self.leader() is not None, _SETTLED)  # the first one makes the database
        self.settle()
        proxy = self.folder / "haproxy.cfg"
        servers = [f"    server {one.address} {one.address}:{_DATABASE}" for one in self.machines]
        proxy.write_text(_HAPROXY.format(port=_PROXY, rest=_REST, servers="\n".join(servers)))
        at_end.callback(self._run("haproxy", "-db", "-f", str(proxy)).kill)

    @property
    def proxied(self) -> str:
        """The URL of whichever server leads, by HAProxy."""
        return f"postgresql://postgres@127.0.0.1:{_PROXY}/postgres"

    @property
    def listed(self) -> str:
        """The URL that names every server; the driver finds the one that leads."""
        hosts = ",".join(f"{one.address}:{_DATABASE}" for one in self.machines)
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"

    @property
    def each(self) -> list[str]:
        """The URL of each server."""
        return [f"postgresql://postgres@{one.address}:{_DATABASE}/postgres" for one in self.machines]

    def leader(self, *, other_than: Machine | None = None) -> Machine | None:
        """The machine that says it leads."""
        for machine in self.machines:
            if machine is not other_than and ask(machine, "/primary"):
                return machine
        return None

    def promoted(self, old: Machine) -> Machine:
        """Wait for another leader."""
        until(lambda: self.leader(other_than=old) is not None, _SETTLED)
        made = self.leader(other_than=old)
        assert made
        return made

    def begun(self, machine: Machine) -> str | None:
        """When the PostgreSQL server of a machine was started."""
        found = ask(machine, "/patroni") or {}
        return found.get("postmaster_start_time")

    def led_again(self, old: Machine, begun: str | None) -> None:
        """Wait for a leader: another one, or the old one whose server was started again after it `begun` first."""

        def led() -> bool:
            leader = self.leader()
            return leader is not None and (leader is not old or self.begun(old) not in (None, begun))

        until(led, _SETTLED)

    def settle(self) -> Machine:
        """Wait until all servers follow one leader, and one of them synchronously; the leader."""
        try:
            until(self._whole, _SETTLED)
        except AssertionError as late:
            logs = [self.folder / f"{number}.log" for number in range(1, len(self.machines) + 1)]
            late.add_note("\n".join("\n".join(log.read_text().splitlines()[-_LAST_LINES:]) for log in logs))
            raise
        leader = self.leader()
        assert leader
        return leader

    def start_again(self, machine: Machine) -> None:
        """Switch a machine on that was killed; as after a boot, no process is left that its files may name."""
        (self.folder / _name(machine) / "postmaster.pid").unlink(missing_ok=True)
        machine.start()

    def switch_over(self, leader: Machine) -> None:
        """Ask Patroni for another leader."""
        ask(leader, "/switchover", {"leader": _name(leader)})

    def others(self, machine: Machine) -> list[str]:
        """What a machine needs in order to lead: the other servers' addresses, and that of the store."""
        return [one.address for one in self.machines if one is not machine] + [KEEPER]

    def _whole(self) -> bool:
        leader = self.leader()
        members = (ask(leader, "/cluster") or {}).get("members", []) if leader else []
        roles = sorted(one["role"] for one in members if one["state"] in {"running", "streaming"})
        follower = "sync_standby" if self._synchronous else "replica"
        return len(self.machines) == len(roles) and roles == sorted(["leader", "replica", follower])

    def _machine(self, number: int) -> Machine:
        settings = self.folder / f"{number}.yaml"
        command = [str(_PATRONI), str(settings)]
        machine = Machine(number, command, self.folder / f"{number}.log")
        settings.write_text(json.dumps(self._settings(machine)))
        return machine

    def _settings(self, machine: Machine) -> dict[str, Any]:
        name, address = _name(machine), machine.address
        binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parts[-2]))
        hba = ["local all all trust", "host all all 10.0.0.0/24 trust", "host replication all 10.0.0.0/24 trust"]
        return {
            "scope": "tandem",
            "name": name,
            "restapi": {"listen": f"{address}:{_REST}", "connect_address": f"{address}:{_REST}"},
            "etcd3": {"host": f"{KEEPER}:{_ETCD}"},
            "bootstrap": {
                "dcs": {
                    "ttl": 20,
                    "loop_wait": 1,
                    "retry_timeout": 3,
                    "primary_start_timeout": 0,
                    "synchronous_mode": self._synchronous,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"wal_log_hints": "on", "fsync": "off"}},
                },
                "initdb": [{"auth": "trust"}, {"encoding": "UTF8"}, "no-sync"],
            },
            "postgresql": {
                "listen": f"{address}:{_DATABASE}",
                "connect_address": f"{address}:{_DATABASE}",
                "data_dir": str(self.folder / name),
                "bin_dir": str(binaries),
                "pgpass": str(self.folder / f"{name}.pgpass"),
                "parameters": {"unix_socket_directories": str(self.folder)},
                "authentication": {one: {"username": "postgres"} for one in ("superuser", "replication")},
                "pg_hba": hba,
            },
        }

    def _etcd(self) -> list[str]:
        client, peer = f"http://{KEEPER}:{_ETCD}", f"http://{KEEPER}:{_ETCD + 1}"
        return [
            *("--data-dir", str(self.folder / "etcd")),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *(
                "--listen-peer-urls",
                peer,
                "--initial-advertise-peer-urls",
                peer,
                "--initial-cluster",
                f"default={peer}",
            ),
        ]

    def _run(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{program}.log").open("wb") as log:
            return subprocess.Popen([program, *arguments], stdout=log, stderr=log)


def ask(machine: Machine, path: str, body: dict[str, str] | None = None) -> Any:
    """What Patroni on a machine answers; None where it refuses, or does not answer."""
    data = json.dumps(body).encode() if body else None
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{machine.address}:{_REST}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=2 if body is None else 60) as answer:
            text = answer.read()
    except OSError:
        return None
    return json.loads(text) if text.startswith(b"{") else True


def _name(machine: Machine) -> str:
    return f"node{machine.address.rpartition('.')[2]}"
