"""The published REST contract: equal to the code, sound by itself, and enforced on every answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from rest.openapi.contract import documents
from rest.openapi.problems import PROBLEMS
from rest.versions import VERSIONS
from tests.contract.rest_contract import ROOT, Answer, Contract, Undocumented, contracts

SIGNED = {"etag": '"1."', "x-request-id": "x", "cache-control": "no-cache"}
HEADERS = SIGNED | {"content-type": "application/json", "content-length": "56"}
BODY = b'{"id":1,"name":"x","slug":"x","parentId":null}'


def test_published() -> None:
    """The committed documents equal what the code generates; `tandem contract write` updates them."""
    files = (ROOT / "openapi").glob("v*.yaml")
    assert {f"openapi/{file.name}": file.read_text(encoding="utf-8") for file in files} == documents()


def _examples(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, dict):
        if "schema" in node:
            yield from ((node["schema"], node["example"]),) if "example" in node else ()
            yield from ((node["schema"], example["value"]) for example in node.get("examples", {}).values())
        elif isinstance(node.get("examples"), list):
            yield from ((node, example) for example in node["examples"])
        for value in node.values():
            yield from _examples(value)


def _closed(node: Any) -> Any:
    """A schema whose objects have no members but those that it names."""
    if isinstance(node, list):
        return [_closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return {"unevaluatedProperties": False} | closed if isinstance(node.get("properties"), dict) else closed


@pytest.mark.parametrize("prefix", [version.prefix for version in VERSIONS])
def test_examples_are_valid(prefix: str) -> None:
    """Every example, also of an operation, is one of what it stands beside and has no member that its schema lacks."""
    document = contracts()[prefix].document
    components = _closed(document["components"])
    found = [*_examples(document["components"]), *_examples(document["paths"])]
    assert len(found) > 60
    for schema, example in found:
        whole = _closed(schema) | {"components": components}
        Draft202012Validator.check_schema(schema)
        assert not list(Draft202012Validator(whole).iter_errors(example)), (schema, example)


@pytest.mark.parametrize("prefix", [version.prefix for version in VERSIONS])
def test_words_have_names(prefix: str) -> None:
    """The names of words in generated clients are identifiers, and each word of a schema has its own."""
    schemas = contracts()[prefix].document["components"]["schemas"].values()
    names = [schema["x-enum-varnames"] for schema in schemas if "x-enum-varnames" in schema]
    assert len(names) > 3
    for of_one in names:
        assert all(name.isidentifier() and name.isupper() for name in of_one), of_one
        assert len(set(of_one)) == len(of_one)


@pytest.mark.parametrize("prefix", [version.prefix for version in VERSIONS])
def test_operations_are_described(prefix: str) -> None:
    """Every operation says what it does, belongs to a known tag, and may fail; those of v1 are deprecated."""
    document = contracts()[prefix].document
    tags = {tag["name"] for tag in document["tags"]}
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"].endswith(".")
            assert set(operation["tags"]) <= tags
            assert {"422", "500", "503"} <= operation["responses"].keys()
            assert operation.get("deprecated", False) == (prefix == "/v1")


@pytest.mark.parametrize("prefix", [version.prefix for version in VERSIONS])
def test_parts_are_described(prefix: str) -> None:
    """Every parameter has an example; every schema and every member of one says what it is."""
    components = contracts()[prefix].document["components"]
    assert all("example" in parameter for parameter in components["parameters"].values())
    for name, schema in components["schemas"].items():
        assert schema["description"], name
        for member, said in schema.get("properties", {}).items():
            assert said["description"], (name, member)


def test_v2_only_adds() -> None:
    """What v1 has, v2 has: its paths, its methods, and every member of its answers."""
    old, new = (contracts()[prefix].document for prefix in ("/v1", "/v2"))
    for path, operations in old["paths"].items():
        assert operations.keys() <= new["paths"][path].keys()
    for name, schema in old["components"]["schemas"].items():
        assert schema.get("properties", {}).keys() <= new["components"]["schemas"][name].get("properties", {}).keys()


def test_problems_use_known_codes() -> None:
    """The examples of a problem have the status that it is documented under."""
    for problem in PROBLEMS.values():
        assert len({error.status for error in problem.examples}) == 1


def _check(status: int = 200, headers: dict[str, str] | None = None, body: bytes = BODY, **request: str) -> None:
    asked = {"method": "GET", "path": "/categories/1", "query": ""} | request
    contracts()["/v2"].check(answer=Answer(status, HEADERS if headers is None else headers, body), **asked)


def test_what_the_contract_has_passes() -> None:
    """A documented answer is let through, parts of things where `fields` was asked for too."""
    _check()
    _check(body=b'{"slug":"x"}', query="fields=slug")
    _check(status=304, headers=SIGNED, body=b"")
    _check(method="HEAD", body=b"")
    _check(method="OPTIONS", status=204, headers={"allow": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"}, body=b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 418},
        {"headers": HEADERS | {"x-secret": "1"}},
        {"headers": {name: value for name, value in HEADERS.items() if name != "etag"}},
        {"headers": HEADERS | {"content-type": "text/html"}},
        {"body": b""},
        {"body": BODY[:-1] + b',"colour":1}'},
        {"body": b'{"slug":"x"}'},
        {"body": BODY.replace(b'"id":1', b'"id":"1"')},
        {"method": "HEAD"},
        {"method": "OPTIONS", "status": 204, "headers": {"allow": "GET"}, "body": b""},
        {"method": "POST", "status": 200},
        {"path": "/secret"},
    ],
    ids=str,
)
def test_what_it_does_not_have_fails(wrong: dict[str, Any]) -> None:
    """An undocumented status, header, media type, member, method or path is an error of the test that met it."""
    with pytest.raises(Undocumented):
        _check(**wrong)


def test_times_are_checked() -> None:
    """A time that is not RFC 3339 in UTC fails."""
    schema = contracts()["/v2"].document["components"]["schemas"]["Product"]
    body = {**schema["examples"][0], "createdAt": "yesterday"}
    assert isinstance(contracts()["/v2"], Contract)
    with pytest.raises(Undocumented, match="yesterday"):
        _check(path="/products/7", body=str(body).replace("'", '"').replace("None", "null").encode())
