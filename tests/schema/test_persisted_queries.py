"""Persisted queries: a hash instead of a document, and documents of a folder."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from app.domain.errors import TandemError
from schema.http.persisted import CACHE_BYTES, PersistedQueries
from tests.databases import Databases, sqlite_alone
from tests.schema.test_http import ASK, RESPONSE
from tests.service import Service

HASH = sha256(ASK.encode()).hexdigest()
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}


engine = sqlite_alone()  # what HTTP says does not depend on the engine


async def test_persisted_queries(service: Service) -> None:
    """A hash that is not known is told so; sent with its document once, it is enough, over GET too."""
    unknown = (await service.send("POST", "/graphql", {"extensions": PERSISTED})).json()["errors"][0]
    assert (unknown["message"], unknown["extensions"]["code"]) == (
        "PersistedQueryNotFound",
        "PERSISTED_QUERY_NOT_FOUND",
    )
    known = await service.send("POST", "/graphql", {"query": ASK, "extensions": PERSISTED})
    again = await service.send("GET", f"/graphql?{urlencode({'extensions': json.dumps(PERSISTED)})}")
    assert known.json()["data"] == again.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    "persisted", [{"version": 2, "sha256Hash": HASH}, {"version": 1}, {"version": 1, "sha256Hash": "0" * 64}, 5]
)
async def test_persisted_queries_at_fault(service: Service, persisted: Any) -> None:
    """Another version, no hash, or the hash of another document is a malformed request, and nothing is kept."""
    asked = {"query": ASK, "extensions": {"persistedQuery": persisted}}
    answer = await service.send("POST", "/graphql", asked, accept=RESPONSE)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (422, "MALFORMED_REQUEST")


def test_persisted_queries_are_bounded() -> None:
    """However many are sent, only so many bytes of them are kept, the latest."""
    known = PersistedQueries()
    texts = [f"{{ __typename }} #{n:0100000}" for n in range(100)]
    for text in texts:
        known.document(text, {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}})
    assert known.kept.bytes <= CACHE_BYTES
    last = {"persistedQuery": {"version": 1, "sha256Hash": sha256(texts[-1].encode()).hexdigest()}}
    assert known.document(None, last) == texts[-1]
    with pytest.raises(TandemError):
        known.document(None, {"persistedQuery": {"version": 1, "sha256Hash": sha256(texts[0].encode()).hexdigest()}})


async def test_only_the_documents_of_a_folder(databases: Databases, tmp_path: Path) -> None:
    """With a folder of documents, those are run, by text or hash, and all others are forbidden."""
    (tmp_path / "ask.graphql").write_text(f"{ASK}\n")
    async with Service(databases.create("sqlite"), graphql_documents=tmp_path) as service:
        for asked in ({"query": ASK}, {"query": f"{ASK}\n"}, {"extensions": PERSISTED}):
            assert (await service.send("POST", "/graphql", asked)).json()["data"] == {"__typename": "Query"}
        other = (await service.graphql("{ other: __typename }"))["errors"][0]
        assert other["extensions"]["code"] == "FORBIDDEN"
