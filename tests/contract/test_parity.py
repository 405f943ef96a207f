"""v1, v2 and GraphQL give the same ids, order, cursors, totals and codes, on both engines."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from rest import product_parameters
from tests.contract import parity
from tests.service import Service

pytestmark = pytest.mark.anyio
COUNT = 500


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """All async tests and fixtures run on one asyncio loop."""
    return "asyncio"


@pytest.fixture
async def filled(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A service over the catalogue that the cases are made for."""
    service = Service(database_url, checked=False)
    await parity.fill(service)
    yield service
    await service.close()


async def test_parity(filled: Service) -> None:
    """500 random questions, and the pages around each answer, are answered alike by all three surfaces."""
    assert await parity.differences(filled, COUNT, seed=1) == []


async def test_questions_are_worth_asking(filled: Service) -> None:
    """Of the cases many find something, some are refused, in several ways."""
    answers = [await parity.ask_v2(filled, asked) for asked in parity.cases(COUNT, seed=1)]
    pages = [answer for answer in answers if not isinstance(answer, str)]
    assert sum(bool(page.ids) for page in pages) > COUNT // 3
    assert {answer for answer in answers if isinstance(answer, str)} == {"validation_failed", "invalid_cursor"}


async def test_planted_fault_is_seen(filled: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one adapter forgets a filter, the same cases tell."""

    def forgetful(values: Any) -> Any:
        return narrowed({name: value for name, value in values.items() if name != "inStock"})

    narrowed = product_parameters.narrowed
    monkeypatch.setattr("rest.products.narrowed", forgetful)
    assert await parity.differences(filled, 60, seed=2)
