"""Logs one warning if an untrusted proxy forwards requests."""

from collections.abc import Sequence

import structlog

from app.http.local_requests import is_forwarded
from app.http.networks import within
from app.http.request_state import RequestState

_log = structlog.get_logger("tandem")


class ProxyWatch:
    """Checks requests until one comes from a proxy that is not `trusted`, and logs that."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._seen, self._is_trusted = False, within(trusted)

    def __call__(self, request: RequestState) -> None:
        """Check a request."""
        client = request.scope.get("client")
        if self._seen or client is None or not is_forwarded(request.scope) or self._is_trusted(client[0]):
            return
        self._seen = True
        _log.warning(
            "a proxy that is not trusted forwards requests",
            peer=client[0],
            advice="set TANDEM_TRUSTED_PROXIES to its address, so that callers are known by their own addresses",
        )
