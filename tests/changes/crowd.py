"""Many streams of changes at once, read by one process: who they are does not matter, only when events arrive.

`python -m tests.changes.crowd PROTOCOL PORT COUNT CHANGES` prints the milliseconds from so many changes to their
arrivals.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

_FIELDS = b"Host: localhost\r\nAccept: text/event-stream\r\n"
_DOCUMENT = 'subscription { changes(after: "now") { cursor type at node { id ... on Product { name price stock } } } }'
_BODY = json.dumps({"query": _DOCUMENT}).encode()
_JSON = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
REQUESTS = {
    "REST": b"GET /v2/changes?after=now HTTP/1.1\r\n%b\r\n" % _FIELDS,
    "GraphQL": b"POST /graphql HTTP/1.1\r\n%b%b" % (_FIELDS, _JSON),
}
"""What begins a stream, by protocol."""
_AT = b'"at":"'
_BEGUN = b"retry:"
_SILENCE = 20.0


@contextmanager
def streams(port: int, count: int, protocol: str = "REST") -> Iterator[list[socket.socket]]:
    """So many streams, which have all begun."""
    found: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", port), timeout=60)
            one.sendall(REQUESTS[protocol])
            found.append(one)
        for one in found:
            seen = b""
            while _BEGUN not in seen:
                seen += one.recv(65_536)
        yield found
    finally:
        for one in found:
            one.close()


def arrivals(found: list[socket.socket], changes: int) -> list[float]:
    """The milliseconds from each change (its `at`, before its commit) to its arrival, of all streams.

    It ends once all have arrived, or nothing has for some seconds.
    """
    waiting = selectors.EpollSelector()
    told: list[float] = []
    for one in found:
        one.setblocking(False)
        waiting.register(one, selectors.EVENT_READ)
    while len(told) < changes * len(found) and (ready := waiting.select(_SILENCE)):
        for key, _ in ready:
            data, now = key.fileobj.recv(262_144), time.time()  # type: ignore[union-attr] # it is a socket
            told += [(now - at) * 1_000 for at in _times(data)]
    return told


def _times(data: bytes) -> Iterator[float]:
    """The times of the changes in a chunk; one that is cut in two is left out."""
    for part in data.split(_AT)[1:]:
        text, found, _ = part.partition(b'"')
        if found:
            yield _read(text.decode())


def _read(text: str) -> float:
    if text not in _READ:
        _READ[text] = datetime.fromisoformat(text).timestamp()
    return _READ[text]


_READ: dict[str, float] = {}


def _main(protocol: str, port: int, count: int, changes: int) -> None:
    with streams(port, count, protocol) as found:
        print("begun", flush=True)  # noqa: T201 - the proof waits for it
        print(json.dumps(arrivals(found, changes)))  # noqa: T201 - the proof reads it


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:]))
