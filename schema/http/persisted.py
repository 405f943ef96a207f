"""Persisted queries: documents that clients name by their SHA-256 instead of sending them each time.

Automatic ones (the protocol of Apollo's clients, version 1) are kept as they come, the least recently used dropped
first. Where an operator names a folder of documents, nothing but those is run.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.domain.errors import Code, TandemError
from schema.recently_used import RecentlyUsed

CACHE_BYTES = 4 * 1024 * 1024
"""The bytes of automatic persisted queries that one process caches."""
NOT_FOUND = "PersistedQueryNotFound"
"""The message that clients look for."""


class PersistedQueries:
    """The documents of one process by their SHA-256; with a `folder`, only its documents are accepted."""

    def __init__(self, folder: Path | None = None) -> None:
        self.kept: RecentlyUsed[str] = RecentlyUsed(CACHE_BYTES)
        self._allowed: dict[str, str] | None = None
        if folder is not None:
            texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))]
            self._allowed = {_digest(text): text for text in texts}
            self._allowed |= {_digest(text.strip()): text for text in texts}

    def document(self, query: str | None, extensions: Mapping[str, Any]) -> str:
        """The document of a request; raises `persisted_query_not_found`, `forbidden` or `malformed_request`."""
        digest = _requested_digest(extensions)
        if query is None:
            if digest is None:
                raise TandemError(Code.MALFORMED_REQUEST, "`query` must be a string.")
            return self._find(digest)
        if digest is not None and digest != _digest(query):
            raise TandemError(Code.MALFORMED_REQUEST, "`sha256Hash` is not the SHA-256 of `query`.")
        if self._allowed is not None:
            if _digest(query) not in self._allowed and _digest(query.strip()) not in self._allowed:
                raise TandemError(Code.FORBIDDEN, "Only the documents in the operator's folder may run.")
        elif digest is not None:
            self.kept.put(digest, query, len(query))
        return query

    def _find(self, digest: str) -> str:
        query = self.kept.get(digest) if self._allowed is None else self._allowed.get(digest)
        if query is None:
            raise TandemError(Code.PERSISTED_QUERY_NOT_FOUND, NOT_FOUND)
        return query


def _requested_digest(extensions: Mapping[str, Any]) -> str | None:
    """The SHA-256 that a request names."""
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
