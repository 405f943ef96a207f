"""The last net: whatever escapes a door is told to the client in safe words, and to the log in full."""

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app import problems
from app.domain.errors import Code, TandemError
from app.exchange import exchange_of

_log = structlog.get_logger("tandem")


class Errors:
    """Turns refusals into problem documents, and faults of ours into `internal_error`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; an answer that has begun is cut, since it cannot be taken back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except TandemError as error:
            if exchange_of(scope).status:
                raise
            await problems.response(error, scope["state"]["request_id"])(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to be told
        except Exception:
            request_id = scope["state"]["request_id"]
            _log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
            if exchange_of(scope).status:
                raise
            failure = TandemError(Code.INTERNAL_ERROR, "Something went wrong on our side; it has been noted.")
            await problems.response(failure, request_id)(scope, receive, send)
