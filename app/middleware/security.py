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
"""Their names."""


def complete(request: RequestState, message: Message) -> None:
    """Add them. A page brings a content security policy of its own; whoever sets another header keeps it too.

    Images may stand on other sites' pages. What came by https, a trusted proxy's word included, stays on https.
    """
    headers = message["headers"]
    image, given = False, None
    for name, value in headers:
        if name == b"content-type":
            image = value.startswith(b"image/")
        elif name in _NAMES:
            given = (given or set()) | {name}
    fields = _OF_IMAGES if image else _FIELDS
    headers += fields if given is None else [field for field in fields if field[0] not in given]
    if request.scope["scheme"] == "https":  # a proxy's word for it is heard further inside
        headers.append(_ONLY_HTTPS)
