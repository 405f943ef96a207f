"""Public modules, classes and functions have docstrings; every part of both contracts has a description."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNamedType, build_schema, is_introspection_type
from graphql.type import is_enum_type, is_interface_type, is_object_type, is_specified_directive

from rest.versions import VERSIONS
from tests.contract.rest_contract import ROOT, contracts

# Alembic names the functions of a migration: its module says what it does.
SOURCES = [
    path
    for name in ("app", "rest", "schema", "seed")
    for path in sorted((ROOT / name).rglob("*.py"))
    if path.parent.name != "versions"
]
DOCUMENTS = [path for pattern in ("*.md", "docs/**/*.md", "openapi/**/*.md") for path in sorted(ROOT.glob(pattern))]
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
RIDDLES = re.compile(
    r"\b(what there is (to|of)|is told|are told|tells of|is asked for|are asked for|is had|are had|so many as"
    r"|as it is now|awaited, it|makes of \d|(is|are) brought|whatever came)\b",
    re.IGNORECASE,
)
"""Turns of phrase that hide who does what; say it with a subject and an active verb."""


def _described_by_decorator(node: ast.AST) -> bool:
    calls = (one for one in getattr(node, "decorator_list", ()) if isinstance(one, ast.Call))
    return any(keyword.arg == "description" for call in calls for keyword in call.keywords)


def _undocumented(node: ast.Module | ast.ClassDef, name: str) -> Iterator[str]:
    """The names of the public definitions at and below a node that have no docstring."""
    if ast.get_docstring(node) is None and not _described_by_decorator(node):
        yield name
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            inner = f"{name}:{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from _undocumented(child, inner)
            elif ast.get_docstring(child) is None and not _described_by_decorator(child):
                yield inner


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings(path: Path) -> None:
    """Every module, and every public class, function and method in it, has a docstring."""
    source = path.read_text(encoding="utf-8")
    if path.name == "__init__.py" and not source:
        return
    assert not list(_undocumented(ast.parse(source), path.stem))


def _parts(node: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every part of an OpenAPI document that takes a description, with where it stands."""
    for name, parameter in node["components"]["parameters"].items():
        yield f"parameters/{name}", parameter
    for kind in ("responses", "headers", "securitySchemes"):
        for name, part in node["components"].get(kind, {}).items():
            yield f"{kind}/{name}", part
    for name, schema in node["components"]["schemas"].items():
        yield f"schemas/{name}", schema
        for member, said in schema.get("properties", {}).items():
            yield f"schemas/{name}/{member}", said
    for path, operations in node["paths"].items():
        for method, operation in operations.items():
            yield f"{method} {path}", operation
            for status, response in operation["responses"].items():
                if "$ref" not in response:
                    yield f"{method} {path} {status}", response


@pytest.mark.parametrize("prefix", [version.prefix for version in VERSIONS])
def test_openapi(prefix: str) -> None:
    """Every operation, answer, parameter, header, schema and member has a description that ends as a sentence."""
    parts = list(_parts(contracts()[prefix].document, prefix))
    assert len(parts) > 100
    assert [where for where, part in parts if not part.get("description", "").strip().endswith((".", "`"))] == []


def _members(type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    yield type_.name, type_.description
    if is_object_type(type_) or is_interface_type(type_):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            yield from ((f"{type_.name}.{name}({key}:)", arg.description) for key, arg in field.args.items())
    elif isinstance(type_, GraphQLInputObjectType):
        yield from ((f"{type_.name}.{name}", field.description) for name, field in type_.fields.items())
    elif is_enum_type(type_):
        yield from ((f"{type_.name}.{name}", value.description) for name, value in type_.values.items())


def test_graphql() -> None:
    """Every type, field, argument, input, enum value and directive of the published schema has a description."""
    schema = build_schema((ROOT / "graphql" / "schema.graphql").read_text(encoding="utf-8"))
    types = [one for one in schema.type_map.values() if not is_introspection_type(one) and one.name not in BUILT_IN]
    directives = [(f"@{one.name}", one.description) for one in schema.directives if not is_specified_directive(one)]
    described = [member for type_ in types for member in _members(type_)] + directives
    assert len(described) > 100
    assert [name for name, description in described if not (description or "").strip()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_are_plain(path: Path) -> None:
    """No document for readers has a phrase of the list above."""
    assert RIDDLES.findall(path.read_text(encoding="utf-8")) == []
