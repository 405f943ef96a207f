"""The OpenAPI document of a version: FastAPI's document of the routes, completed with components."""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from fastapi import FastAPI

from rest.files.models import BYTES, Upload
from rest.images.models import ImageUpload
from rest.imports.models import PROBLEM_LINES, ImportProblem, ImportUpload
from rest.imports.preview_models import ImportPreviewUpload
from rest.openapi import operations
from rest.openapi.headers import HEADERS
from rest.openapi.schemas import schemas
from rest.products.models import ExportLine
from rest.route import FastRoute
from rest.versions import Version

Document = dict[str, Any]

_ABOUT = """\
One product catalogue over REST and GraphQL (`/graphql`), with the same resources, names and cursors.

{about}

**Methods.** `HEAD` works wherever `GET` does, `OPTIONS` everywhere; like every 405, it names the methods in `Allow`.

**Lists** are paged by cursors: follow `nextCursor` or the `Link` header. Pages stay consistent while data changes.
`include` and `fields` add members that lists omit.

**Edits**: to avoid overwriting another client's edit, send the `ETag` that you read as `If-Match`.

**Retries** are safe with an `Idempotency-Key`: the same key and payload take effect once, over REST and GraphQL.

**The rate limit** is a bucket of points for each API key, or for each address without a key. REST and GraphQL share it,
and it refills steadily. A request costs one point for each 100 of its weight, at least one. A row weighs 1, each of its
lists 5 (variants 20), each of its objects 1; 20 values weigh 1; a count, a search, a facet and each filter without an
index (`currency`, `inStock`, `brand`, `tag`, an attribute, `subtree`, several statuses or categories) weigh 100. A 304,
a replay and `/rate-limit` give one point back; a 304 to `If-None-Match: *` does not.

**Errors** are problem details (RFC 9457) with a stable `code`; one answer lists all errors of the request.
"""
EXPORT_LINES = {
    "type": "string",
    "description": "Lines of JSON: each is an `ExportLine`, and ends with a line feed.",
    "contentMediaType": "application/x-ndjson",
    "contentSchema": {"$ref": "#/components/schemas/ExportLine"},
}
EXPORT_TABLE = {
    "type": "string",
    "description": "CSV (RFC 4180) in UTF-8 whose header has the members of an `ExportLine`; `|` separates categories.",
    "contentMediaType": "text/csv",
}
CHANGE_EVENTS = {
    "type": "string",
    "description": "Server-sent events, each with a `Change` as its data and the change's cursor as its id.",
    "contentMediaType": "text/event-stream",
}
GOOGLE_FEED = {
    "type": "string",
    "description": "Tab-separated values in UTF-8 under a header of Google's attributes (`id`, `title`, `price`, …).",
    "contentMediaType": "text/tab-separated-values",
}
_SENT_OR_STREAMED = (Upload, ImageUpload, ImportUpload, ImportPreviewUpload, ImportProblem, ExportLine)
"""The models of bodies that no handler's signature names."""
_AUDIENCE = {"description": "The host that serves this contract: local, staging or production.", "x-internal": False}
_TAGS = [
    {"name": "Products", "description": "The products of the catalogue, and their stock."},
    {"name": "Categories", "description": "The tree of categories."},
    {"name": "Imports", "description": "Imports of product files."},
    {"name": "Changes", "description": "The log of changes, in commit order."},
    {"name": "Webhooks", "description": "Changes, sent to an endpoint in signed requests."},
    {"name": "Orders", "description": "Orders, priced when they are placed; each is placed once."},
    {"name": "Files", "description": "Stored files, readable by anyone who knows their id."},
    {"name": "Rate limit", "description": "The caller's rate limit."},
]


def document(app: FastAPI, version: Version, routes: Sequence[FastRoute]) -> Document:
    """The contract of a version: FastAPI's document, completed; components that nothing refers to are left out."""
    skeleton = FastAPI.openapi(app)
    paths = skeleton["paths"]
    parameters: dict[str, Any] = {}
    responses: dict[str, Any] = {}
    for route in routes:
        operation = paths[route.path][route.method.lower()]
        responses |= operations.complete(operation, route, version)
        operations.link(operation, route, routes)
        _share(operation, parameters)
    known = {
        "schemas": schemas(routes, version, _SENT_OR_STREAMED)
        | {
            "Bytes": BYTES,
            "ExportLines": EXPORT_LINES,
            "ExportTable": EXPORT_TABLE,
            "ChangeEvents": CHANGE_EVENTS,
            "ImportProblemLines": PROBLEM_LINES,
            "GoogleFeed": GOOGLE_FEED,
        },
        "parameters": parameters,
        "headers": HEADERS,
        "responses": responses,
        "securitySchemes": skeleton["components"]["securitySchemes"],
    }
    made = {
        "openapi": skeleton["openapi"],
        "info": _info(version),
        "servers": [server | _AUDIENCE for server in skeleton["servers"]],
        "tags": _TAGS,
        "paths": paths,
        "components": used(known, paths),
    }
    _add_examples(made)
    return {key: _of_version(part, version) for key, part in made.items()}


def _info(version: Version) -> Document:
    return {
        "title": f"Tandem {version.name}",
        "version": version.number,
        "summary": "The product catalogue that GraphQL and REST share.",
        "description": _ABOUT.format(about=version.about),
        "contact": {"name": "The makers of Tandem"},
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _share(operation: Document, shared: dict[str, Any]) -> None:
    """Move the parameters of an operation to the components, by their titles; parameters without a title stay."""
    references = []
    for parameter in operation.get("parameters", ()):
        name = parameter["schema"].pop("title", None)
        if name is None or parameter["name"] == "Idempotency-Key":  # each operation has its own example
            references.append(parameter)
            continue
        if shared.setdefault(name, parameter) != parameter:
            raise ValueError(f"two parameters are called {name}")
        references.append({"$ref": f"#/components/parameters/{name}"})
    if references:
        operation["parameters"] = references


def _add_examples(document: Document) -> None:
    """Add the example of its schema to every body."""
    examples = {
        f"#/components/schemas/{name}": schema["examples"][0]
        for name, schema in document["components"]["schemas"].items()
        if "examples" in schema
    }
    for content in _contents(document):
        for media in content.values():
            example = examples.get(media["schema"].get("$ref", ""))
            if example is not None and "examples" not in media:
                media["example"] = example


def _contents(node: object) -> Iterator[dict[str, Any]]:
    """The media types of bodies, with their schemas."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "content":
                yield value
            elif key not in ("schemas", "examples", "example"):
                yield from _contents(value)
    elif isinstance(node, list):
        for value in node:
            yield from _contents(value)


def _of_version(node: Any, version: Version) -> Any:
    """The document with the addresses of its examples below the version's prefix."""
    if isinstance(node, list):
        return [_of_version(one, version) for one in node]
    if isinstance(node, dict):
        return {
            key: _addressed(value, version) if key in ("example", "examples") else _of_version(value, version)
            for key, value in node.items()
        }
    return node


def _addressed(node: Any, version: Version) -> Any:
    if isinstance(node, list):
        return [_addressed(one, version) for one in node]
    if isinstance(node, dict):
        return {key: _addressed(value, version) for key, value in node.items()}
    if isinstance(node, str) and "successor-version" not in node:
        return node.replace("/v2/", f"{version.prefix}/")
    return node


def used(known: dict[str, dict[str, Any]], paths: Document) -> dict[str, dict[str, Any]]:
    """The components that the paths refer to, also indirectly, in the order of their tables."""
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
