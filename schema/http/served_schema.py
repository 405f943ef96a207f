"""The served schema: `/graphql/schema.graphql`."""

from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from schema.root import sdl


@cache
def _text() -> bytes:
    return sdl().encode()


async def published_schema(_request: Request) -> Response:
    """The schema in its own language."""
    return Response(_text(), media_type="application/graphql; charset=utf-8", headers={"Cache-Control": "no-cache"})
