"""What schemathesis is told of our REST: ids that there are, so that it gets past 404.

Only what fits the contract is changed, and into what fits it: what is meant to be refused stays as it was made.
"""

import re

import schemathesis

MAX_ID = 2**53 - 1
_CURSORS = {"cursor", "before"}
_CURSOR = re.compile("[A-Za-z0-9_-]+")

# A part of a resumable upload is bytes like any others.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


def _near(value, last):
    """An id from 1 to `last`, for what might be an id; anything else as it is."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ID
    return 1 + value % last if fits else value


@schemathesis.hook
def map_path_parameters(ctx, values):
    """The ids in paths are small."""
    return values and {name: _near(value, 40) for name, value in values.items()}


@schemathesis.hook
def map_query(ctx, values):
    """Half of the cursors, which are random and so refused, are left out."""
    return values and {name: value for name, value in values.items() if name not in _CURSORS or _kept(value)}


def _kept(value):
    return not (isinstance(value, str) and _CURSOR.fullmatch(value) and len(value) <= 4096 and sum(map(ord, value)) % 2)


@schemathesis.hook
def map_headers(ctx, values):
    """Half of the preconditions, which are random and so not met, are left out."""
    return values and {name: value for name, value in values.items() if name != "If-Match" or sum(map(ord, value)) % 2}


@schemathesis.hook
def map_body(ctx, body):
    """What is ordered is in the catalogue, and there is enough of it."""
    if isinstance(body, dict) and isinstance(body.get("items"), list):
        for item in body["items"]:
            if isinstance(item, dict) and "productId" in item:
                item["productId"] = _near(item["productId"], 200)
    return body
