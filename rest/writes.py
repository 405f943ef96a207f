"""Writes: a command run once for its key, and the answer that a first request and a replay both get."""

from starlette.requests import Request
from starlette.responses import Response

from app.domain.idempotency import Command, Once, Outcome
from rest.conditional import Tagged


async def run(once: Once, request: Request, command: Command) -> Outcome:
    """Run a command for the request's caller and key, which the operation has read."""
    state = request.scope["state"]
    return await once.run(state["caller"], state["key"], command)


def done(request: Request, outcome: Outcome, tag: str, body: bytes, *, created: bool = False) -> Response:
    """The answer that shows the thing: 201 with its address where it was made, else 200."""
    location = f"{request.scope['path']}/{outcome.snapshot['id']}" if created else None
    return marked(Tagged(201 if created else 200, tag, body, location=location), outcome)


def gone(outcome: Outcome) -> Response:
    """The answer to a deletion."""
    return marked(Response(status_code=204), outcome)


def marked(response: Response, outcome: Outcome) -> Response:
    """An answer that says whether it is a replay."""
    if outcome.replayed:
        response.raw_headers.append((b"idempotent-replayed", b"true"))
    return response
