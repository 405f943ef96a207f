"""Batches of products with many variants: they cost their variants, and show only so many bytes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.bulk import batch_runs
from app.domain.catalogue import product_edits, variant_edits
from app.domain.unicode import identity
from app.rate_limiting import costs
from tests.clock import Clock
from tests.service import Service

BATCH = "/v2/products/batch"
GRAPHQL = "mutation($input: BatchProductsInput!) { batchProducts(input: $input) { updated userErrors { code } } }"


def product(variants: int, **members: Any) -> dict[str, Any]:
    """A product of one option, with a variant of each of its values."""
    values = [str(number) for number in range(variants)]
    return {
        "name": "Screw",
        "price": 1,
        "options": [{"name": "Size", "values": values}],
        "variants": [{"price": 1, "options": {"Size": value}} for value in values],
    } | members


@pytest.fixture
async def service(database_url: str, anyio_backend: str) -> AsyncIterator[Service]:
    """An application over two products of 40 variants and one of one, where a minute has 100 points."""
    async with Service(database_url, Clock(), rate_limit="100/minute") as made:
        for number, variants in enumerate((40, 40, 1)):
            answer = await made.send("POST", "/v2/products", product(variants, slug=f"screw-{number}"))
            assert answer.status_code == 201, answer.text
        await made.send("PATCH", "/v2/products/3", {"sku": "S-3"})
        yield made


async def _left(service: Service) -> int:
    left: int = (await service.send("GET", "/v2/rate-limit")).json()["remaining"]
    return left


async def test_variants_are_paid_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The price is that of the variants which operations read or bring, each time, where that is more than theirs."""
    monkeypatch.setattr(costs, "VARIANTS_OF_POINT", 10)
    updates = [{"op": "update", "id": identity, "product": {"name": "Nail"}} for identity in (1, 2, 1)]
    upsert = {"op": "upsert", "sku": "s-3", "product": product(25)}
    before = await _left(service)
    answer = await service.send("POST", BATCH, {"mode": "all", "operations": [*updates, upsert], "dryRun": True})
    assert answer.status_code == 200, answer.text
    assert before - await _left(service) == -(-(40 * 3 + 25) // 10)
    before = await _left(service)
    given = [{"op": "UPDATE", "id": str(one["id"]), "product": {"name": "Nail"}} for one in updates]
    told = await service.graphql(GRAPHQL, {"input": {"mode": "ALL", "operations": given}})
    assert told["data"]["batchProducts"]["updated"] == 3, told
    assert before - await _left(service) == 12
    single = [{"op": "update", "id": 3, "product": {"name": "Nut"}}]
    before = await _left(service)
    assert (await service.send("POST", BATCH, {"mode": "all", "operations": single})).status_code == 200
    assert before - await _left(service) == 1


async def test_bytes_are_paid_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long texts cost by their bytes, the same over REST and GraphQL."""
    monkeypatch.setattr(costs, "BATCH_BYTES_OF_POINT", 1_000)
    edit = {"description": "\u6728" * 3_000}
    before = await _left(service)
    operations = [{"op": "update", "id": 3, "product": edit}]
    assert (await service.send("POST", BATCH, {"mode": "all", "operations": operations})).status_code == 200
    assert before - await _left(service) == 10  # 3 bytes a character, and the operation
    before = await _left(service)
    given = [{"op": "UPDATE", "id": "3", "product": edit}]
    told = await service.graphql(GRAPHQL, {"input": {"mode": "ALL", "operations": given}})
    assert told["data"]["batchProducts"], told
    assert before - await _left(service) == 10


@pytest.mark.parametrize("dry_run", [False, True])
async def test_no_answer_is_longer(service: Service, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool) -> None:
    """A batch whose products are too long together changes nothing."""
    operations = [{"op": "update", "id": identity, "product": {"name": "Nail"}} for identity in (1, 2) * 6]
    monkeypatch.setattr(batch_runs, "MAX_BYTES", 8_000)
    for count, status in ((1, 200), (12, 422)):
        body = {"mode": "each", "dryRun": dry_run, "operations": operations[-count:]}
        answer = await service.send("POST", BATCH, body)
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "query_too_complex"
    assert (await service.send("GET", "/v2/products/1")).json()["name"] == "Screw"


def test_options_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variants of a product take as many steps as there are, not as many times the values of its options."""
    keys = 0
    key = identity.key

    def counted(text: str) -> str:
        nonlocal keys
        keys += 1
        return key(text)

    draft = variant_edits.normalize_options(product_edits.apply(product_edits.parse(product(250))))
    monkeypatch.setattr(variant_edits.identity, "key", counted)
    assert variant_edits.normalize_options(draft) == draft
    assert keys <= 250 * 6
