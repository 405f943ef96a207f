"""v1, v2 and GraphQL give the same ids, order, cursors, totals and codes, on both engines."""

from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from tests.contract import parity
from tests.service import Service

pytestmark = pytest.mark.slow
COUNT = 500


@pytest.fixture
async def filled(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """A service over the catalogue that the cases are made for."""
    async with Service(database_url, checked=False) as service:
        await parity.fill(service)
        yield service


async def test_parity(filled: Service) -> None:
    """500 random questions, and the pages around each answer, are answered alike by all three surfaces."""
    compared = await parity.compare(filled, COUNT, seed=1)
    assert compared.differences == []
    assert compared.questions > 1.5 * COUNT


async def test_questions_are_worth_asking(filled: Service) -> None:
    """Of the cases many find something, some are refused, in several ways."""
    answers = [await parity.ask_v2(filled, asked) for asked in parity.cases(COUNT, seed=1)]
    pages = [answer for answer in answers if not isinstance(answer, str)]
    assert sum(bool(page.ids) for page in pages) > COUNT // 3
    assert {answer for answer in answers if isinstance(answer, str)} == {"validation_failed", "invalid_cursor"}


@pytest.mark.parametrize("adapter", ["rest.products.queries.filter_of", "schema.types.products.filter_of"])
async def test_planted_fault_is_seen(filled: Service, monkeypatch: pytest.MonkeyPatch, adapter: str) -> None:
    """Where one adapter forgets a bound, the same cases tell."""

    def forgetful(values: Any) -> Any:
        return replace(narrowed(values), max_price=None)

    module, _, function = adapter.rpartition(".")
    narrowed = getattr(import_module(module), function)
    monkeypatch.setattr(adapter, forgetful)
    assert (await parity.compare(filled, 60, seed=2)).differences
