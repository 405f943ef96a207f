"""Caching policy (RFC 9111): the `Cache-Control` of responses without one."""

from functools import lru_cache

from starlette.types import Message

from app.http.request_state import RequestState

CATALOGUE = frozenset(
    {
        *("", "/products", "/products/{id}", "/products/{id}/image"),
        *("/products/{id}/images", "/products/{id}/images/{imageId}"),
        *("/categories", "/categories/{id}", "/categories/{id}/products"),
    }
)
"""Paths with the same answer for everyone, except for what a key may see. Other operations are private."""
_PRIVATE = (b"cache-control", b"private, no-cache")
_SHARED = (b"cache-control", b"no-cache")
_PERSONAL_STATUSES = frozenset({401, 403, 429})
_READING = frozenset({"GET", "HEAD"})
_AUTHORIZATION = b"Authorization"
_VARY = (b"vary", _AUTHORIZATION)


def complete(request: RequestState, message: Message) -> None:
    """Add `Cache-Control` if the response has none, and `Vary: Authorization` unless its own makes it shared.

    Shared caches may store responses of the catalogue, and must revalidate them; all others are private.
    """
    headers = message["headers"]
    decision, varies = b"", []
    for name, value in headers:
        if name == b"cache-control":
            decision = value
        elif name == b"vary":
            varies.append(value)
    if not decision:
        headers.append(_SHARED if _is_shared(request) else _PRIVATE)
    if not decision or decision == b"no-store" or decision.startswith(b"private"):
        varies.append(_AUTHORIZATION)
    if len(varies) > 1:  # caches such as nginx 1.22 read the last `Vary` field alone
        headers[:] = [field for field in headers if field[0] != b"vary"]
        headers.append(_vary(tuple(varies)))
    elif varies == [_AUTHORIZATION]:
        headers.append(_VARY)


def _is_shared(request: RequestState) -> bool:
    if request.status >= 500 or request.status in _PERSONAL_STATUSES or "forwarded" in request.scope["state"]:
        return False
    route = request.scope.get("route")
    return route is not None and request.scope["method"] in _READING and route.path in CATALOGUE


@lru_cache(maxsize=64)
def _vary(values: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    names = [name.strip() for value in values for name in value.split(b",")]
    return b"vary", b", ".join({name.lower(): name for name in names}.values())
