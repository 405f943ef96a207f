"""The rate limit in GraphQL."""

import strawberry

from app.rate_limiting.budget import Budget
from schema.execution.type_mapping import Leaf, ObjectType


@strawberry.type(description="The rate limit of the caller, which REST and GraphQL share.")
class RateLimit:
    limit: int | None = strawberry.field(description="The points of a full bucket; null if there is no limit.")
    cost: int = strawberry.field(description="The points that this document costs.")
    remaining: int | None = strawberry.field(
        description="The points that are left; null if there is no limit, or if it is unknown at the moment."
    )
    reset_seconds: int = strawberry.field(description="The seconds until the next point; 0 for a full bucket.")


RATE_LIMIT = ObjectType("RateLimit", {name: Leaf((name,)) for name in ("limit", "cost", "remaining", "resetSeconds")})


def rate_limit(budget: Budget, cost: int) -> dict[str, int | None]:
    """The columns of the rate limit, for a document of this cost."""
    return {"limit": budget.limit, "cost": cost, "remaining": budget.remaining, "resetSeconds": budget.reset_seconds}
