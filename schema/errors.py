"""How refusals are said in GraphQL: user errors in payloads, coded errors beside the data."""

import re
from typing import Any

import strawberry
from graphql import GraphQLError

from app import problems
from app.domain.errors import MEANINGS, Code, TandemError

ErrorCode = strawberry.enum(Code, name="ErrorCode", description="The error codes of REST, in capitals.")
for _value in vars(ErrorCode)["__strawberry_definition__"].values:  # the domain has the texts, and knows no GraphQL
    _value.description = f"{MEANINGS[Code(_value.value)].title}. {MEANINGS[Code(_value.value)].advice}"

SAFE_MESSAGE = "Something went wrong on our side; it has been noted."

UNREADABLE = "A value in the document cannot be read."


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
"""Where graphql-core quotes a value or a token of the document in a message, and what stays of it."""
_LONGEST = 1_000
"""A message may hold a name as long as a body: it is cut before it is searched."""


@strawberry.type(description="Why a mutation did nothing: a refusal that the user can act on.")
class UserError:
    """Why a mutation did nothing."""

    code: ErrorCode = strawberry.field(description="What kind of refusal it is.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="The refusal in words.")
    field: list[str] | None = strawberry.field(description="The path below `input` to what is at fault, if anything.")


def user_errors(error: TandemError) -> list[UserError]:
    """A refusal as user errors: one for each fault, or one for the whole."""
    if not error.faults:
        return [UserError(code=error.code, message=error.message, field=None)]
    return [UserError(code=f.code, message=f.message, field=[str(part) for part in f.field]) for f in error.faults]


def formatted(error: GraphQLError, default: Code, *, began: bool = True) -> dict[str, Any]:
    """An error of the response, with its code; what is no refusal of ours is told in safe words.

    It names types, fields, arguments, variables and places in the document, never a value that was sent: that may be a
    secret, and errors end up in logs. Before execution began nothing of ours has run: what a library could not read is
    the document's fault.
    """
    shown: dict[str, Any] = dict(error.formatted)
    original = error.original_error
    code = default
    extensions: dict[str, Any] = {}
    if isinstance(original, TandemError):
        code, shown["message"] = original.code, original.message
        extensions["details"] = [
            {"field": problems.path_of(f), "code": f.code.name, "message": f.message} for f in original.faults
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
