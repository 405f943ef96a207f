"""PostgreSQL's errors, sorted by what they mean for the work at hand: refuse it, run it again, or report a fault."""

import asyncpg

from app.domain import request_context
from app.domain.errors import ConnectionLost, NotMigrated, StorageFull, Unavailable, Violation


class Away(Unavailable):
    """No connection can be opened."""


class NotBegun(ConnectionLost):
    """The connection broke before the work began. It may run on another one, whatever it does."""


class ReadOnly(Unavailable):
    """The server became a standby. Every connection to it is of no use for writing."""


class TooLong(Exception):
    """A statement took longer than its lane allows."""


class Blocked(Exception):
    """A statement waited for a lock for longer than its lane allows."""


class Collided(Exception):
    """The transaction met another one, or an outdated statement. Run again, it may pass."""


LOST = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was idle when its server was stopped
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TargetServerAttributeNotMatched,
)
_LONGEST_CAUSE = 200
_LONG = (TimeoutError, asyncpg.QueryCanceledError)
_COLLISIONS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)


def translated(error: Exception) -> Exception:
    """The domain's error for a driver's error; an unexpected one stays as it is. The log line names the cause."""
    match error:
        case asyncpg.LockNotAvailableError():
            return Blocked()
        case asyncpg.ForeignKeyViolationError():
            return Violation("foreign_key")
        case asyncpg.IntegrityConstraintViolationError():
            return Violation(error.constraint_name or "unknown")
        case asyncpg.DataError():
            return error
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
            return NotMigrated()
        case asyncpg.DiskFullError():
            return StorageFull()
    meaning = _meaning(error)
    if meaning is not error:
        first_line = str(error).partition("\n")[0]
        request_context.note("cause", f"{type(error).__name__}: {first_line[:_LONGEST_CAUSE]}")
    return meaning


def _meaning(error: Exception) -> Exception:
    if isinstance(error, _COLLISIONS):
        return Collided()
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return ReadOnly()
    if isinstance(error, LOST):
        return ConnectionLost()
    if isinstance(error, _LONG):
        return TooLong()
    return Away() if isinstance(error, AWAY) else error
