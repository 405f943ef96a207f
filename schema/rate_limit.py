"""The rate limit over GraphQL: what the caller may still ask for."""

import strawberry

from app.budgets import Budget


@strawberry.type(description="The rate limit of the caller, which REST and GraphQL share.")
class RateLimit:
    """How the caller's bucket stands."""

    limit: int | None = strawberry.field(description="The points of a full bucket; null: there is no limit.")
    cost: int = strawberry.field(description="The points that this document costs.")
    remaining: int | None = strawberry.field(
        description="The whole points that are left; null: there is no limit, or it is not counted just now."
    )
    reset_seconds: int = strawberry.field(description="Seconds until there is a point more; 0: the bucket is full.")


def rate_limit(budget: Budget) -> RateLimit:
    """The rate limit as a budget tells it."""
    return RateLimit(
        limit=budget.limit, cost=budget.cost, remaining=budget.remaining, reset_seconds=budget.reset_seconds
    )
