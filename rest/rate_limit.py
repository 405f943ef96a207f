"""The rate limit over REST: what the caller may still ask for; asking is free."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.budgets import Budget
from rest import negotiation
from rest.operations import READING, Operation
from rest.route import JSON


async def read(request: Request) -> Response:
    """GET /rate-limit."""
    negotiation.unquestioned(request)
    budget: Budget = request.scope["state"]["budget"]
    await budget.refund(budget.cost)
    level = {
        "limit": budget.limit,
        "cost": budget.cost,
        "remaining": budget.remaining,
        "resetSeconds": budget.reset_seconds,
    }
    return Response(msgspec.json.encode(level), 200, {"Cache-Control": "no-store"}, JSON)


OPERATIONS = (
    Operation(
        *("GET", "/rate-limit", read, "getRateLimit", "Rate limit", "Get the rate limit"),
        "How the bucket of your API key stands, or without one that of your address. It costs nothing, but an empty"
        " bucket refuses this too.",
        "The rate limit.",
        answer="RateLimit",
        headers=("Cache-Control",),
        refusals=READING,
    ),
)
