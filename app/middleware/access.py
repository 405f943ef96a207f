"""Access: whether a request needs an API key."""

from starlette.types import Scope

from app.http.local_requests import is_local
from app.stores.keys import Verifier


class Access:
    """Decides which requests need a key. Without a verifier none does.

    With `local`, requests from this machine need none (`app.http.local_requests`); all others do.
    """

    def __init__(self, verifier: Verifier | None, *, local: bool = False) -> None:
        self._verifier, self.local = verifier, local

    def verifier_for(self, scope: Scope) -> Verifier | None:
        """The verifier of the request's key; None if everyone may do everything."""
        return None if self.local and is_local(scope) else self._verifier

    def __str__(self) -> str:
        if self._verifier is None:
            return "open: everyone may do everything (TANDEM_AUTH=open)"
        if self.local:
            return "open to programs on this machine; requests through a proxy need an API key"
        return "keys: everything except reading the catalogue needs an API key"
