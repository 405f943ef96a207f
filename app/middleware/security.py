"""Security headers: what browsers may do with an answer, on every one of them (OWASP REST Security Cheat Sheet)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
"""The names of all of them."""


class SecurityHeaders:
    """Adds them. A page brings a content security policy of its own; whoever sets another header keeps it too.

    Images may stand on other sites' pages. What came by https, a trusted proxy's word included, stays on https.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = dict(message["headers"])
                fields = _OF_IMAGES if given.get(b"content-type", b"").startswith(b"image/") else _FIELDS
                added = fields if given.keys().isdisjoint(_NAMES) else [f for f in fields if f[0] not in given]
                https = scope["scheme"] == "https"  # a proxy's word for it is heard further inside
                message["headers"] = [*message["headers"], *added, *([_ONLY_HTTPS] if https else ())]
            await send(message)

        await self.app(scope, receive, answer)
