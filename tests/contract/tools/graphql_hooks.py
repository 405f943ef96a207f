"""What schemathesis is told of our GraphQL: our scalars, and which errors are the server's own.

Its `not_a_server_error` takes every error with a path for the server's. Ours carry a code (`extensions.code`): those
of a client's mistakes, such as a cursor that is none, are what the contract promises; all else is a failure.
"""

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

SERVERS_OWN = {"INTERNAL_ERROR", "UNAVAILABLE", "TIMEOUT", "STORAGE_FULL", None}

_DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)
schemathesis.graphql.scalar("Decimal", _DECIMALS.map(str).map(nodes.String))
schemathesis.graphql.scalar("Long", st.integers(-(2**63), 2**63 - 1).map(nodes.Int))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda time: f"{time.isoformat()}Z").map(nodes.String))


@schemathesis.check
def graphql_errors_are_the_clients(ctx, response, case):
    """A GraphQL answer is well-formed, and has no error that is the server's own."""
    assert response.status_code < 500
    answer = response.json()
    for error in answer.get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code not in SERVERS_OWN, f"{code}: {error['message']}"


@schemathesis.hook
def map_body(ctx, body):
    """Most lists that are asked for can be had: a window forward of a size that there is, and no cursor.

    Random ones are refused nearly always, and with them all that is below. One in four stays as it is, and so does what
    is of a wrong type, since that is meant to be refused.
    """
    graphql.visit(body, _Windows())
    return body


_WINDOW = {"first": graphql.IntValueNode, "last": graphql.IntValueNode}
_WINDOW |= {"after": graphql.StringValueNode, "before": graphql.StringValueNode}


class _Windows(graphql.Visitor):
    def enter_field(self, node, *_):
        """Make the window of a list one that can be had."""
        given = {one.name.value: one.value for one in node.arguments if one.name.value in _WINDOW}
        first = given.get("first")
        if first is None or not all(isinstance(value, _WINDOW[name]) for name, value in given.items()):
            return
        numbers = [int(value.value) for value in given.values() if isinstance(value, graphql.IntValueNode)]
        if int(first.value) % 4 == 0 or not all(-(2**31) <= number < 2**31 for number in numbers):
            return
        first.value = str(int(first.value) % 100 + 1)
        node.arguments = tuple(one for one in node.arguments if one.name.value not in given or one.value is first)
