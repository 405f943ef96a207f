"""The outermost error handler: the client gets a problem document without internals, and the log gets the traceback."""

import errno

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import InternalError, TandemError, Unavailable
from app.http import problem_details
from app.http.request_state import state_of

_log = structlog.get_logger("tandem")
_NO_FILES_LEFT = frozenset({errno.EMFILE, errno.ENFILE})
"""This process, or the whole machine, may open no more files."""


class ErrorHandler:
    """Answers a `TandemError` with its problem document, and any other exception with `internal_error`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request. An error after the response began is raised again, which closes the connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except TandemError as error:
            if state_of(scope).status:
                raise
            await problem_details.respond(error, scope)(scope, receive, send)
        except ClientDisconnect:
            return  # the client is gone
        except Exception as error:
            failure = _failure(error, scope)
            if state_of(scope).status:
                raise
            await problem_details.respond(failure, scope)(scope, receive, send)


def _failure(error: Exception, scope: Scope) -> TandemError:
    """Log the exception; return the error for the client."""
    request_id = scope["state"]["request_id"]
    if isinstance(error, OSError) and error.errno in _NO_FILES_LEFT:
        _log.warning("no file can be opened", request_id=request_id, reason=error.strerror)
        return Unavailable("The service has too many open files and connections.")
    _log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
    return InternalError()
