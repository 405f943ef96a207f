"""What errors say: which type, field or variable is at fault and where, and never the value that was sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
)

from app.domain.errors import Unavailable
from schema.root import CORE
from tests.databases import sqlite_alone
from tests.images import drawn, encoded
from tests.schema.conftest import Shop
from tests.service import Service

SECRET = "hunter2swordfish"
WRONG: tuple[Any, ...] = (
    SECRET,
    [SECRET],
    {SECRET[:3]: SECRET},
    [[{"a": SECRET}]],
    {"clientSecret": [f"found: {SECRET}", f"' does not exist {SECRET}"]},
    f"'{SECRET}' value: {SECRET}",
    f'" {SECRET}\n{SECRET}',
)


engine = sqlite_alone()  # what errors say does not depend on the engine


def inputs() -> Iterator[tuple[str, str, GraphQLInputType, tuple[str, ...]]]:
    """Every place of the schema that takes a value: field, argument, its type, and the path of members below it."""
    for operation, root in (("query", CORE.query_type), ("mutation", CORE.mutation_type)):
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            for argument, definition in field.args.items():
                for path in ((), *_below(definition, ())):
                    yield f"{operation} {name}", argument, definition.type, path


def _below(definition: GraphQLArgument | GraphQLInputField, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    named = get_named_type(definition.type)
    if isinstance(named, GraphQLInputObjectType):
        for name, member in named.fields.items():
            yield (*path, name)
            yield from _below(member, (*path, name))


def _nest(kind: GraphQLInputType, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    named = get_named_type(kind)
    assert isinstance(named, GraphQLInputObjectType)
    inner = {path[0]: _nest(named.fields[path[0]].type, path[1:], value)}
    return [inner] if is_list_type(getattr(kind, "of_type", kind)) or is_list_type(kind) else inner


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_literal(member)}' for name, member in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value)


@pytest.mark.parametrize("place", [*inputs()], ids=lambda place: f"{place[0]}({'.'.join((place[1], *place[3]))})")
async def test_no_value_is_echoed(shop: Shop, place: tuple[str, str, GraphQLInputType, tuple[str, ...]]) -> None:
    """Whatever is sent where, as a variable or in the document, no error quotes it."""
    field, argument, kind, path = place
    operation, _, name = field.partition(" ")
    for wrong in WRONG:
        value = _nest(kind, path, wrong)
        for query, variables in (
            (f"{operation} ($v: {kind}) {{ {name}({argument}: $v) {{ __typename }} }}", {"v": value}),
            (f"{operation} {{ {name}({argument}: {_literal(value)}) {{ __typename }} }}", {}),
            (f"{operation} {{ {name}({argument}: {SECRET}) {{ __typename }} }}", {}),
        ):
            answer = await shop.service.http.post("/graphql", json={"query": query, "variables": variables})
            told = answer.json().get("errors", answer.json())
            assert SECRET not in json.dumps(told), query
            assert answer.status_code < 500


@pytest.mark.parametrize(
    "text",
    [
        f'{{ "{SECRET}" }}',
        f'{{ """{SECRET}""" }}',
        f"{{ a }} {SECRET}",
        f"{SECRET} {{ a }}",
        f"{{ product(id: 1 2{SECRET}) }}",
        f"{{ product(id: 0{'1' * 9}) }}",
        f'{{ product(id: "{SECRET}',
        f"fragment {SECRET} {{ a }}",
    ],
)
async def test_no_token_is_echoed(shop: Shop, text: str) -> None:
    """What is no document may be anything, such as a password that went into the wrong field."""
    (error,) = (await shop.service.graphql(text))["errors"]
    assert error["message"].startswith("Syntax Error: ")
    assert SECRET not in error["message"]
    assert "1" * 9 not in error["message"]
    assert error["locations"]


LONG = ("Value '", "cannot represent ", " found: ", ", but encountered error ", "Syntax Error: Name '", "é", "\ud800")


@pytest.mark.parametrize("piece", LONG)
async def test_long_names(shop: Shop, piece: str) -> None:
    """A name as long as a body is cut before it is looked through, and a value so long is still not quoted."""
    name = piece * (100_000 // len(piece))
    query = "query ($v: ProductFilter, $s: ProductSort) { products(filter: $v, sort: $s) { totalCount } }"
    for variables in ({"v": {name: 1}}, {"s": {"by": SECRET + name}}, {"v": {"currency": {name: SECRET}}}):
        body = json.dumps({"query": query, "variables": variables}).encode()
        response = await shop.service.send("POST", "/graphql", body)
        assert SECRET not in response.text
        assert len(response.content) < 20_000


def _by_variable(kind: str, argument: str) -> str:
    return f"query ($v: {kind}) {{ products({argument}: $v) {{ totalCount }} }}"


USEFUL: list[tuple[str, Any, str]] = [
    (_by_variable("Int", "first"), "x", "Variable '$v' has invalid value: Int cannot represent non-integer value."),
    (
        _by_variable("ProductSort", "sort"),
        {"by": "NAMES"},
        "at .by: The value does not exist in 'ProductSortKey'",
    ),
    (_by_variable("ProductSort", "sort"), {"by": "NAMES"}, "Did you mean the enum value 'NAME'?"),
    (
        _by_variable("ProductFilter", "filter"),
        {"currrency": "x"},
        "unknown field 'currrency'. Did you mean 'currency'?",
    ),
    (_by_variable("ProductSort", "sort"), {}, "'ProductSort' to include required field 'by'."),
    ('{ products(first: "x") { totalCount } }', None, "Int cannot represent non-integer value."),
    ("{ products(sort: {by: NAMES}) { totalCount } }", None, "Did you mean the enum value 'NAME'?"),
    ("{ produts { totalCount } }", None, "Cannot query field 'produts' on type 'Query'. Did you mean 'products'"),
    ("{ products(first: 1 { totalCount } }", None, "Syntax Error: Expected Name, found '{'."),
    ("query A { __typename } }", None, "Syntax Error: Unexpected '}'."),
]


@pytest.mark.parametrize(("query", "value", "message"), USEFUL)
async def test_what_is_at_fault_is_told(shop: Shop, query: str, value: Any, message: str) -> None:
    """Names of the schema, of variables and of members stay in the message, and so do suggestions."""
    error, *_ = (await shop.service.graphql(query, {"v": value}))["errors"]
    assert message in error["message"]


async def test_long_paths(shop: Shop) -> None:
    """Errors whose paths repeat a long alias are refused as one."""
    for number in (1, 2, 3):
        await shop.service.illustrate(number, encoded(drawn(), "PNG"))
    for length, errors in ((80_000, 3), (90_000, 1)):
        query = f"{{ {'k' * length}: products(first: 3) {{ edges {{ node {{ image {{ url(width: 7) }} }} }} }} }}"
        assert len((await shop.service.graphql(query))["errors"]) == errors


async def test_when_to_try_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutation that the database was away for is null with UNAVAILABLE; header and error say when to retry."""

    async def away(_work: object) -> None:
        raise Unavailable(retry_after=7)

    monkeypatch.setattr(service.database, "write", away)
    query = 'mutation { createCategory(input: {name: "x"}) { category { name } } }'
    response = await service.send("POST", "/graphql", {"query": query})
    (error,) = response.json()["errors"]
    assert response.json()["data"] == {"createCategory": None}
    assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == ("UNAVAILABLE", 7)
    assert response.headers["retry-after"] == "7"
