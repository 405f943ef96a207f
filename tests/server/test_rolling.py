"""A rolling upgrade: servers of two releases on one database that is migrated meanwhile, under load, without an error.

The newer release is this one with a revision more.
"""

import asyncio
import itertools
import shutil
from pathlib import Path
from typing import Any

import httpx2

from app.domain.unit_of_work import Engine
from app.stores.revision import SCRIPTS, newest
from tests import catalogues, processes
from tests.databases import Databases
from tests.servers import Server, until

_ORDER = (
    """mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { orderId } userErrors { code } } }"""
)
_NEXT = '''"""A revision of the next release: a column, an index that is built beside writers, and a table."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9998", "{before}", None, None


def upgrade() -> None:
    op.add_column("product", sa.Column("rating", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table("review", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.create_index("ix_review_id", "review", ["id"])
'''
_NEWER = "from pathlib import Path; from app.stores import revision; revision.SCRIPTS = Path({folder!r})"


class Load:
    """Clients that read and order without a pause from servers that may change. `wrong` are answers that are errors."""

    def __init__(self, *servers: Server) -> None:
        self.servers = list(servers)
        self.answers, self.wrong = 0, list[str]()
        self._numbers = itertools.count()
        self._running = [asyncio.create_task(self._shop(n)) for n in range(2)]

    async def more(self, count: int = 40) -> None:
        """Wait for so many answers more."""
        wanted = self.answers + count
        while self.answers < wanted:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Let each client end its turn."""
        self.servers.clear()
        await asyncio.gather(*self._running)

    async def _shop(self, n: int) -> None:
        async with httpx2.AsyncClient(timeout=30) as client:
            while self.servers:
                turn = next(self._numbers)
                url = f"http://127.0.0.1:{self.servers[turn % len(self.servers)].port}"
                product = 3 * (n + 1)  # of which there is no end
                order: dict[str, Any] = {"items": [{"productId": product, "quantity": 1}]}
                self._note(await client.get(f"{url}/v2/products/{product}"))
                await self._send(client, f"{url}/v2/orders", order, f"rest-{turn}")
                variables = {"input": {"items": [{"productId": str(product), "quantity": 1}]}}
                await self._send(client, f"{url}/graphql", {"query": _ORDER, "variables": variables}, f"graphql-{turn}")

    async def _send(self, client: httpx2.AsyncClient, url: str, value: dict[str, Any], key: str) -> None:
        self._note(await client.post(url, json=value, headers={"Idempotency-Key": key}))

    def _note(self, answer: httpx2.Response) -> None:
        self.answers += 1
        if answer.status_code >= 300 or '"errors"' in answer.text or '"code"' in answer.text:
            self.wrong.append(answer.text)


async def test_a_rolling_upgrade(databases: Databases, engine: Engine, tmp_path: Path) -> None:
    """No request fails while the database is migrated and one server takes the place of the other."""
    url, folder = await asyncio.to_thread(_filled, databases, engine), tmp_path / "migrations"
    shutil.copytree(SCRIPTS, folder)
    (folder / "versions" / "9998_next.py").write_text(_NEXT.format(before=newest()))
    newer = _NEWER.format(folder=str(folder))
    old = await asyncio.to_thread(Server, url, tmp_path / "old.log")
    load = Load(old)
    await load.more()
    migrating = processes.start(url, "migrate", code=f"{newer}; {processes.RUN}")
    _, told = await asyncio.to_thread(migrating.communicate)
    assert told.splitlines()[-1] == "The database is at revision 9998."
    await load.more()
    assert await asyncio.to_thread(old.status, "/readyz") == 200
    new = await asyncio.to_thread(Server, url, tmp_path / "new.log", code=newer)
    await asyncio.to_thread(until, lambda: new.status("/readyz") == 200)
    load.servers.append(new)
    await load.more()
    load.servers.remove(old)
    await load.more()
    await asyncio.to_thread(old.stop)
    await load.more()
    await load.stop()
    await asyncio.to_thread(new.stop)
    await asyncio.to_thread(databases.drop, url)
    assert load.wrong == []


def _filled(databases: Databases, engine: Engine) -> str:
    url = databases.create(engine)
    catalogues.fill(url, 100)
    return url
