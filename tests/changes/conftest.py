"""The fixtures of the tests of webhooks."""

from collections.abc import AsyncIterator

import pytest

from tests.webhook_shop import Shop, shop_beside_web


@pytest.fixture
async def shop(database_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """A shop beside a server that takes webhooks at /hook."""
    async with shop_beside_web(database_url) as made:
        yield made
