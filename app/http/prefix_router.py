"""Routing to mounted applications by the first segment of the path, which is faster than matching each pattern."""

from collections.abc import Awaitable, Iterable

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class PrefixRouter:
    """Passes requests below a mount to its application, as Starlette's router does, and all others to `app`."""

    def __init__(self, mounts: Iterable[Mount], app: ASGIApp) -> None:
        self._apps = {mount.path: mount.app for mount in mounts}
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request. With a root path set by the server, Starlette's router matches the mounts."""
        prefix, app = "", None
        if scope["type"] == "http" and not scope.get("root_path"):
            path = scope["path"]
            end = path.find("/", 1)
            prefix = path if end < 0 else path[:end]
            app = self._apps.get(prefix)
        if app is None:
            return self.app(scope, receive, send)
        scope["app_root_path"], scope["root_path"] = "", prefix
        return app(scope, receive, send)
