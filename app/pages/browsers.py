"""Which requests to `/graphql` are a browser's for the playground, and how they get there."""

from starlette.types import ASGIApp, Receive, Scope, Send


def asks_for_page(scope: Scope) -> bool:
    """Whether a browser asks for the page: a GET that accepts HTML and has no query to run."""
    if scope["method"] not in {"GET", "HEAD"} or b"query=" in scope["query_string"]:
        return False
    return b"text/html" in b",".join(value for name, value in scope["headers"] if name == b"accept")


class ForBrowsers:
    """The page for browsers, `app` for all others."""

    def __init__(self, page: ASGIApp, app: ASGIApp) -> None:
        self.page, self.app = page, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        await (self.page if asks_for_page(scope) else self.app)(scope, receive, send)
