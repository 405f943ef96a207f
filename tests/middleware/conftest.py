"""Fixtures of the middleware suites: the whole application on a clock that is moved by hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.callers import Scope as Allowed
from app.main import create_app
from app.settings import Settings
from app.stores import keys
from app.stores.database import open_database
from tests.clients import Client, running
from tests.clock import Clock
from tests.conftest import Run
from tests.databases import Databases

ADDRESS = "192.0.2.1"


class Served:
    """An application; its clients, by the address that they call from; and its API keys."""

    def __init__(self, app: ASGIApp, url: str, clock: Clock, run: Run[Any]) -> None:
        self.app, self.url, self.clock, self.run = app, url, clock, run

    def client(self, address: str = ADDRESS) -> Client:
        """A client that calls from an address; what it receives from REST is held against the contract."""

        async def calling(scope: Scope, receive: Receive, send: Send) -> None:
            scope["client"] = (address, 50_000)
            await self.app(scope, receive, send)

        return Client(calling, self.run)

    def key(self, name: str, rate: str | None = None) -> dict[str, str]:
        """The header that bears a new API key of a caller."""

        async def create() -> str:
            database = open_database(self.url, self.clock)
            try:
                return await keys.create(database, name, list(Allowed), rate=rate)
            finally:
                await database.close()

        return {"authorization": f"Bearer {self.run(create())}"}


@pytest.fixture
def serve(databases: Databases, run: Run[Any], clock: Clock) -> Iterator[Callable[..., Served]]:
    """Starts applications with settings; those that are given one `database_url` share it."""
    with ExitStack() as at_end:

        def start(**settings: Any) -> Served:
            url = settings.setdefault("database_url", databases.create("sqlite"))
            app = create_app(Settings(**({"auth": "keys"} | settings)), clock, clock)
            lifespan = running(app)
            run(lifespan.__aenter__())
            at_end.callback(lambda: run(lifespan.__aexit__(None, None, None)))
            return Served(app, url, clock, run)

        yield start


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """The application with every setting at its default."""
    return serve()
