"""Callers and their scopes."""

from enum import StrEnum
from typing import NamedTuple

from app.domain.errors import Code, TandemError

KEY_PREFIX = "tdm"
"""The prefix of every API key, so that a key is recognised wherever someone wrote it by mistake."""


class Scope(StrEnum):
    """The scopes of API keys; reading the catalogue needs none."""

    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    FILES_WRITE = "files:write"
    WEBHOOKS_WRITE = "webhooks:write"


class Caller(NamedTuple):
    """The sender of a request; idempotency keys, orders and limits belong to `name`."""

    name: str
    scopes: frozenset[Scope]
    known: bool = True
    rate: str | None = None

    def identify(self) -> None:
        """Raise `unauthenticated` unless the caller has a key, or the service is open."""
        if not self.known:
            raise TandemError(Code.UNAUTHENTICATED, "This needs an API key.")

    def require(self, scope: Scope) -> None:
        """Raise `unauthenticated` or `forbidden` unless the caller has the scope."""
        if scope in self.scopes:
            return
        if not self.known:
            raise TandemError(Code.UNAUTHENTICATED, f"This needs an API key with the scope `{scope}`.")
        raise TandemError(Code.FORBIDDEN, f"This needs the scope `{scope}`, which the API key does not have.")


EVERYONE = Caller("", frozenset(Scope))
"""The one caller of the `open` mode."""

ANONYMOUS = Caller("", frozenset({Scope.CATALOG_READ}), known=False)
"""A caller without a key, on a service that requires keys."""
