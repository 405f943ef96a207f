"""The schemas of the contract's models, in the words of JSON Schema 2020-12 that generators read well."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema

from rest.models import constant
from rest.openapi.models import Problem
from rest.route import FastRoute
from rest.versions import Version

Schema = dict[str, Any]


class _Unsorted(GenerateJsonSchema):
    """Leaves members in the order of the models and their examples."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002 - Pydantic's
        return value


def schemas(routes: Iterable[FastRoute], version: Version, extra: Iterable[type[BaseModel]] = ()) -> dict[str, Schema]:
    """The schema of every model that routes name, as a version shows it."""
    models = dict.fromkeys([*(model for route in routes for model in _models(route)), Problem, *extra])
    every = [(model, "validation") for model in models]
    template = "#/components/schemas/{model}"
    _, document = models_json_schema(every, ref_template=template, schema_generator=_Unsorted)  # type: ignore[arg-type]
    found = {name: _plain(schema) for name, schema in sorted(document["$defs"].items())}
    return {
        name: _of_version(name, schema, version) | _examples(name, found, version) for name, schema in found.items()
    }


def _models(route: FastRoute) -> Iterable[type[BaseModel]]:
    yield from route.query_models
    for parameter in route.dependant.body_params:
        yield from get_args(parameter.field_info.annotation)
    if route.response_model is not None:
        yield route.response_model


def _plain(node: Any) -> Any:
    """A schema without titles, and with `null` as a type wherever that says the same."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {
        key: value if key in ("examples", "default", "enum", "const") else _plain(value)
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }
    variants = plain.get("anyOf", [])
    if len(variants) == 2 and variants[1] == {"type": "null"} and "type" in variants[0]:
        del plain["anyOf"]
        plain = variants[0] | {"type": [variants[0]["type"], "null"]} | plain
    if "enum" in plain and plain.get("type") == "string":
        plain["x-enum-varnames"] = [constant(word) for word in plain["enum"]]
    return plain


def _of_version(name: str, schema: Schema, version: Version) -> Schema:
    """A schema with the members that a version shows."""
    if name.endswith("Field"):
        words = version.members(name.removesuffix("Field"), schema["enum"])
        return schema | {"enum": list(words), "x-enum-varnames": [constant(word) for word in words]}
    members = version.members(name, schema.get("properties", ()))
    shown = dict(schema)
    if "properties" in schema:
        shown["properties"] = {member: schema["properties"][member] for member in members}
    if "required" in schema:
        shown["required"] = [member for member in schema["required"] if member in members]
    return shown


def _examples(name: str, found: Mapping[str, Schema], version: Version) -> Schema:
    """The `examples` of a schema, if it has any."""
    of_schema = {"$ref": f"#/components/schemas/{name}"}
    examples = found[name].get("examples")
    return {} if examples is None else {"examples": [_example(one, of_schema, found, version) for one in examples]}


def _example(example: Any, schema: Schema, found: Mapping[str, Schema], version: Version) -> Any:
    """An example of a schema with the members that a version shows, at every depth."""
    if isinstance(example, list):
        return [_example(item, schema.get("items", {}), found, version) for item in example]
    name = schema.get("$ref", "").rpartition("/")[2]
    if not isinstance(example, dict) or name not in found:
        return example
    properties = found[name].get("properties", {})
    return {
        member: _example(example[member], properties.get(member, {}), found, version)
        for member in version.members(name, example)
    }
