"""PostgreSQL's errors, classified by what to do: refuse the work, run it again, or report an error."""

import asyncpg

from app.domain import request_context
from app.domain.errors import ConnectionLost, NotMigrated, StorageFull, Unavailable, Violation


class ConnectFailed(Unavailable):
    """No connection can be opened."""


class NotBegun(ConnectionLost):
    """The connection broke before the work began. Any work may run again on another one."""


class ReadOnly(Unavailable):
    """The server became a standby, so no connection to it can write."""


class StatementTimeout(Exception):
    """A statement took longer than its lane allows."""


class Blocked(Exception):
    """A statement waited for a lock for longer than its lane allows."""


class SerializationConflict(Exception):
    """A conflict with another transaction, or an outdated prepared statement; a retry may succeed."""


CONNECTION_LOST = (
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
UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TargetServerAttributeNotMatched,
)
_MAX_CAUSE = 200
_TIMEOUTS = (TimeoutError, asyncpg.QueryCanceledError)
_CONFLICTS = (
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
    failure = _classified(error)
    if failure is not error:
        first_line = str(error).partition("\n")[0]
        request_context.note("cause", f"{type(error).__name__}: {first_line[:_MAX_CAUSE]}")
    return failure


def _classified(error: Exception) -> Exception:
    if isinstance(error, _CONFLICTS):
        return SerializationConflict()
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return ReadOnly()
    # The network's own timeout has an errno, a timer's has none.
    if isinstance(error, CONNECTION_LOST) or (isinstance(error, TimeoutError) and error.errno):
        return ConnectionLost()
    if isinstance(error, _TIMEOUTS):
        return StatementTimeout()
    return ConnectFailed() if isinstance(error, UNAVAILABLE) else error
