"""What PostgreSQL's errors mean for a request, for those that a test cannot provoke."""

import asyncpg
import pytest

from app.domain.errors import ConnectionLost, StorageFull, TandemError, Violation
from app.stores.postgres.errors import ConnectFailed, StatementTimeout, translated


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.DiskFullError("no space"), StorageFull),
        (asyncpg.ForeignKeyViolationError("no such row"), Violation),
        (asyncpg.TooManyConnectionsError("no place"), ConnectFailed),
        (TimeoutError(110, "the network"), ConnectionLost),
        (TimeoutError(), StatementTimeout),
    ],
)
def test_known(error: Exception, expected: type[Exception]) -> None:
    """A full disk is told from a lost connection, and the timeout of the network from a statement's."""
    assert type(translated(error)) is expected


@pytest.mark.parametrize("error", [asyncpg.DataError("what was sent"), ZeroDivisionError(), asyncpg.PostgresError()])
def test_unknown(error: Exception) -> None:
    """An error of the code stays what it is: it is logged, and never looks like an outage."""
    assert translated(error) is error
    assert not isinstance(error, TandemError)
