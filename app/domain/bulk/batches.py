"""Batches: up to 500 operations on products in one request, as bodies describe them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from app.domain.addresses import Address, OwnKey
from app.domain.catalogue import product_edits
from app.domain.catalogue.product_edits import Edit
from app.domain.errors import FieldError, Invalid
from app.domain.validation import Path, Reader

MAX_OPERATIONS = 500
MODES = ("all", "each")
"""`all`: one error rolls back the batch; `each`: valid operations take effect."""


class Kind(NamedTuple):
    """The members of a kind of operation besides `op`: of the `addresses` it has one, and all of the `required`."""

    addresses: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def members(self) -> frozenset[str]:
        """All members."""
        return frozenset({"op", *self.addresses, *self.required, *self.optional})


KINDS: Mapping[str, Kind] = {
    "create": Kind((), ("product",)),
    "upsert": Kind(("sku",), ("product",), ("ifMatch",)),
    "update": Kind(("id", "sku"), ("product",), ("ifMatch",)),
    "delete": Kind(("id", "sku"), (), ("ifMatch",)),
    "adjustStock": Kind(("id", "sku"), ("delta",)),
}
_MEMBERS = {name: kind.members for name, kind in KINDS.items()}


_NO_EDIT: Edit = MappingProxyType({})


class Operation(NamedTuple):
    """An operation, validated by itself; an operation with `faults` changes nothing.

    A creation has no `address`. An upsert alone says what is `kept` of a product that it replaces.
    """

    kind: str
    address: Address | None = None
    if_match: str | None = None
    edit: Edit = _NO_EDIT
    kept: frozenset[str] | None = None
    delta: int = 0
    faults: tuple[FieldError, ...] = ()

    @property
    def payload(self) -> list[object]:
        """The payload that identifies the operation in a fingerprint."""
        faults = [[list(fault.field), fault.message] for fault in self.faults]
        edit = product_edits.canonical(self.edit)
        return [self.kind, self.address, self.if_match, edit, self.delta, faults]


class Batch(NamedTuple):
    """Operations in their order."""

    mode: str
    dry_run: bool
    operations: tuple[Operation, ...]

    @property
    def size(self) -> int:
        """The bytes of its operations as JSON."""
        return sum(len(msgspec.json.encode(one.payload)) for one in self.operations)


def parse(members: Mapping[str, object], *, merge: bool = False) -> Batch:
    """The batch that the members of a body describe; the updates of one to `merge` are merge patches.

    Raises `Invalid` with every error of the batch itself, and in the mode `all` of its operations.
    """
    reader = Reader(members)
    reader.only(frozenset({"mode", "dryRun", "operations"}), frozenset())
    reader.require("mode", "operations")
    mode, dry_run, sent = members.get("mode"), members.get("dryRun"), members.get("operations")
    if "mode" in members and mode not in MODES:
        reader.fault("mode", f"must be one of {', '.join(MODES)}")
    if not isinstance(dry_run, bool | None):
        reader.fault("dryRun", "must be true or false")
    if "operations" in members and not (isinstance(sent, list) and 1 <= len(sent) <= MAX_OPERATIONS):
        reader.fault("operations", f"must be a list of 1 to {MAX_OPERATIONS} operations")
    reader.done()
    assert isinstance(sent, Sequence)  # noqa: S101 - the reader has checked it
    operations = tuple(_read(item, ("operations", place), merge=merge) for place, item in enumerate(sent))
    if mode == "all" and (faults := [fault for operation in operations for fault in operation.faults]):
        raise Invalid(faults)
    return Batch(str(mode), bool(dry_run), operations)


def _read(item: object, path: Path, *, merge: bool) -> Operation:
    """One operation, with all its errors."""
    if not isinstance(item, Mapping):
        return _faulty("", FieldError(path, "An operation must be an object."))
    reader = Reader(item, path)
    kind = item.get("op")
    if not isinstance(kind, str) or kind not in KINDS:
        reader.fault("op", f"must be one of {', '.join(KINDS)}")
        return _faulty("", *reader.field_errors)
    taken = KINDS[kind]
    reader.only(_MEMBERS[kind], frozenset())
    reader.require(*taken.required)
    address = _read_address(reader, taken.addresses)
    if_match = item.get("ifMatch")
    if if_match is not None and not isinstance(if_match, str):
        reader.fault("ifMatch", "must be a string")
    edit, kept, delta = _NO_EDIT, None, 0
    if "product" in taken.required and "product" in item:
        edit, kept = _read_edit(reader, kind, address, merge=merge and kind == "update")
    elif "delta" in taken.required and "delta" in item:
        delta = product_edits.adjustment(reader)
    if reader.field_errors:
        return _faulty(kind, *reader.field_errors)
    return Operation(kind, address, str(if_match) if if_match is not None else None, edit, kept, delta)


def _faulty(kind: str, *faults: FieldError) -> Operation:
    return Operation(kind, faults=faults)


def _read_address(reader: Reader, taken: Sequence[str]) -> Address | None:
    """The address of the product, if this kind of operation has one."""
    present = [name for name in taken if reader.members.get(name) is not None]
    if taken and len(present) != 1:
        names = " or ".join(f"`{name}`" for name in taken)
        reader.field_errors.append(FieldError(reader.path, f"An operation of this kind has {names}."))
    if present == ["id"]:
        return reader.identity("id")
    if present != ["sku"]:
        return None
    sku = reader.members["sku"]
    if not isinstance(sku, str):
        reader.fault("sku", "must be a string")
    return OwnKey("sku", str(sku))


def _read_edit(
    reader: Reader, kind: str, address: Address | None, *, merge: bool
) -> tuple[Edit, frozenset[str] | None]:
    """The edit of an operation, and what an upsert keeps."""
    product = reader.members["product"]
    path = (*reader.path, "product")
    if not isinstance(product, Mapping):
        reader.fault("product", "must be an object")
        return _NO_EDIT, None
    kept = product_edits.kept_attributes(product) if kind == "upsert" else None
    sku = address.value if kept is not None and isinstance(address, OwnKey) else None
    try:
        edit = product_edits.parse(
            product, patch=kind == "update", merge=merge, keeps="currency" in (kept or ()), sku=sku, path=path
        )
    except Invalid as invalid:
        faults, of_address = invalid.field_errors, (*path, "sku") if sku is not None and "sku" not in product else None
        reader.field_errors += [
            fault._replace(field=(*reader.path, "sku")) if fault.field == of_address else fault for fault in faults
        ]
        return _NO_EDIT, None
    return edit, kept
