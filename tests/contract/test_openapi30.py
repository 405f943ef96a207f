"""OpenAPI 3.0.3 says what 3.1 says: the same operations, and schemas that take and refuse the same."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from rest.openapi.contract import documents

pytestmark = pytest.mark.slow


VERSIONS = ["v1", "v2"]
ONLY_31 = {"const", "$schema", "prefixItems", "contentMediaType"}


def _document(name: str) -> Any:
    return yaml.load(documents()[f"openapi/{name}.yaml"], yaml.CSafeLoader)


def _raised(node: Any) -> Any:
    """A schema of 3.0 as JSON Schema has it, the way that OpenAPI 3.0.3 defines its words."""
    if isinstance(node, list):
        return [_raised(item) for item in node]
    if not isinstance(node, dict):
        return node
    raised = {key: _raised(value) for key, value in node.items() if key not in ("nullable", "exclusiveMinimum")}
    if node.get("nullable") is True:
        raised["type"] = [node["type"], "null"]
    if node.get("exclusiveMinimum") is True:
        raised["exclusiveMinimum"] = raised.pop("minimum")
    return raised


def _words(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_words, node))
    return set(node).union(*map(_words, node.values())) if isinstance(node, dict) else set()


@pytest.mark.parametrize("name", VERSIONS)
def test_same_operations(name: str) -> None:
    """Both documents have the same operations, with the same parameters, answers and references."""
    old, new = _document(f"{name}-3.0"), _document(name)
    assert old["openapi"] == "3.0.3"
    assert old["paths"] == new["paths"]
    assert old["components"]["parameters"].keys() == new["components"]["parameters"].keys()
    assert old["components"]["responses"] == new["components"]["responses"]


@pytest.mark.parametrize("name", VERSIONS)
def test_no_words_of_31(name: str) -> None:
    """No word that only 3.1 has, and no list of types, is left."""
    schemas = _document(f"{name}-3.0")["components"]["schemas"]
    assert not _words(schemas) & ONLY_31
    kinds = [one.get("type") for schema in schemas.values() for one in schema.get("properties", {}).values()]
    assert not [kind for kind in kinds if isinstance(kind, list)]


def _mutants(example: Any) -> list[Any]:
    """An object, and what becomes of it when one member is missing, null, or of another type."""
    found = [example]
    for name in example if isinstance(example, dict) else ():
        rest = {key: value for key, value in example.items() if key != name}
        found += [rest, *({**rest, name: wrong} for wrong in (None, 0, -1, "", "x", 1.5, True, [], {}, 2**60))]
    return found


@pytest.mark.parametrize("name", VERSIONS)
def test_same_meaning(name: str) -> None:
    """Every example, and each of its members made null, missing or wrong, is judged alike by both."""
    old, new = _raised(_document(f"{name}-3.0")["components"]), _document(name)["components"]
    judged = 0
    for key in old["schemas"]:
        judges = [Draft202012Validator({"$ref": f"#/components/schemas/{key}", "components": of}) for of in (old, new)]
        for example in new["schemas"][key].get("examples", []):
            for mutant in _mutants(example):
                assert len({judge.is_valid(mutant) for judge in judges}) == 1, (key, mutant)
                judged += 1
    assert judged > 300
