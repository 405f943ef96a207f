"""The fixture of the torture tests."""

from collections.abc import Iterator

import pytest

from tests.torture.nursery import Nursery


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where the servers come from."""
    made = Nursery(tmp_path_factory.mktemp("nursery"))
    yield made
    made.close()
