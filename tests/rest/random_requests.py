"""GET requests to v2 that grow and change at random: what a search for the most expensive one breeds."""

from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import yaml

from tests.proofs import ROOT

_WORDS = ("a", "o", "oak", "oak chair", "zzz", "椅子を買う" * 20, "x" * 64, "S1")
_FACETS = ("category", "brand", "tag", "price", "inStock", "attributes.colour", "attributes.size")
_NAMES = {"attributes.NAME": "attributes.colour", "attributes.NAME.min": "attributes.size.min"}
_NAMES["attributes.NAME.max"] = "attributes.size.max"
_WITHOUT = frozenset({"cursor", "before", "after", "wait", "v", "width", "subject"})
"""Parameters that need an earlier answer, or have the service wait."""
_STREAMED = ("/export", "/feeds/", "/image", "/files", "/problems", "/deliveries")
_SIZES = (1, 3, 20, 100)


@dataclass
class Asked:
    """A path of the contract, and some of its parameters as text."""

    path: str
    parameters: dict[str, str] = field(default_factory=dict)


class Requests:
    """Makes requests, and others of them."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def grow(self) -> Asked:
        """A new request."""
        asked = Asked(self.chance.choice(list(self._declared)))
        for name in self._declared[asked.path]:
            if self._is_required(asked.path, name) or self.chance.random() < 0.3:
                self._set(asked, name)
        return asked

    def change(self, asked: Asked) -> Asked:
        """A request that differs in a few parameters."""
        made = Asked(asked.path, dict(asked.parameters))
        names = list(self._declared[asked.path])
        for name in self.chance.sample(names, min(len(names), self.chance.randint(1, 3))):
            if name in made.parameters and not self._is_required(asked.path, name) and self.chance.random() < 0.3:
                del made.parameters[name]
            else:
                self._set(made, name)
        return made

    def _set(self, asked: Asked, name: str) -> None:
        asked.parameters[name] = self._value(name, self._declared[asked.path][name])

    def _is_required(self, path: str, name: str) -> bool:
        return bool(self._required[path] & {name})

    def _value(self, name: str, schema: dict[str, Any]) -> str:
        schema = self._resolved(schema)
        if "items" in schema:
            size = min(schema.get("maxItems", 100), self.chance.choice(_SIZES))
            choices = _FACETS if name == "facets" else self._resolved(schema["items"]).get("enum")
            if choices:
                return ",".join(self.chance.sample(choices, min(size, len(choices))))
            return ",".join(self._value(name, schema["items"]) for _ in range(size))
        if "enum" in schema:
            return str(self.chance.choice(schema["enum"]))
        kinds = schema.get("type", "integer")
        if name in ("id", "limit") or "integer" in kinds or kinds == "number":
            return str(self.chance.choice((20, 100, 100)) if name == "limit" else self.chance.randint(1, 40))
        if kinds == "boolean":
            return self.chance.choice(("true", "false"))
        texts = {"currency": "EUR", "createdSince": "1970-01-01T00:00:00Z", "updatedSince": "1970-01-01T00:00:00Z"}
        return texts.get(name, self.chance.choice(_WORDS)[: schema.get("maxLength", 200)])

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self._contract["components"]["schemas"][name] if name else schema

    @cached_property
    def _contract(self) -> dict[str, Any]:
        contract: dict[str, Any] = yaml.safe_load((ROOT / "openapi" / "v2.yaml").read_text())
        return contract

    @cached_property
    def _operations(self) -> dict[str, list[dict[str, Any]]]:
        known = self._contract["components"]["parameters"]
        found = {}
        for path, item in self._contract["paths"].items():
            if "get" in item and not any(part in path for part in _STREAMED):
                given = [*item.get("parameters", ()), *item["get"].get("parameters", ())]
                all_ = [known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in given]
                found[path] = [one for one in all_ if one["in"] != "header" and one["name"] not in _WITHOUT]
        return found

    @cached_property
    def _declared(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {path: {one["name"]: one["schema"] for one in given} for path, given in self._operations.items()}

    @cached_property
    def _required(self) -> dict[str, set[str]]:
        return {path: {one["name"] for one in given if one.get("required")} for path, given in self._operations.items()}


def target(asked: Asked) -> str:
    """The request target."""
    path, query = asked.path, []
    for name, text in asked.parameters.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(text))
        elif name in ("skus", "brand", "tag", "attributes.NAME"):  # a comma belongs to these
            query += [(_NAMES.get(name, name), one) for one in text.split(",")]
        else:
            query.append((_NAMES.get(name, name), text))
    return f"/v2{path}?{urlencode(query)}" if query else f"/v2{path}"
