"""Error pages: what a code means and what to do about it, where a problem's `type` points (RFC 9457, 3.1.1)."""

import html
from base64 import b64encode
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.domain.errors import Code, NotFound

_CODES = {code.value: code for code in Code}
_STYLE = """
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif; }
body { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; background: Canvas; color: CanvasText; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .2em 0 .6em; text-wrap: balance; }
code { font-family: ui-monospace, monospace; }
p { margin: .6em 0; }
.status { opacity: .7; }
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{code}: {title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<p class="status">HTTP {status} · <code>{code}</code></p>
<h1>{title}</h1>
<p>{advice}</p>
</main>
</body>
</html>
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


async def error_page(request: Request) -> Response:
    """GET /errors/{code}: a page for browsers, the same as JSON for others. Raises `NotFound`."""
    code = _CODES.get(request.path_params["code"])
    if code is None:
        raise NotFound("error code")
    headers = {"Vary": "Accept", "Cache-Control": "public, max-age=3600"}
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_page(code), headers=headers | {"Content-Security-Policy": _POLICY})
    spec = code.spec
    return JSONResponse(
        {"code": code, "status": spec.status, "title": spec.title, "advice": spec.advice}, headers=headers
    )


def _page(code: Code) -> str:
    pieces = html.escape(code.spec.advice).split("`")
    marked = "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
    return _PAGE.format(
        code=code, status=code.spec.status, title=html.escape(code.spec.title), advice=marked, style=_STYLE
    )
