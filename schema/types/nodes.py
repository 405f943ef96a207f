"""Global ids (Relay's Global Object Identification), and the interface `Node`."""

import base64
import binascii
from collections.abc import Callable
from functools import partial
from typing import Annotated, NamedTuple

import strawberry

from app.domain.models import MAX_ID

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="A global id, from an `id` field.")]
GlobalIds = Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, from `id` fields.")]
PlainOrGlobalId = Annotated[strawberry.ID, strawberry.argument(description="A global id, or the integer id of REST.")]


@strawberry.interface(description="An object with an id that is unique across all types.")
class Node:
    id: strawberry.ID = strawberry.field(description="The global id: opaque, and stable for the life of the object.")


class Identity(NamedTuple):
    """The type and id in a global id."""

    type_name: str
    id: int


def encode(type_name: str, identity: int) -> str:
    """The global id of an object."""
    return binascii.b2a_base64(f"{type_name}:{identity}".encode(), newline=False).decode()


def encoder(type_name: str) -> Callable[[int], str]:
    """Makes the global ids of a type."""
    return partial(encode, type_name)


def decode(global_id: str) -> Identity | None:
    """The type and id in a global id, or None if it is malformed."""
    try:
        type_name, _, digits = base64.b64decode(global_id, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    identity = _integer(digits)
    return Identity(type_name, identity) if identity else None


def local_id(value: str, type_name: str) -> int:
    """The plain id of a global id of this type, or of a plain integer; 0, which no row has, for anything else."""
    known = decode(value)
    if known:
        return known.id if known.type_name == type_name else 0
    return _integer(value)


def _integer(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < len(str(MAX_ID)) + 1):
        return 0
    return int(digits) if int(digits) <= MAX_ID else 0
