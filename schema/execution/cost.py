"""The limits of a document and its variables.

One walk over the document before validation computes its depth and its fields, with fragments expanded.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from app.domain.errors import Code, TandemError

MAX_DEPTH = 25
MAX_FIELDS = 2_000
FIELDS_OF_INTROSPECTION = 300
MAX_REPEATS = 50
MAX_VALUES = 10_000


class Extent(NamedTuple):
    """The depth of a selection, and the number of its fields once fragments are expanded."""

    depth: int = 0
    fields: int = 0


def check_limits(document: DocumentNode) -> None:
    """Raise `query_too_complex` if a document is too deep or too wide; visits every node once."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    known: dict[str, Extent] = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            extent = _extent(node.selection_set, fragments, known)
            if extent.depth > MAX_DEPTH or extent.fields > MAX_FIELDS:
                raise too_complex(
                    f"at most {MAX_DEPTH} levels and {MAX_FIELDS} fields are allowed, `__schema` and `__type` as"
                    f" {FIELDS_OF_INTROSPECTION} each"
                )


def _extent(
    selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], known: dict[str, Extent]
) -> Extent:
    depth = fields = 0
    below = Extent()
    nodes = selections.selections if selections else ()
    for node in nodes:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in known and name in fragments:
                known[name] = Extent()  # a cycle counts once; validation rejects it
                known[name] = _extent(fragments[name].selection_set, fragments, known)
            below = known.get(name, Extent())
        elif isinstance(node, FieldNode | InlineFragmentNode):
            below = _extent(node.selection_set, fragments, known)
        own = _weight(node) if isinstance(node, FieldNode) else 0
        depth = max(depth, below.depth + bool(own))
        fields += below.fields + own
    repeated = Counter((node.alias or node.name).value for node in nodes if isinstance(node, FieldNode))
    if repeated and max(repeated.values()) > MAX_REPEATS:
        raise too_complex(f"a field may be repeated {MAX_REPEATS} times")
    return Extent(depth, min(fields, MAX_FIELDS + 1))


def _weight(node: FieldNode) -> int:
    """The number of fields that a field counts as: introspection has a long answer without a database read."""
    return FIELDS_OF_INTROSPECTION if node.name.value in ("__schema", "__type") else 1


def guard_variables(variables: Mapping[str, Any]) -> None:
    """Raise `query_too_complex` if variables hold more values than any operation takes, however nested."""
    count = 0
    left: list[Collection[Any]] = [variables.values()]
    while left:
        values = left.pop()
        count += len(values)
        if count > MAX_VALUES:
            raise too_complex(f"its variables hold more than {MAX_VALUES} values")
        left += [one.values() if isinstance(one, dict) else one for one in values if isinstance(one, dict | list)]


def too_complex(why: str) -> TandemError:
    """The error for a document that is too complex."""
    return TandemError(Code.QUERY_TOO_COMPLEX, f"The query is too complex: {why}.")
