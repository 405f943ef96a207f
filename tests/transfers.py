"""Large files up and down a server in a process of its own, never held whole, and the memory that it takes for them."""

import hashlib
import http.client
import json
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.servers import PATIENCE, Server, until

MIB = 2**20
PATIENT = """
from app.http import streaming
from app.server.protocol import Protocol
Protocol.stalled_seconds = streaming.SECONDS_STALLED = 600.0
"""
"""For a server that waits for readers who stall, however long the test takes."""
_BLOCK = random.Random(11).randbytes(MIB)
_HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
_TAIL = b"\r\n--b--\r\n"


class Sent(NamedTuple):
    """A file that was uploaded: where it is, its SHA-256, and the seconds that it took."""

    url: str
    sha256: str
    seconds: float


def blocks(mib: int) -> Iterator[bytes]:
    """So many MiB, no two of them alike."""
    return (number.to_bytes(8, "big") + _BLOCK[8:] for number in range(mib))


def upload(server: Server, mib: int) -> Sent:
    """Upload a file in one request; raises where the server found another hash."""
    begun, digest = time.monotonic(), hashlib.sha256()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    connection.putrequest("POST", "/v2/files")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(len(_HEAD) + mib * MIB + len(_TAIL)))
    connection.endheaders(_HEAD)
    for block in blocks(mib):
        digest.update(block)
        connection.send(block)
    connection.send(_TAIL)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 201, told
    assert told["sha256"] == digest.hexdigest()
    return Sent(told["url"], told["sha256"], time.monotonic() - begun)


def download(server: Server, sent: Sent) -> float:
    """Download a file; the seconds that it took. Raises where other bytes come."""
    begun, digest = time.monotonic(), hashlib.sha256()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    connection.request("GET", sent.url)
    answer = connection.getresponse()
    while chunk := answer.read(MIB):
        digest.update(chunk)
    connection.close()
    assert digest.hexdigest() == sent.sha256
    return time.monotonic() - begun


class Memory:
    """What the memory of a process grows by, at most, from the moment that this is made (Linux tells)."""

    def __init__(self, server: Server) -> None:
        self._process = Path(f"/proc/{server.process.pid}")
        (self._process / "clear_refs").write_text("5")  # from here on VmHWM counts anew
        self._before = self._read("VmRSS")

    def grown(self) -> int:
        """Bytes at the peak since then."""
        return self._read("VmHWM") - self._before

    def _read(self, name: str) -> int:
        lines = (self._process / "status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith(name))) * 1024


class Stalled:
    """Clients that ask for a file, and read nothing of it."""

    def __init__(self, server: Server, url: str, count: int) -> None:
        self._server = server
        self._sockets = [self._ask(url) for _ in range(count)]
        until(lambda: self.running() >= count)
        until(self._idle)

    def running(self) -> int:
        """Requests that the server has not ended, besides the one that asks."""
        return int(self._server.metric("tandem_requests_in_flight")) - 1

    def close(self) -> None:
        """Hang up, and wait for the server to end what it did for them."""
        for client in self._sockets:
            client.close()
        until(lambda: self.running() == 0)

    def _ask(self, url: str) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self._server.port), PATIENCE)
        client.sendall(f"GET {url} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return client

    def _idle(self) -> bool:
        """Whether the server has come to rest: its clock of CPU time stands."""
        before = self._cpu()
        time.sleep(0.5)
        return self._cpu() == before

    def _cpu(self) -> list[str]:
        return Path(f"/proc/{self._server.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
