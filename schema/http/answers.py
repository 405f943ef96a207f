"""The content of answers: data and errors, and the status for them."""

from collections.abc import Iterable
from typing import Any

import structlog
from graphql import ExecutionResult, GraphQLError

from app.domain.errors import Code, TandemError
from schema.errors import formatted
from schema.execution import cost
from schema.execution.context import Context

_log = structlog.get_logger("tandem")
MAX_ERRORS = 100
"""The maximum number of errors in one answer."""
MAX_PATHS = 256 * 1024
"""The maximum characters of their paths, which repeat aliases."""


def status(content: dict[str, Any], context: Context) -> int:
    """The status of an `application/graphql-response+json` (GraphQL over HTTP, September 2026)."""
    if "data" not in content:
        return 400 if context.unparsable else 422
    return 294 if "errors" in content else 200


def content(result: ExecutionResult, context: Context) -> dict[str, Any]:
    """The content for a result of graphql-core; logs unexpected errors."""
    if not result.errors:
        return {"data": result.data}
    if len(result.errors) > MAX_ERRORS:
        refusal = cost.too_complex(f"its answer has more than {MAX_ERRORS} errors")
        return refused([refusal])
    if sum(len(str(key)) for error in result.errors for key in error.path or ()) > MAX_PATHS:
        refusal = cost.too_complex(f"the paths of its errors have more than {MAX_PATHS:,} characters")
        return refused([refusal])
    for error in result.errors:
        if error.original_error and not isinstance(error.original_error, TandemError | GraphQLError):
            _log.error("resolver failed", request_id=context.request_id, path=error.path, exc_info=error.original_error)
    errors = [formatted(error, Code.VALIDATION_FAILED) for error in result.errors]
    waits = [error["extensions"]["retryAfter"] for error in errors if "retryAfter" in error["extensions"]]
    context.retry_after = max(waits, default=context.retry_after)
    began = result.data is not None or any(error.path for error in result.errors)
    return {"errors": errors, "data": result.data} if began else {"errors": errors}


def refused(errors: Iterable[TandemError | GraphQLError], code: Code = Code.VALIDATION_FAILED) -> dict[str, Any]:
    """The content for a request that is not executed; `code` is for errors without one."""
    plain = (one if isinstance(one, GraphQLError) else GraphQLError(one.message, original_error=one) for one in errors)
    return {"errors": [formatted(error, code, began=False) for error in plain]}
