"""Arguments: read anew for each request, whatever of them was kept from the one before."""

from typing import Any

from graphql import OperationDefinitionNode, build_schema, parse

from schema.execution.arguments import ArgumentReader, VariableReader
from schema.execution.fields import Selections

SCHEMA = build_schema("input In { q: String } type Query { list(after: String, filter: In, first: Int = 5): Int }")


def test_variables_are_read_anew() -> None:
    """A variable may be an argument and stand within another; both are those of the request."""
    document = parse("query($s: String) { list(after: $s, filter: {q: $s}) }")
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    (selected,) = Selections(SCHEMA, {}, None).fields([operation.selection_set], "Query")
    reader = ArgumentReader(selected)
    variables = VariableReader(SCHEMA, operation)
    for value in ("a", "b", None, "c"):
        read: dict[str, Any] = dict(reader.read(variables.read({"s": value}, 1, hide_suggestions=False)))
        assert read == {"after": value, "filter": {"q": value}, "first": 5}
