"""The schemas that every noun has: the thing whole and in part, a list of it, and what makes and changes one."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain import paging
from rest.shapes import CURSOR, TOTAL_COUNT, Schema, array, nullable, picked, reference, said, structure, words
from rest.versions import Version

_CURSOR_EXAMPLE = "MXxpZHw5YzExODVhNXw3fDc"
_NULLED = frozenset({"currency", "description", "categoryIds"})
"""Members that a merge patch may set to null although they never are: null puts them back to their default."""


def thing(
    version: Version, noun: str, plural: str, members: Mapping[str, Schema], example: Mapping[str, Any]
) -> dict[str, Schema]:
    """A thing whole, the part of it that `fields` leaves, either of them, and a list of them."""
    shown = picked(example, members)
    some = dict(list(shown.items())[:2])
    first = f"{version.prefix}/{plural}?limit=1"
    links = {"self": first, "first": first, "next": f"{first}&cursor={_CURSOR_EXAMPLE}", "prev": None}
    page = {"items": [shown], "nextCursor": _CURSOR_EXAMPLE, "prevCursor": None, "links": links}
    return {
        noun: structure(members, members, description=f"One of the {plural}.", examples=[shown]),
        f"{noun}Part": structure(
            members, description="With `fields`: those members only.", minProperties=1, examples=[some]
        ),
        f"{noun}View": {
            "description": "Whole, or with `fields` in part.",
            "anyOf": [reference(noun), reference(f"{noun}Part")],
        },
        f"{noun}List": structure(
            {
                "items": said(array(reference(f"{noun}View"), paging.MAX_SIZE), "What the page holds, in sort order."),
                "nextCursor": said(nullable(CURSOR), "For `cursor`; null: this is the last page."),
                "prevCursor": said(nullable(CURSOR), "For `before`; null: this is the first page."),
                "links": said(reference("Links"), "The pages around this one."),
                "totalCount": said(TOTAL_COUNT, "How many the whole list holds; with `count=exact` only."),
            },
            ("items", "nextCursor", "prevCursor", "links"),
            description=f"A page of {plural}.",
            examples=[page],
        ),
    }


def asked(noun: str, members: Iterable[str], keys: Iterable[str]) -> dict[str, Schema]:
    """The words that `fields` and `sort` take."""
    return {
        f"{noun}Field": words(members, f"A member of `{noun}`."),
        f"{noun}Sort": words((sign + key for key in keys for sign in ("", "-")), "A sort key; `-`: descending."),
    }


def inputs(
    noun: str, members: Mapping[str, Schema], required: Iterable[str], example: Mapping[str, Any]
) -> dict[str, Schema]:
    """What a POST or PUT takes, and what a PATCH takes."""
    given = picked(example, members)
    return {
        f"{noun}Input": structure(
            members,
            required,
            additionalProperties=False,
            description="What can be set; what is left out has its default.",
            examples=[given],
        ),
        f"{noun}Patch": structure(
            {name: _patched(name, schema) for name, schema in members.items()},
            additionalProperties=False,
            description="What is to change (RFC 7396); what is left out stays.",
            examples=[dict(list(given.items())[:1])],
        ),
    }


def _patched(name: str, schema: Schema) -> Schema:
    bare = {key: value for key, value in schema.items() if key != "default"}
    return nullable(bare) if name in _NULLED else bare
