"""What introspection costs: about as many leaves as graphql-core makes values, whatever repeats and fragments say."""

from typing import Any

import msgspec
import pytest
from graphql import execute, get_introspection_query, parse

from schema.execution.documents import Documents
from schema.execution.introspection import FIELDS, Answer, estimate
from schema.root import CORE
from tests.clock import Clock
from tests.databases import Databases
from tests.service import Service

_REPEATED = " ".join(f"f{n}: type {{ ...B }}" for n in range(20))
_KINDS = " ".join(f"x{n}: kind" for n in range(8))
DOCUMENTS = {
    "standard": get_introspection_query(),
    "repeats": f"{{ __schema {{ types {{ fields {{ {_REPEATED} }} }} }} }} fragment B on __Type {{ {_KINDS} }}",
    "descriptions": "{ __schema { types { name fields { name description args { name description } } } } }",
    "enums": "{ __schema { types { enumValues { name description } inputFields { name type { name } } } } }",
}


def _values(data: Any) -> int:
    if isinstance(data, dict):
        return len(data) + sum(map(_values, data.values()))
    return sum(map(_values, data)) if isinstance(data, list) else 0


def _leaves(text: str) -> int:
    return _estimated(text).leaves


def _estimated(text: str) -> Answer:
    found: list[Answer] = []

    def compile_(node: Any, selections: Any) -> object:
        roots = selections.fields([node.selection_set], "Query")
        found.append(estimate(selections, [one for one in roots if one.name in FIELDS]))
        return object()

    operation = Documents(CORE).parse(text).operation(None)
    operation.plan(operation.variables.read({}, 1, hide_suggestions=False), compile_)
    return found[0]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_estimate(name: str) -> None:
    """The estimate is near what graphql-core makes: a leaf for eight values, and as many bytes."""
    data = execute(CORE, parse(DOCUMENTS[name])).data  # type: ignore[union-attr] # nothing is awaited
    values, size = _values(data) / 8, len(msgspec.json.encode(data))
    found = _estimated(DOCUMENTS[name])
    assert 0.7 * values < found.leaves < 1.5 * values
    assert 0.5 * size < found.bytes < 2 * size


def test_one_type() -> None:
    """A type is taken for the largest one; what is below its fields, for an average one."""
    document = '{{ __type(name: "{}") {{ fields {{ name description args {{ name }} }} }} }}'
    for name in ("Product", "Query", "Int"):
        text = document.format(name)
        assert _leaves(text) >= 0.9 * _values(execute(CORE, parse(text)).data) / 8  # type: ignore[union-attr]


async def test_charged(databases: Databases) -> None:
    """The query of clients costs a point, repeats cost more, and what costs too much is refused before it is made."""
    async with Service(databases.create("sqlite"), Clock(), rate_limit="1000/day", graphql_max_cost=3) as service:
        for name, cost in (("standard", 1), ("enums", 1), ("descriptions", 1)):
            answer = await service.graphql(DOCUMENTS[name])
            assert answer["extensions"]["cost"] == cost, name
            assert answer["data"]["__schema"]
        refused = await service.graphql(DOCUMENTS["repeats"])
        (error,) = refused["errors"]
        assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
        assert refused["extensions"]["cost"] > 3
        wide = DOCUMENTS["repeats"].replace("x0: kind", " ".join(f"y{n}: kind" for n in range(40)))
        (error,) = (await service.graphql(wide))["errors"]
        assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
        assert "values of the schema" in error["message"]
        long = "{ a: __schema { ...F } b: __schema { ...F } } fragment F on __Schema { types { %s: name } }" % (
            "k" * 50_000
        )
        (error,) = (await service.graphql(long))["errors"]
        assert "bytes" in error["message"]
