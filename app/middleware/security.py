"""Security headers: what browsers may do with an answer, on every one of them (OWASP REST Security Cheat Sheet)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIXED = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_RESOURCE = b"cross-origin-resource-policy"
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")
HEADERS = frozenset(name.decode() for name, _ in (*_FIXED, _CONTENT, _ONLY_HTTPS)) | {_RESOURCE.decode()}
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
                image = given.get(b"content-type", b"").startswith(b"image/")
                added = [*_FIXED, _CONTENT, (_RESOURCE, b"cross-origin" if image else b"same-origin")]
                if scope["scheme"] == "https":
                    added.append(_ONLY_HTTPS)
                message["headers"] = [*message["headers"], *(field for field in added if field[0] not in given)]
            await send(message)

        await self.app(scope, receive, answer)
