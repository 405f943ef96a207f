"""Mounted applications, found by the first segment of the path: trying one pattern after the other costs more."""

from collections.abc import Awaitable, Iterable

from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send


class Mounted:
    """Hands what is below a mount to its application, as Starlette's router would, and all else to `app`."""

    def __init__(self, mounts: Iterable[Mount], app: ASGIApp) -> None:
        self._apps = {mount.path: mount.app for mount in mounts}
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve a request; a root path of the server's own is Starlette's to take off."""
        prefix, app = "", None
        if scope["type"] == "http" and not scope.get("root_path"):
            path = scope["path"]
            prefix = path[: max(0, path.find("/", 1))]
            app = self._apps.get(prefix)
        if app is None:
            return self.app(scope, receive, send)
        scope["app_root_path"], scope["root_path"] = "", prefix
        return app(scope, receive, send)
