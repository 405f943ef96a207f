"""OpenAPI 3.0.3 for gateways and tools that do not read 3.1: a translation of the 3.1 documents.

3.0 has a dialect of JSON Schema of its own: `nullable` for a type null, a boolean `exclusiveMinimum`, one `example`, no
`const` and no type for null alone, since there `nullable` counts only beside the `type` that it widens.
"""

from collections.abc import Mapping
from typing import Any

from rest.openapi.document import Document, used

_LICENCES = {"MIT": "https://opensource.org/license/mit"}
_ONLY_31 = frozenset({"contentMediaType", "contentSchema", "propertyNames"})
_OF_INTEGERS = frozenset({"minimum", "maximum", "format"})
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def lowered(document: Document) -> Document:
    """A document of OpenAPI 3.1 as one of 3.0.3."""
    lower = {key: _lowered(value) for key, value in document.items() if key not in ("openapi", "info")}
    lower["components"] = used(lower["components"], lower["paths"])
    return {"openapi": "3.0.3", "info": _info(document["info"]), **lower}


def _info(info: Mapping[str, Any]) -> dict[str, Any]:
    licence = info["license"]
    lower = {key: value for key, value in info.items() if key != "summary"}
    lower["description"] = f"{info['summary']}\n\n{info['description']}"
    lower["license"] = {"name": licence["name"], "url": _LICENCES[licence["identifier"]]}
    return lower


def _lowered(node: Any) -> Any:
    """Any part of a document, with the schemas in it lowered."""
    if isinstance(node, list):
        return [_lowered(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _part(key, value) for key, value in node.items()}


def _part(key: str, value: Any) -> Any:
    if key == "schema":
        return _schema(value)
    if key == "schemas":
        return {name: _schema(schema) for name, schema in value.items()}
    return value if key in ("example", "examples") else _lowered(value)


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in the dialect of 3.0."""
    if "$ref" in schema:
        reference = {"$ref": schema["$ref"]}
        return reference if len(schema) == 1 else _rest(schema) | {"allOf": [reference]}
    if schema == {"type": "null"}:
        return {"type": "object", "nullable": True, "enum": [None]}
    if isinstance(schema.get("type"), list) and "null" not in schema["type"]:
        return _either(schema)
    lower: dict[str, Any] = {}
    for key, value in schema.items():
        lower |= _keyword(key, value)
    return lower


def _either(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of an integer or a text; its bounds and its format are the integer's."""
    text = {key: value for key, value in schema.items() if key not in _OF_INTEGERS}
    return {"anyOf": [_schema({**(schema if kind == "integer" else text), "type": kind}) for kind in schema["type"]]}


def _keyword(key: str, value: Any) -> dict[str, Any]:
    if key == "type" and isinstance(value, list):
        (type_,) = (one for one in value if one != "null")
        return {"type": type_, "nullable": True}
    if key == "const":
        return {"enum": [value]}
    if key == "examples":
        return {"example": value[0]}
    if key in _ONLY_31:
        return {}
    if key in _BOUNDS:
        return {_BOUNDS[key]: value, key: True}
    if key == "properties":
        return {key: {name: _schema(one) for name, one in value.items()}}
    if key in ("anyOf", "oneOf", "allOf"):
        return {key: [_schema(one) for one in value]}
    if key in ("items", "not", "additionalProperties") and isinstance(value, dict):
        return {key: _schema(value)}
    return {key: value}


def _rest(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "$ref"}
