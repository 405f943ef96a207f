"""Redirects from paths with a trailing slash."""

from starlette.requests import Request
from starlette.responses import Response

from app.http.public_paths import quoted


async def without_slash(request: Request) -> Response:
    """308 to the same URL without the trailing slash; the client repeats method, query and body."""
    query = request.scope["query_string"].decode("latin-1")
    target = quoted(request.scope["path"][:-1])
    return Response(status_code=308, headers={"Location": f"{target}?{query}" if query else target})
