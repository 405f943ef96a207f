"""Machines on one: each has network and process namespaces of its own, and can be killed, cut off or frozen.

All of it needs root, and lives in namespaces of one process, `within`: nothing outlives that, and no port is taken.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_BRIDGE, _MARK = "tandem0", "IN_SANDBOX"
CLIENTS, KEEPER = "10.0.0.254", "10.0.0.250"
"""The addresses of whoever is no machine: clients, and the store of who leads."""
_MAY_SEARCH = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
"""Python may be somewhere in root's own folder."""
_UNSHARE = ("unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc")


def within(module: str) -> None:
    """Begin this module anew in namespaces with a network without machines, unless that is where we are."""
    if _MARK not in os.environ:
        if os.getuid() != 0:
            sys.exit("Network namespaces need root.")
        os.environ[_MARK] = "1"
        os.execvp(_UNSHARE[0], [*_UNSHARE, sys.executable, "-m", module, *sys.argv[1:]])
    ip("link", "set", "lo", "up")
    ip("link", "add", _BRIDGE, "type", "bridge")
    for address in (CLIENTS, KEEPER):
        ip("addr", "add", f"{address}/24", "dev", _BRIDGE)
    ip("link", "set", _BRIDGE, "up")


def ip(*arguments: str, of: int = 0) -> None:
    """Run `ip` in our network, or in the one of a process."""
    inside = ("nsenter", f"--net=/proc/{of}/ns/net") if of else ()
    subprocess.run([*inside, "ip", *arguments], check=True)


class Machine:
    """A machine that runs one command, and what that starts, as the user `postgres`."""

    def __init__(self, number: int, command: Sequence[str], log: Path) -> None:
        self.address, self._command, self._log = f"10.0.0.{number}", command, log
        self._link = f"machine{number}"
        self._network = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        while _network_of(self._network.pid) == _network_of(os.getpid()):
            pass
        ip("link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", str(self._network.pid))
        ip("link", "set", self._link, "master", _BRIDGE, "up")
        for arguments in (f"addr add {self.address}/24 dev eth0", "link set eth0 up", "link set lo up"):
            ip(*arguments.split(), of=self._network.pid)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Switch it on."""
        self.join()
        enter = ("nsenter", f"--net=/proc/{self._network.pid}/ns/net", *_UNSHARE[:1], *_UNSHARE[2:])
        user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *_MAY_SEARCH)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([*enter, *user, *self._command], stdout=log, stderr=log)

    def kill(self) -> None:
        """Switch it off: every process ends at once, and nothing that they had sent leaves it any more."""
        assert self._process
        self.cut()
        for first in _children(self._process.pid):
            os.kill(first, signal.SIGKILL)  # the end of a namespace's first process is the end of all
        self._process.wait()

    def remove(self) -> None:
        """Switch it off for good."""
        self.kill()
        ip("link", "del", self._link)
        self._network.kill()
        self._network.wait()

    def signal(self, number: int, having: str = "") -> None:
        """Send a signal to every process of it, or to those whose command line has a word."""
        assert self._process
        for process in _descendants(self._process.pid):
            if having in _command_line(process):
                os.kill(process, number)

    def cut(self) -> None:
        """Pull the plug of its network: what is sent is lost, and nobody is told."""
        ip("link", "set", self._link, "down")

    def join(self) -> None:
        """Put it back."""
        ip("link", "set", self._link, "up")

    def leave_out(self, addresses: Sequence[str]) -> None:
        """Lose what it sends to these addresses."""
        for address in addresses:
            ip("route", "add", "blackhole", address, of=self._network.pid)

    def let_in(self, addresses: Sequence[str]) -> None:
        """Send again."""
        for address in addresses:
            ip("route", "del", "blackhole", address, of=self._network.pid)


def _network_of(process: int) -> str:
    return Path(f"/proc/{process}/ns/net").readlink().name


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def _descendants(process: int) -> list[int]:
    children = _children(process)
    return children + [one for child in children for one in _descendants(child)]


def _command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
