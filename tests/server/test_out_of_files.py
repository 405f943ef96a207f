"""A server that may open no more files says so, and is well again by itself."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from tests.databases import Databases
from tests.servers import PATIENCE, Server, until, wire

_FILES = 64
_FEW = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({_FILES}, {_FILES}))"
_FORM = "Content-Type: multipart/form-data; boundary=b\r\n"
_UPLOAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc\r\n--b--\r\n'


def test_no_descriptors(databases: Databases, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """While connections take every descriptor, what needs a file is 503, never 500; what needs none is served."""
    with Server(databases.create("sqlite"), tmp_path / "log", code=_FEW) as server:

        async def scene() -> Counter[int]:
            statuses: Counter[int] = Counter()
            async with AsyncExitStack() as stack:
                asking = await stack.enter_async_context(wire(server))
                stored = await asking.ask("/v2/files", "POST", _UPLOAD, _FORM)
                assert stored.status == 201
                for _ in range(_FILES):  # as many as there are places left, and more
                    await stack.enter_async_context(wire(server))
                for _ in range(10):
                    assert (await asking.ask("/livez")).status == 200
                    upload = await asyncio.wait_for(asking.ask("/v2/files", "POST", _UPLOAD, _FORM), PATIENCE)
                    found = await asking.ask("/v2/products?q=cup&count=exact")
                    file = await asking.ask(stored.headers["location"])
                    export = await asking.ask("/v2/products/export", "HEAD")
                    statuses.update((upload.status, found.status, file.status, export.status))
            return statuses

        statuses = asyncio.run(scene())
        assert statuses[503] > 0
        assert statuses.keys() <= {200, 201, 503}
        until(lambda: server.status("/livez") == 200)  # until it has closed those, it resets new connections
        assert server.status("/v2/products?count=exact") == 200
