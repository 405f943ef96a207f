"""Operations of the contract: the parts that follow from a route's declarations, added to FastAPI's document."""

import uuid
from collections.abc import Iterable
from typing import Any

from app.http.multipart import MEDIA_TYPE as FORM
from rest.dependencies import OWN_KEYS
from rest.lists import ListQuery
from rest.negotiation import JSON, PATCHES
from rest.openapi.headers import KEPT, reference_headers
from rest.openapi.problems import by_status, component
from rest.openapi.problems import response as problem_response
from rest.route import FastRoute
from rest.versions import Version

Operation = dict[str, Any]

_ALWAYS = ("Unauthenticated", "RateLimited", "InternalError", "Unavailable")
_OF_FORMS = ("MalformedUpload", "UploadTooLarge", "UnsupportedUpload", "InvalidUpload", "StorageFull")
_OF_DOWNLOADS = ("PreconditionFailed", "RangeNotSatisfiable")
_PUBLIC: list[dict[str, list[str]]] = [{}, {"ApiKey": []}]


def complete(operation: Operation, route: FastRoute, version: Version) -> dict[str, Any]:
    """Add the headers, the problems, the examples and the security that every operation of its kind has.

    Returns the component responses of its problems.
    """
    operation["description"] = version.descriptions.get(
        operation["operationId"], " ".join(operation["description"].split())
    )
    operation.setdefault("security", _PUBLIC)
    _complete_own_keys(operation, version)
    _complete_body(operation, route)
    if "parameters" in operation:
        later = [parameter for parameter in operation["parameters"] if parameter["schema"].pop("later", False)]
        if version.deprecated:
            operation["parameters"] = [one for one in operation["parameters"] if one not in later]
    for parameter in operation.get("parameters", ()):
        _complete_parameter(parameter, operation["operationId"])
    declared = operation["responses"]
    own = [name for response in declared.values() for name in response.pop("x-problems", ())]
    named = by_status(_problems(operation, route, own))
    _complete_success(operation, route, version)
    kept = {status: response for status, response in declared.items() if int(status) < 400}
    problems = {str(status): {"$ref": f"#/components/responses/{component(names)}"} for status, names in named.items()}
    operation["responses"] = dict(sorted((kept | problems).items()))
    return {component(names): problem_response(version, names) for names in named.values()}


def _complete_body(operation: Operation, route: FastRoute) -> None:
    content = operation.get("requestBody", {}).get("content", {})
    if route.method == "PATCH" and JSON in content:
        operation["requestBody"]["content"] = dict.fromkeys(PATCHES, content[JSON])


def _complete_own_keys(operation: Operation, version: Version) -> None:
    """Complete or remove the parts of an operation for own keys, as the version has own keys or not."""
    responses = operation["responses"]
    marked = [status for status, response in responses.items() if response.pop(OWN_KEYS, False)]
    for status in marked if not version.own_keys else ():
        del responses[status]
    for parameter in list(operation.get("parameters", ())):
        about = parameter["schema"].pop(OWN_KEYS, None)
        if about and parameter["in"] == "path" and version.own_keys:
            parameter["description"], parameter["schema"]["type"] = about, ["integer", "string"]
        elif about and parameter["in"] == "header" and not version.own_keys:
            operation["parameters"].remove(parameter)


def _complete_parameter(parameter: Operation, operation_id: str) -> None:
    """A parameter without FastAPI's `null`, and with its example at the place that OpenAPI defines."""
    schema = parameter["schema"]
    extra = {key: schema.pop(key) for key in ("examples", "explode", "commas", "description") if key in schema}
    if variants := schema.pop("anyOf", None):
        schema |= next(one for one in variants if one.get("type") != "null")
    if not parameter["required"]:
        del parameter["required"]
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": extra["explode"]}
    parameter["example"] = extra["examples"][0]
    if parameter["name"] == "Idempotency-Key":  # each operation needs its own key
        parameter["example"] = str(uuid.uuid5(uuid.NAMESPACE_URL, operation_id))


def _problems(operation: Operation, route: FastRoute, own: Iterable[str]) -> list[str]:
    parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
    body = operation.get("requestBody", {}).get("content", {})
    found: list[str] = []
    if FORM in body:
        found += _OF_FORMS
    elif JSON in body:
        kind = "UnsupportedPatchType" if route.method == "PATCH" else "UnsupportedMediaType"
        found += ("MalformedRequest", "PayloadTooLarge", kind, "InvalidBody")
    else:
        found += ("InvalidCursor" if is_list(route) else "MalformedRequest", "InvalidParameters")
    if route.answers_json or route.method == "DELETE":  # released contracts declare it for deletions
        found.append("NotAcceptable")
    if "Range" in parameters:
        found += _OF_DOWNLOADS
    if "id" in parameters:
        found.append("NotFound")
    if "If-Match" in parameters or "If-None-Match" in parameters:
        found.append("PreconditionFailed")
    found += [*own, *_ALWAYS]
    if operation["security"] != _PUBLIC:
        found.append("Forbidden")
    if key := parameters.get("Idempotency-Key"):
        found += [*(("KeyRequired",) if key.get("required") else ()), "KeyInvalid", "KeyInUse", "KeyReused"]
    if "MalformedUploadHeader" in found:
        found.remove("MalformedRequest")
    return found


def is_list(route: FastRoute) -> bool:
    """Whether the route answers pages."""
    return any(issubclass(query, ListQuery) for query in route.query_models)


def _complete_success(operation: Operation, route: FastRoute, version: Version) -> None:
    responses = operation["responses"]
    success = responses[str(route.status_code or 200)]
    default = () if not route.answers_json else ("ETag", "Pages") if is_list(route) else ("ETag",)
    names = [*success.pop("x-headers", default), *(("Location",) if route.status_code == 201 else ())]
    replayed = ("Idempotent-Replayed",) if route.method not in ("GET", "OPTIONS") else ()
    success["headers"] = reference_headers((*names, *replayed), version)
    if "201" in responses and route.status_code != 201:  # it creates or replaces
        located = reference_headers((*names, "Location", *replayed), version)
        responses["201"] = success | responses["201"] | {"headers": located}
    if "206" in responses:
        responses["206"]["headers"] = reference_headers((*names, "Maybe-Content-Range"), version)
    if route.method == "GET" and "ETag" in names:
        responses["304"] = {
            "description": "The client's copy is current.",
            "headers": reference_headers([name for name in names if name in KEPT], version),
        }


def link(operation: Operation, route: FastRoute, routes: Iterable[FastRoute]) -> None:
    """Add links to the operations that take the id of the answer's resource."""
    if found := _links(route, routes):
        operation["responses"][str(route.status_code or 200)]["links"] = found


def _links(route: FastRoute, routes: Iterable[FastRoute]) -> dict[str, Any]:
    if not route.answers_json or is_list(route) or not (route.status_code == 201 or _is_item(route)):
        return {}
    item = route.path if _is_item(route) else f"{route.path}/{{id}}"
    source = "$request.path.id" if _is_item(route) else "$response.body#/id"
    following = [
        one.unique_id
        for one in routes
        if one is not route
        and (one.path == item or (_is_below(one.path, item) and one.answers_json and not one.openapi_extra))
    ]
    return {
        name: {"operationId": name, "parameters": {"id": source}, "description": f"`{name}` with this id."}
        for name in following
    }


def _is_below(path: str, item: str) -> bool:
    """Whether a path is below an item's, and needs no other id."""
    return path.startswith(f"{item}/") and "{" not in path.removeprefix(item)


def _is_item(route: FastRoute) -> bool:
    return route.method == "GET" and route.path.endswith("/{id}")
