"""What schemathesis is told of our GraphQL: our scalars, and which errors are the server's own.

Its `not_a_server_error` takes every error with a path for the server's. Ours carry a code (`extensions.code`): those
of a client's mistakes, such as a cursor that is none, are what the contract promises; all else is a failure.
"""

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
