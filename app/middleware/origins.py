"""Cross-site request forgery: unsafe requests from pages of other origins are refused."""

from collections.abc import Iterable

from starlette.types import Scope

from app.domain.errors import Code, TandemError
from app.http.request_state import header

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({b"same-origin", b"none"})
"""`none`: the user did it, no page."""


class Origins:
    """Tells pages of other sites (cross-site request forgery) from our own, those that are `trusted`, and programs.

    The browser's own word is `Sec-Fetch-Site` (W3C Fetch Metadata); older ones send `Origin` alone, which is held
    against `Host`. Who sends neither is no browser. `*` trusts every page.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = frozenset(trusted)

    def admit(self, scope: Scope) -> None:
        """Raise `forbidden` where a page of another site asks for what is not safe (RFC 9110, section 9.2.1)."""
        if scope["method"] in _SAFE or "*" in self._trusted or _is_ours(scope):
            return
        origin = header(scope, b"origin")
        if origin is None or origin.decode("latin-1") not in self._trusted:
            raise TandemError(Code.FORBIDDEN, "Pages of other sites may not change anything here.")


def _is_ours(scope: Scope) -> bool:
    site, origin = header(scope, b"sec-fetch-site"), header(scope, b"origin")
    if site is not None:
        return site in _OURS
    return origin is None or origin.partition(b"://")[2] == header(scope, b"host")
