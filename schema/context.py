"""What a request carries through execution, and how resolvers find what was fetched for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strawberry import Info

from app.domain.unit import Database


@dataclass(slots=True)
class Context:
    """The caller's request: its database and its id."""

    database: Database
    request_id: str


def fetched(children: Mapping[str, Any], info: Info[Context, Any]) -> Any:
    """What the look-ahead fetched for this field; raises where that was an error."""
    value = children[str(info.path.key)]
    if isinstance(value, Exception):
        raise value
    return value
