"""The OpenAPI document of a version: what FastAPI knows from the routes, and the components that these refer to."""

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from rest import answers, schemas
from rest.operations import Operation
from rest.versions import Version

Document = dict[str, Any]

_ABOUT = """\
One product catalogue, over REST and over GraphQL (`/graphql`), with the same things, words and cursors in both.

{about}

**Methods.** `HEAD` works wherever `GET` does, `OPTIONS` everywhere; like every 405, it names the methods in `Allow`.

**Lists** are paged by cursors: follow `nextCursor` or the `Link` header. A walk stays right while others write.

**Edits** that must not overwrite those of others send the `ETag` that they were given as `If-Match`.

**Retries** are safe with an `Idempotency-Key`: the same key and payload take effect once, over REST and GraphQL.

**The rate limit** is a bucket of points, of your API key or without one of your address, which REST and GraphQL share.
It fills up steadily; a request takes a point, and a 304, a replay or `/rate-limit` gives it back.

**Errors** are problem details (RFC 9457) with a `code` to switch on; they name all that is wrong at once.
"""
_SECURITY = {
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, from `tandem keys create`. Reading the catalogue needs none.",
    }
}
_AUDIENCE = {
    "description": "The host that serves this contract, be it local, staging or production.",
    "x-internal": False,
}
_TAGS = [
    {"name": "Products", "description": "What the catalogue sells, and how much of it there is."},
    {"name": "Categories", "description": "The tree that products stand in."},
    {"name": "Orders", "description": "What was bought, at the prices of that moment; each of them once."},
    {"name": "Files", "description": "Bytes with a name, for those who know their id."},
    {"name": "Rate limit", "description": "What may still be asked for."},
]


def complete(skeleton: Document, version: Version, operations: Iterable[Operation]) -> Document:
    """FastAPI's document with all that it does not know; components that nothing refers to are left out."""
    paths = skeleton["paths"]
    known = {
        "schemas": schemas.components(version),
        "parameters": {p.key: p.document() for operation in operations for p in operation.every_parameter},
        "headers": answers.components(version),
        "responses": answers.responses(version, _refused(operations)),
        "securitySchemes": _SECURITY,
    }
    return {
        "openapi": skeleton["openapi"],
        "info": {
            "title": f"Tandem {version.name}",
            "version": version.number,
            "summary": "The product catalogue that GraphQL and REST share.",
            "description": _ABOUT.format(about=version.about),
            "contact": {"name": "The makers of Tandem"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [server | _AUDIENCE for server in skeleton["servers"]],
        "tags": _TAGS,
        "paths": paths,
        "components": used(known, paths),
    }


def _refused(operations: Iterable[Operation]) -> list[tuple[str, ...]]:
    """Every set of refusals that some operation gives under one status, without repeats."""
    found = (names for operation in operations for names in answers.by_status(operation.every_refusal).values())
    return list(dict.fromkeys(found))


def used(known: dict[str, dict[str, Any]], paths: Document) -> dict[str, dict[str, Any]]:
    """The components that the paths refer to, through one another too, in the order of their tables."""
    used: set[str] = set()
    waiting = list(_references(paths))
    while waiting:
        reference = waiting.pop()
        if reference not in used:
            used.add(reference)
            kind, name = reference.split("/")[-2:]
            waiting.extend(_references(known[kind][name]))
    return {
        kind: {
            name: said
            for name, said in table.items()
            if kind == "securitySchemes" or f"#/components/{kind}/{name}" in used
        }
        for kind, table in known.items()
    }


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


class _Dumper(yaml.SafeDumper):
    """Block style, indented lists, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - as PyYAML has it
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - as PyYAML has it
        return True


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _string)


def to_yaml(document: Document) -> str:
    """A document as YAML."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
