"""The cost guard: how much a document may ask for, and what it is charged.

Two walks. The first, over the bare document and before validation, is linear in it however its fragments nest: it
bounds depth and the fields that would come of it. The second, over what is selected, gives the exact cost: a point for
every hundred nodes, where the nodes are the page sizes, each times those above it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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

from app.domain.errors import Code, Invalid, TandemError
from app.domain.paging import MAX_SIZE
from schema import connections
from schema.lookahead import Field, Lookahead

MAX_DEPTH = 25
MAX_FIELDS = 2_000
FIELDS_OF_INTROSPECTION = 300
MAX_FETCHES = 50
MAX_REPEATS = 50
NODES_A_POINT = 100
MAX_VALUES = 10_000


class Extent(NamedTuple):
    """How deep a selection goes, and how many fields it stands for once its fragments are written out."""

    depth: int = 0
    fields: int = 0


class Sum(NamedTuple):
    """Nodes that a selection may return, and statements that it takes."""

    nodes: int = 0
    fetches: int = 0


def guard(document: DocumentNode) -> None:
    """Raise `query_too_complex` where a document is too deep or too wide; visits every node of it once."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    known: dict[str, Extent] = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            extent = _extent(node.selection_set, fragments, known)
            if extent.depth > MAX_DEPTH or extent.fields > MAX_FIELDS:
                raise _too_complex(
                    f"at most {MAX_DEPTH} levels and {MAX_FIELDS} fields are taken, `__schema` and `__type` as"
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
                known[name] = Extent()  # a circle counts once; validation refuses it
                known[name] = _extent(fragments[name].selection_set, fragments, known)
            below = known.get(name, Extent())
        elif isinstance(node, FieldNode | InlineFragmentNode):
            below = _extent(node.selection_set, fragments, known)
        own = _weight(node) if isinstance(node, FieldNode) else 0
        depth = max(depth, below.depth + bool(own))
        fields += below.fields + own
    repeated = Counter((node.alias or node.name).value for node in nodes if isinstance(node, FieldNode))
    if repeated and max(repeated.values()) > MAX_REPEATS:
        raise _too_complex(f"a field may be repeated {MAX_REPEATS} times")
    return Extent(depth, min(fields, MAX_FIELDS + 1))


def _weight(node: FieldNode) -> int:
    """How many fields one stands for: the schema's own answer is long, and asks no database."""
    return FIELDS_OF_INTROSPECTION if node.name.value in ("__schema", "__type") else 1


def guard_variables(variables: Mapping[str, Any]) -> None:
    """Raise `query_too_complex` where variables hold more values than any operation takes, however they nest."""
    count = 0
    left: list[Collection[Any]] = [variables.values()]
    while left:
        values = left.pop()
        count += len(values)
        if count > MAX_VALUES:
            raise _too_complex(f"its variables hold more than {MAX_VALUES} values")
        left += [one.values() if isinstance(one, dict) else one for one in values if isinstance(one, dict | list)]


def cost(lookahead: Lookahead, fields: Sequence[Field], type_name: str, most: int) -> int:
    """The points of an operation's root fields; raises `query_too_complex` where they are more than `most`."""
    total = _sum(lookahead, fields, type_name, 1)
    points = max(1, -(-total.nodes // NODES_A_POINT))
    if type_name == "Mutation":
        points += max(0, len(fields) - 1)
    if points > most:
        raise _too_complex(f"it costs {points} points, and {most} is the most")
    if total.fetches > MAX_FETCHES:
        raise _too_complex(f"it reads {total.fetches} lists and things, and {MAX_FETCHES} is the most")
    return points


def _sum(lookahead: Lookahead, fields: Sequence[Field], type_name: str, times: int) -> Sum:
    nodes = fetches = 0
    for field in fields:
        below = lookahead.type_below(type_name, field.name)
        if below is None:
            continue
        size, fetch = _size(field, below)
        nodes += times * size if fetch else 0
        inner = times * (size if fetch else 1)
        for name in lookahead.concrete(below):
            found = _sum(lookahead, lookahead.fields(field.below, name), name, inner)
            nodes, fetches = nodes + found.nodes, fetches + found.fetches
        fetches += fetch or bool(field.args)
    return Sum(nodes, fetches)


def _size(field: Field, below: str) -> tuple[int, bool]:
    """How many things a field may give, and whether it is a page of them."""
    if below.endswith("Connection"):
        try:
            return connections.window(field.args).size, True
        except Invalid:  # the field will say so itself
            return 0, True
    if "ids" in field.args:
        return min(len(field.args["ids"]), MAX_SIZE), True
    return 1, False


def _too_complex(why: str) -> TandemError:
    return TandemError(Code.QUERY_TOO_COMPLEX, f"The query asks for too much: {why}.")
