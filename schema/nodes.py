"""Global ids (Relay's Global Object Identification), and the interface of all that has one."""

import base64
import binascii
from typing import Annotated, Any, NamedTuple

import strawberry

from app.domain.models import MAX_ID

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="A global id, as `id` fields have it.")]
GlobalIds = Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, as `id` fields have them.")]
PlainOrGlobalId = Annotated[
    strawberry.ID, strawberry.argument(description="A global id, or the plain integer that REST has.")
]


@strawberry.interface(description="A thing with an id that is unique across all types.")
class Node:
    """What has a global id; `children` holds what the look-ahead fetched for its fields, by response key."""

    id: strawberry.ID = strawberry.field(description="The global id: opaque, and stable for the life of the thing.")
    children: strawberry.Private[dict[str, Any]]


class Identity(NamedTuple):
    """What a global id stands for."""

    type_name: str
    id: int


def encode(type_name: str, identity: int) -> strawberry.ID:
    """The global id of a thing."""
    return strawberry.ID(base64.b64encode(f"{type_name}:{identity}".encode()).decode())


def decode(global_id: str) -> Identity | None:
    """What a global id stands for, or None where it is garbage."""
    try:
        type_name, _, digits = base64.b64decode(global_id, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    identity = _integer(digits)
    return Identity(type_name, identity) if identity else None


def local(value: str, type_name: str) -> int:
    """The plain id in a global id of this type, or in a plain integer; 0, which nothing bears, for all else."""
    known = decode(value)
    if known:
        return known.id if known.type_name == type_name else 0
    return _integer(value)


def _integer(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < len(str(MAX_ID)) + 1):
        return 0
    return int(digits) if int(digits) <= MAX_ID else 0
