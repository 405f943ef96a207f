"""The contract's schemas: those of every noun, and those that all of them share."""

from app.domain.errors import Code
from app.problems import MAX_FAULTS
from rest import category_schemas, file_schemas, order_schemas, product_schemas
from rest.shapes import (
    ADDRESS,
    ANY,
    CODE,
    IDENTIFICATION,
    POINTS,
    SENTENCE,
    Schema,
    array,
    integer,
    nullable,
    reference,
    said,
    string,
    structure,
    words,
)
from rest.versions import Version

_SHARED: dict[str, Schema] = {
    "RateLimit": structure(
        {
            "limit": said(nullable(POINTS), "The points of a full bucket; null: there is no limit."),
            "cost": said(POINTS, "The points that this request costs."),
            "remaining": said(
                nullable(POINTS), "The points that are left; null: no limit, or they are not counted just now."
            ),
            "resetSeconds": said(POINTS, "Seconds until there is a point more; 0: the bucket is full."),
        },
        ("limit", "cost", "remaining", "resetSeconds"),
        description="How a bucket stands.",
        examples=[{"limit": 100, "cost": 0, "remaining": 99, "resetSeconds": 1}],
    ),
    "Count": words(("none", "exact"), "Whether a list is counted."),
    "Links": structure(
        {
            "self": said(ADDRESS, "This page."),
            "first": said(ADDRESS, "The first page."),
            "next": said(nullable(ADDRESS), "The page after this one; null: this is the last."),
            "prev": said(nullable(ADDRESS), "The page before this one; null: this is the first."),
        },
        ("self", "first", "next", "prev"),
        description="Pages of the list, as absolute paths.",
    ),
    "Problem": structure(
        {
            "type": said(ADDRESS, "The page that explains the code."),
            "title": said(SENTENCE, "What the code means."),
            "status": said(integer(400, 599), "The HTTP status."),
            "code": said(CODE, "What to switch on; expect codes that are not listed yet.")
            | {"examples": [str(code) for code in Code]},
            "message": said(SENTENCE, "What went wrong, for people."),
            "details": said(array(reference("Fault"), MAX_FAULTS), "Every member and parameter at fault."),
            "requestId": said(IDENTIFICATION, "What to tell us when you ask."),
        },
        ("type", "title", "status", "code", "message", "details", "requestId"),
        description="Problem details (RFC 9457).",
    ),
    "Fault": structure(
        {
            "field": said(string(0, 300, ANY), "A dotted path, such as `categoryIds.0`; empty: the body itself."),
            "code": said(CODE, "What is wrong with it."),
            "message": said(SENTENCE, "The same for people."),
        },
        ("field", "code", "message"),
        description="One member or parameter at fault.",
    ),
}


def components(version: Version) -> dict[str, Schema]:
    """Every schema of a version, by name."""
    return {
        **product_schemas.components(version),
        **category_schemas.components(version),
        **order_schemas.components(version),
        **file_schemas.components(version),
        **_SHARED,
    }
