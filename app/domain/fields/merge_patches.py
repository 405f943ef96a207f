"""Merge patches (RFC 7396) of members that are objects, such as the attributes of a product."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from app.domain.unicode import identity
from app.domain.validation import Reader

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class MergePatch(msgspec.Struct, frozen=True):
    """Members to set in a stored object, as JSON; null removes one. `check` records the errors of the result."""

    text: str
    check: Callable[[Reader, str, Mapping[str, Any]], None]

    def merged(self, reader: Reader, name: str, stored: str | None) -> str:
        """The JSON object after the patch; the reader records errors."""
        members = merge(stored, _decode(self.text))
        self.check(reader, name, members)
        return msgspec.json.encode(members).decode()


def merge(stored: str | None, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a stored JSON object after a patch.

    A name of the patch is a stored one if their keys are equal; it keeps its place and gets the patch's spelling.
    """
    objects = (_decode(stored or "{}"), patch)
    members = {identity.key(name): (name, value) for one in objects for name, value in one.items()}
    return {name: value for name, value in members.values() if value is not None}


def apply(edit: Mapping[str, Any], stored: Callable[[str], str | None]) -> Mapping[str, Any]:
    """An edit with the whole objects that its patches give; `stored` returns an object by name. Raises `Invalid`."""
    reader = Reader({})
    whole = {
        name: value.merged(reader, name, stored(name)) for name, value in edit.items() if isinstance(value, MergePatch)
    }
    reader.done()
    return {**edit, **whole} if whole else edit


def canonical(edit: Mapping[str, Any]) -> dict[str, Any]:
    """The edit for fingerprints: a patch is its JSON, as objects were before they were merged."""
    return {name: value.text if isinstance(value, MergePatch) else value for name, value in edit.items()}
