"""Holds answers against the published REST contract: nothing else may be answered, and all that it says must be.

`Contract.check` is part of the transport that all tests' clients use (`tests/clients.py`), so no answer escapes it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from app.domain.fields.product_fields import ON_REQUEST
from app.middleware import security
from rest.versions import VERSIONS

ROOT = Path(__file__).parents[2]
# What HTTP itself asks for and OpenAPI leaves out, and what the server adds to every answer, or to one for a browser.
UNDESCRIBED = security.HEADERS | {
    *("content-type", "content-length", "date", "server", "connection", "transfer-encoding", "vary"),
    *("access-control-allow-origin", "access-control-expose-headers"),
}
OWN_PATHS = frozenset({"", "/openapi.yaml", "/openapi.json"})
"""Paths that are served but not described: the contract does not describe itself."""

_LINES = "application/x-ndjson"
_OPAQUE = ("#/components/schemas/Bytes", "#/components/schemas/ExportTable", "#/components/schemas/GoogleFeed")
_PROBLEM = "application/problem+json"
_FORMATS = FormatChecker(())
_FORMATS.checks("date-time", raises=ValueError)(
    lambda text: text is None or (text.endswith("Z") and datetime.fromisoformat(text))
)


class Answer(NamedTuple):
    """An answer, as any client may have received it; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Undocumented(AssertionError):
    """The contract does not allow an answer."""


class Contract:
    """The contract of one version."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.paths = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): path for path in document["paths"]}
        self._elsewhere = {"allow", *_header_names(document)}
        self._closed = _closed(document["components"])
        self._whole = msgspec.json.decode(msgspec.json.encode(self._closed))
        for name in self._whole["schemas"]:
            if name.endswith("View"):
                whole = self._whole["schemas"][name.removesuffix("View")]
                required = [one for one in whole["required"] if one not in ON_REQUEST]
                self._whole["schemas"][name] = whole | {"required": required}
        self._validators: dict[tuple[str, bool], Draft202012Validator] = {}

    def check(self, method: str, path: str, query: str, answer: Answer) -> None:
        """Raise `Undocumented` unless the contract has this answer to a request below its server's path."""
        where = f"{method} {path} {answer.status}"
        found = (path_ for pattern, path_ in self.paths.items() if pattern.fullmatch(path))
        template = path if path in self.document["paths"] else next(found, None)
        if template is None:
            if answer.status == 308:
                target = unquote(answer.headers["location"].partition("?")[0])
                _require(target.endswith(unquote(path[:-1])), where, "it leads elsewhere")
            elif path not in OWN_PATHS:
                self._check_problem(where, answer, 404)
            return
        operations = self.document["paths"][template]
        if method == "OPTIONS" and answer.status != 422:
            _require(answer.status == 204 and not answer.body, where, "OPTIONS is 204, empty")
            self._check_known(where, answer, self._elsewhere)
            self._check_allow(where, operations, answer)
            return
        operation = operations.get(("GET" if method == "HEAD" else method).lower())
        if operation is None:
            self._check_problem(where, answer, 405)
            self._check_allow(where, operations, answer)
            return
        response = operation["responses"].get(str(answer.status))
        _require(response is not None, where, "the status is not documented")
        self._check_response(where, self._resolved(response), answer, head=method == "HEAD", part="fields" in query)

    def _check_response(self, where: str, response: Any, answer: Answer, *, head: bool, part: bool) -> None:
        headers = {name.lower(): self._resolved(said) for name, said in response.get("headers", {}).items()}
        self._check_known(where, answer, headers.keys())
        missing = {name for name, said in headers.items() if said["required"]} - answer.headers.keys()
        _require(not missing, where, f"missing headers: {sorted(missing)}")
        if "content" not in response or head:
            _require(not answer.body, where, "it has a body")
            return
        media_type = answer.headers.get("content-type", "")
        content = _of_type(response["content"], media_type)
        _require(content is not None, where, f"undocumented media type {media_type!r}")
        if content["schema"]["$ref"] in _OPAQUE:
            return
        if media_type == _LINES:
            line = self._resolved(content["schema"])["contentSchema"]["$ref"]
            for body in answer.body.splitlines():
                self._check_body(where, line, body, part=part)
            return
        self._check_body(where, content["schema"]["$ref"], answer.body, part=part)

    def _check_body(self, where: str, reference: str, body: bytes, *, part: bool) -> None:
        _require(bool(body), where, "it has no body")
        if (reference, part) not in self._validators:
            schema = {"$ref": reference, "components": self._closed if part else self._whole}
            self._validators[reference, part] = Draft202012Validator(schema, format_checker=_FORMATS)
        errors = list(self._validators[reference, part].iter_errors(msgspec.json.decode(body)))
        _require(not errors, where, f"the body is no {reference}: {errors}")

    def _check_known(self, where: str, answer: Answer, known: Iterable[str]) -> None:
        unknown = answer.headers.keys() - set(known) - UNDESCRIBED
        _require(not unknown, where, f"undocumented headers: {sorted(unknown)}")

    def _check_problem(self, where: str, answer: Answer, status: int) -> None:
        self._check_known(where, answer, self._elsewhere)
        _require(answer.status == status, where, f"it should be {status}")
        _require(answer.headers.get("content-type") == _PROBLEM, where, "it is no problem document")
        if answer.body:
            self._check_body(where, "#/components/schemas/Problem", answer.body, part=False)

    def _check_allow(self, where: str, operations: Mapping[str, Any], answer: Answer) -> None:
        head = {"HEAD"} if "get" in operations else set()
        allowed = {method.upper() for method in operations} | head | {"OPTIONS"}
        _require(answer.headers.get("allow") == ", ".join(sorted(allowed)), where, "Allow must name every method")

    def _resolved(self, said: Any) -> Any:
        if "$ref" not in said:
            return said
        _, _, kind, name = said["$ref"].split("/")
        return self.document["components"][kind][name]


def _of_type(content: Mapping[str, Any], media_type: str) -> Any:
    """What is said of a media type, by itself or by the range that it is in."""
    essence = media_type.partition(";")[0]
    named = (media_type, *((essence, "*/*") if "*/*" in content or essence == "multipart/byteranges" else ()))
    return next((content[name] for name in named if name in content), None)


def _header_names(document: Mapping[str, Any]) -> Iterator[str]:
    """The headers that some answer has: what is below no operation bears no others."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                yield from (name.lower() for name in response.get("headers", ()))
    for response in document["components"]["responses"].values():
        yield from (name.lower() for name in response["headers"])


def _require(condition: bool, where: str, message: str) -> None:
    if not condition:
        raise Undocumented(f"{where}: {message}")


def _closed(node: Any) -> Any:
    """The same, with every object refusing members that it does not describe; clients are told to allow for them."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return closed | {"additionalProperties": False} if isinstance(node.get("properties"), dict) else closed


@cache
def contracts() -> dict[str, Contract]:
    """The committed contract of every version, by path prefix; `test_published` compares the files with the code."""
    files = (ROOT / "openapi" / f"{version.name}.yaml" for version in VERSIONS)
    loaded = (yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in files)
    return {document["servers"][0]["url"]: Contract(document) for document in loaded}


def check(method: str, path: str, query: str, answer: Answer) -> None:
    """Hold an answer against the contract of its version; what is under none passes."""
    for prefix, its_contract in contracts().items():
        if path.startswith(f"{prefix}/"):
            its_contract.check(method, path.removeprefix(prefix), query, answer)
