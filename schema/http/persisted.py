"""Persisted queries: documents that clients name by their SHA-256 instead of sending them each time.

Automatic ones (the protocol of Apollo's clients, version 1) are kept as they come, the least recently used dropped
first. Where an operator names a folder of documents, nothing but those is run.
"""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.domain.errors import Code, TandemError

CACHE_BYTES = 4 * 1024 * 1024
"""Bytes of automatic persisted queries that one process keeps."""
NOT_FOUND = "PersistedQueryNotFound"
"""The message that clients look for."""


class PersistedQueries:
    """The documents of one process by their SHA-256; with a `folder`, only its documents are taken."""

    def __init__(self, folder: Path | None = None) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self.bytes = 0
        self._allowed: dict[str, str] | None = None
        if folder is not None:
            texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))]
            self._allowed = {_digest(text): text for text in texts}
            self._allowed |= {_digest(text.strip()): text for text in texts}

    def document(self, query: str | None, extensions: Mapping[str, Any]) -> str:
        """The document of a request; raises `persisted_query_not_found`, `forbidden` or `malformed_request`."""
        digest = _named(extensions)
        if query is None:
            if digest is None:
                raise TandemError(Code.MALFORMED_REQUEST, "`query` must be a string.")
            return self._find(digest)
        if digest is not None and digest != _digest(query):
            raise TandemError(Code.MALFORMED_REQUEST, "`sha256Hash` is not the SHA-256 of `query`.")
        if self._allowed is not None:
            if _digest(query) not in self._allowed and _digest(query.strip()) not in self._allowed:
                raise TandemError(Code.FORBIDDEN, "Only the documents of the operator's folder are taken.")
        elif digest is not None:
            self._keep(digest, query)
        return query

    def _find(self, digest: str) -> str:
        known: Mapping[str, str] = self._known if self._allowed is None else self._allowed
        if digest not in known:
            raise TandemError(Code.PERSISTED_QUERY_NOT_FOUND, NOT_FOUND)
        if self._allowed is None:
            self._known.move_to_end(digest)
        return known[digest]

    def _keep(self, digest: str, query: str) -> None:
        if digest in self._known:
            self._known.move_to_end(digest)
            return
        self._known[digest] = query
        self.bytes += len(query)
        while self.bytes > CACHE_BYTES:
            self.bytes -= len(self._known.popitem(last=False)[1])


def _named(extensions: Mapping[str, Any]) -> str | None:
    """The SHA-256 that a request names its document by."""
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not (isinstance(persisted, dict) and persisted.get("version") == 1):
        raise TandemError(Code.MALFORMED_REQUEST, "`extensions.persistedQuery` must have `version` 1.")
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str):
        raise TandemError(Code.MALFORMED_REQUEST, "`extensions.persistedQuery.sha256Hash` must be a string.")
    return digest.lower()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
