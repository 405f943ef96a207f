"""The catalogue of error codes: what the source raises is in it and back, and each has its page."""

import ast
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest

from app.domain.errors import MEANINGS, Code
from tests.middleware.conftest import Served

ROOT = Path(__file__).parent.parent.parent
Serve = Callable[..., Served]
NOT_RAISED: set[str] = set()
"""Codes that nothing raises; it should stay empty."""


def raised() -> set[str]:
    """The names of the codes that the source uses, apart from the catalogue itself."""
    used = set()
    for folder in ("app", "rest", "schema", "seed"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            kept = [node for node in tree.body if not _is_catalogue(node)]
            for node in (inner for outer in kept for inner in ast.walk(outer)):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
                    used.add(node.attr)
    return used


def _is_catalogue(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "MEANINGS"


def test_catalogue() -> None:
    """Every code has a meaning, and the source raises exactly the codes of the catalogue."""
    assert MEANINGS.keys() == set(Code)
    assert raised() == Code.__members__.keys() - NOT_RAISED


@pytest.mark.parametrize("code", list(Code))
def test_page(served: Served, code: Code) -> None:
    """Browsers get a page that says what the code means, loads nothing, and is bound to that by its policy."""
    answer = served.client().get(f"/errors/{code}", accept="text/html,*/*;q=0.8")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert code in answer.text
    assert escape(MEANINGS[code].title) in answer.text
    assert str(MEANINGS[code].status) in answer.text
    assert "`" not in answer.text
    assert re.findall(r"(?:src|href)=\"([^\"]*)", answer.text) == ["data:,"]
    style = re.search(r"<style>(.*)</style>", answer.text, re.DOTALL)
    assert style
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_for_others(served: Served) -> None:
    """Who is no browser gets the same as JSON; an unknown code is 404."""
    client = served.client()
    answer = client.get("/errors/rate_limited")
    status, title, advice = MEANINGS[Code.RATE_LIMITED]
    assert answer.json() == {"code": "rate_limited", "status": status, "title": title, "advice": advice}
    assert answer.headers["vary"] == "Accept"
    for path in ("/errors/nothing", "/errors/RATE_LIMITED", "/errors/"):
        assert client.get(path).json()["code"] == "not_found"
    assert client.request("POST", "/errors/conflict").status_code == 405


def test_problems_point_here(served: Served) -> None:
    """The `type` of a problem is the address of its page."""
    client = served.client()
    problem = client.get("/v2/products/1").json()
    assert client.get(problem["type"]).json()["title"] == problem["title"]
