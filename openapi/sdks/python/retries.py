"""Sends a request again where Tandem's answers say that it helps: a transport for httpx, under any generated client."""

import random
import time
from collections.abc import Callable

import httpx

_ON_OUR_SIDE = frozenset({408, 500})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST = 60.0


class Retrying(httpx.HTTPTransport):
    """Sends the same request, with the same key, until it is answered for good or `patience` seconds are over.

    Whatever bears `Retry-After` is sent again after that; what got no answer, 408 or 500 after a second, if it is safe
    or has an Idempotency-Key. The pause doubles each time, up to a minute, and a random half of it comes on top.
    """

    def __init__(self, patience: float = 300, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__()
        self._patience, self._sleep = patience, sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request as often as it takes; the last answer, or the last failure to get one."""
        began, attempt = time.monotonic(), 0
        while True:
            response, failure = self._once(request)
            pause = _pause(request, response, attempt)
            if pause is None or time.monotonic() + pause > began + self._patience:
                break
            if response is not None:
                response.close()
            self._sleep(pause)
            attempt += 1
        if response is None:
            raise failure or httpx.TransportError("no answer", request=request)
        return response

    def _once(self, request: httpx.Request) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        try:
            response = super().handle_request(request)
            response.read()  # an answer that is cut off is none
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            raise  # it was not sent, and never will be
        except httpx.TransportError as failure:
            return None, failure
        return response, None


def _pause(request: httpx.Request, response: httpx.Response | None, attempt: int) -> float | None:
    """Seconds until the next attempt; None: there is nothing to be won by one."""
    if response is not None and "retry-after" in response.headers:
        base = float(response.headers["retry-after"])
    elif response is None or response.status_code in _ON_OUR_SIDE:
        if request.method not in _SAFE and "idempotency-key" not in request.headers:
            return None
        base = 1.0
    else:
        return None
    return max(base, min(_LONGEST, base * 2.0**attempt)) * (1 + random.random() / 2)  # noqa: S311 - no secret
