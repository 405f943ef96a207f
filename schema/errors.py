"""Errors in GraphQL: user errors in payloads, coded errors beside the data."""

import re
from typing import Any

import strawberry
from graphql import GraphQLError

from app.domain.errors import Code, InternalError, TandemError
from app.http import problem_details
from schema.execution.type_mapping import Leaf, ObjectType

ErrorCode = strawberry.enum(Code, name="ErrorCode", description="The error codes of REST, in capitals.")
# Strawberry takes descriptions only from `strawberry.enum_value`, and the domain's `Code` must not know Strawberry.
for _value in vars(ErrorCode)["__strawberry_definition__"].values:
    _value.description = f"{Code(_value.value).spec.title}. {Code(_value.value).spec.advice}"

SAFE_MESSAGE = InternalError().message
UNREADABLE = "The document has a value that cannot be read."
_QUOTES = (
    (re.compile(r"(cannot represent [\w -]*value): .*", re.DOTALL), r"\1."),
    (re.compile(r"(, but encountered error .*)?,? found: .*", re.DOTALL), "."),
    (re.compile(r" Found: .*", re.DOTALL), ""),
    (re.compile(r"Value '.*' does not exist", re.DOTALL), "The value does not exist"),
    (re.compile(r"Value '.*", re.DOTALL), "The value does not exist."),
    (re.compile(r"(Syntax Error: .*?\b(?:Name|Int|Float|String|BlockString)) '.*'", re.DOTALL), r"\1"),
    (re.compile(r"(Syntax Error: .*?\b(?:Name|Int|Float|String|BlockString)) '.*", re.DOTALL), r"\1."),
    (re.compile(r", did you mean '0\..*'", re.DOTALL), ""),
)
"""Patterns of graphql-core's messages that quote a value or token of the document, with their replacements."""
_LONGEST = 1_000
"""The maximum characters of a message: a name in it may be as long as the body, so it is cut before it is searched."""


@strawberry.type(description="An error that the user can act on; the mutation changed nothing.")
class UserError:
    code: ErrorCode = strawberry.field(description="The error code.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="The error message.")
    field: list[str] | None = strawberry.field(
        description="The path of the invalid member below `input`; null if the error is not about one member."
    )


USER_ERROR = ObjectType("UserError", {name: Leaf((name,), size=500) for name in ("code", "message", "field")})


def user_errors(error: TandemError) -> list[dict[str, Any]]:
    """The columns of an error's user errors: one for each field error, or one in total."""
    if not error.field_errors:
        return [{"code": error.code.name, "message": error.message, "field": None}]
    return [
        {"code": f.code.name, "message": f.message, "field": [str(part) for part in f.field]}
        for f in error.field_errors
    ]


def formatted(error: GraphQLError, default: Code, *, began: bool = True) -> dict[str, Any]:
    """An error of the response, with its code, and with a safe message unless it is a `TandemError`.

    A message names types, fields, arguments, variables and positions in the document, but never quotes a value: values
    may be secrets, and clients log errors. An unexpected exception is an internal error, but before execution `began`
    only graphql-core has run, so it is the document's error.
    """
    shown: dict[str, Any] = dict(error.formatted)
    original = error.original_error
    code = default
    extensions: dict[str, Any] = {}
    if isinstance(original, TandemError):
        code, shown["message"] = original.code, original.message
        extensions["details"] = [
            {"field": problem_details.path_of(f), "code": f.code.name, "message": f.message}
            for f in original.field_errors
        ]
        if original.retry_after is not None:
            extensions["retryAfter"] = original.retry_after
    elif original is not None and not isinstance(original, GraphQLError):
        code, shown["message"] = (Code.INTERNAL_ERROR, SAFE_MESSAGE) if began else (default, UNREADABLE)
    else:
        shown["message"] = _unquoted(shown["message"])
    shown["message"] = shown["message"].encode(errors="replace").decode()  # it may quote a lone surrogate
    return {**shown, "extensions": {"code": code.name, **extensions}}


def _unquoted(message: str) -> str:
    message = message[:_LONGEST]
    for pattern, rest in _QUOTES:
        message = pattern.sub(rest, message)
    return message
