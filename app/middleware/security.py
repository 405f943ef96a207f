"""Security headers on every response (OWASP REST Security Cheat Sheet)."""

from starlette.types import Message

from app.http.request_state import RequestState

_FIELDS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_OF_IMAGES = [*_FIELDS[:-1], (b"cross-origin-resource-policy", b"cross-origin")]
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_NAMES = frozenset(name for name, _ in _FIELDS)
HEADERS = frozenset(name.decode() for name, _ in (*_FIELDS, _ONLY_HTTPS))
"""The names of the header fields that `complete` adds."""


def complete(request: RequestState, message: Message) -> None:
    """Add the headers that the response lacks; pages set their own content security policy.

    Pages of other sites may embed images. A response over https, also behind a trusted proxy, gets HSTS.
    """
    headers = message["headers"]
    image, present = False, None
    for name, value in headers:
        if name == b"content-type":
            image = value.startswith(b"image/")
        elif name in _NAMES:
            present = (present or set()) | {name}
    fields = _OF_IMAGES if image else _FIELDS
    headers += fields if present is None else [field for field in fields if field[0] not in present]
    if request.scope["scheme"] == "https":  # ProxyHeadersMiddleware has set it by now
        headers.append(_ONLY_HTTPS)
