"""The rate limit of the caller; reading it is free."""

import msgspec
from pydantic import Field
from starlette.responses import Response

from rest.dependencies import Budget
from rest.models import Model, Points, example
from rest.negotiation import JSON
from rest.openapi.headers import answers_with
from rest.route import Router

router = Router("Rate limit")


class RateLimit(Model):
    """The state of a caller's bucket."""

    model_config = example({"limit": 100, "cost": 0, "remaining": 99, "resetSeconds": 1})
    limit: Points | None = Field(description="The points of a full bucket; null if there is no limit.")
    cost: Points = Field(description="The points that this request costs.")
    remaining: Points | None = Field(description="The points that are left; null if they are not counted.")
    reset_seconds: Points = Field(description="The seconds until the next point; 0 for a full bucket.")


@router.get(
    "/rate-limit", response_model=RateLimit, response_description="The rate limit.", responses=answers_with(200)
)
async def get_rate_limit(budget: Budget) -> Response:
    """Gets the rate limit of your API key, or of your address if you send none. This costs nothing, but it is refused
    when no points are left.
    """
    await budget.refund(1)
    level = {
        "limit": budget.limit,
        "cost": budget.cost,
        "remaining": budget.remaining,
        "resetSeconds": budget.reset_seconds,
    }
    return Response(msgspec.json.encode(level), 200, media_type=JSON)
