"""The site: which pages and files there are, where they come from, and what a browser may do on them."""

from functools import cache
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import Response

from app.domain import etags
from app.domain.errors import NotFound
from app.pages import examples
from app.pages.static_files import SUFFIXES, File

_log = structlog.get_logger("tandem")
_FOLDER = Path(__file__).parent
_LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_OWN_POLICY = f"{_POLICY}; style-src 'self'; img-src 'self'; require-trusted-types-for 'script'"
_BUILT_POLICY = (
    f"{_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
    " worker-src 'self' blob:"
)
"""What the editors on the pages need: inline styles, and workers."""


class Site:
    """Pages by name, and the files that they load by the path below `/assets/`.

    Pages written by hand are in `own`, with their files in `own/assets`; the addresses of these files hold a digest
    of all of them, and pages name them as `assets/own/…`. Pages that the front-end's build makes are in `built`, as
    they are served; each replaces the plain page of the same name. All links of pages are relative, so they work
    below any path.
    """

    def __init__(self, own: Path, built: Path) -> None:
        found = examples.load_examples()
        bodies = {path.relative_to(own / "assets").as_posix(): path.read_bytes() for path in _files(own / "assets")}
        bodies["operations.json"] = examples.as_json(found)
        prefix = etags.digest(b"\0".join(name.encode() + b"\0" + body for name, body in sorted(bodies.items())))
        fills = {"assets/own/": f"assets/{prefix}/", "<!-- examples -->": examples.as_links(found)}
        self.assets = {f"{prefix}/{name}": File(Path(name).suffix, body, _LASTING, {}) for name, body in bodies.items()}
        self.assets |= {
            path.relative_to(built / "assets").as_posix(): File.read(path, _LASTING)
            for path in _files(built / "assets")
        }
        self.pages = {path.stem: _own(path, fills) for path in own.glob("*.html")}
        self.built = {path.stem: File.read(path, _page_headers(path, _BUILT_POLICY)) for path in built.glob("*.html")}
        self.pages |= self.built

    async def asset(self, request: Request) -> Response:
        """GET /assets/{name}. Raises `NotFound` for what was not there at startup."""
        file = self.assets.get(request.path_params["name"])
        if file is None:
            raise NotFound("file")
        return await file(request)


@cache
def site() -> Site:
    """The site of this process."""
    made = Site(_FOLDER / "own", _FOLDER / "built")
    missing = sorted({"docs", "graphql"} - made.built.keys())
    if missing:
        _log.warning("front end not built", plain_pages=missing)
    return made


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in SUFFIXES]


def _own(path: Path, fills: dict[str, str]) -> File:
    text = path.read_text(encoding="utf-8")
    for mark, value in fills.items():
        text = text.replace(mark, value)
    return File(path.suffix, text.encode(), _page_headers(path, _OWN_POLICY), {})


def _page_headers(path: Path, policy: str) -> dict[str, str]:
    vary = "Accept, Accept-Encoding" if path.stem == "graphql" else "Accept-Encoding"  # others get an answer there
    return {"Cache-Control": "no-cache", "Content-Security-Policy": policy, "Vary": vary}
