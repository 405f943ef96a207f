"""Cross-site request forgery: unsafe requests from pages of other origins are refused."""

from collections.abc import Iterable

from starlette.types import Scope

from app.domain.errors import Code, TandemError
from app.http.request_state import header

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({b"same-origin", b"none"})
"""`none`: the user navigated, no page did."""


class Origins:
    """Refuses unsafe requests from pages of origins that are neither ours nor `trusted`; `*` trusts every page.

    Browsers send `Sec-Fetch-Site` (W3C Fetch Metadata); older ones only `Origin`, which is compared with `Host`. A
    request without both is not from a browser.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = frozenset(trusted)

    def admit(self, scope: Scope) -> None:
        """Raise `forbidden` for an unsafe request from a page of another site (RFC 9110, section 9.2.1)."""
        if scope["method"] in _SAFE or "*" in self._trusted or _is_ours(scope):
            return
        origin = header(scope, b"origin")
        if origin is None or origin.decode("latin-1") not in self._trusted:
            raise TandemError(Code.FORBIDDEN, "Pages of other sites may not change data.")


def _is_ours(scope: Scope) -> bool:
    site, origin = header(scope, b"sec-fetch-site"), header(scope, b"origin")
    if site is not None:
        return site in _OURS
    return origin is None or origin.partition(b"://")[2] == header(scope, b"host")
