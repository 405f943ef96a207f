"""Plans against graphql-core over naive resolvers: random documents get the same data, the same errors, one cost."""

from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest

from tests.databases import Databases
from tests.schema.differences import Compared, compare, fill
from tests.service import Service

pytestmark = pytest.mark.anyio
DOCUMENTS = 500
"""For each engine; `make prove PROVE=plans` compares 20,000."""


@pytest.fixture(scope="module")
def filled_url(databases: Databases, engine: Any) -> Iterator[str]:
    """The URL of the catalogue's database."""
    yield from databases.lend(engine)


@pytest.fixture(scope="module")
async def filled(filled_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A service over a small catalogue with orders, images and ties."""
    async with Service(filled_url, checked=False, graphql_max_cost=1_000_000) as service:
        await fill(service)
        yield service


async def test_plans_answer_as_the_reference(filled: Service) -> None:
    """No document is answered differently; most have data, and some of those errors."""
    compared: Compared = await compare(filled, DOCUMENTS, Random(1))
    assert compared.differences == []
    assert compared.with_data > DOCUMENTS // 2
    assert compared.with_errors > 10
    assert compared.at_cursors > 10


async def test_the_comparison_bites(filled: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that forgets to turn backward pages round is found."""
    monkeypatch.setattr("app.domain.pagination.paging.Window.cut", lambda self, rows: (rows[: self.size], False, False))
    assert (await compare(filled, 60, Random(2))).differences
