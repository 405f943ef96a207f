"""The catalogue of error codes: what the source raises is in it and back, and each has its page."""

import ast
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest

from app.domain.errors import Code
from tests.middleware.conftest import Served

ROOT = Path(__file__).parent.parent.parent
Serve = Callable[..., Served]
NOT_RAISED: set[str] = set()
"""Codes that nothing raises; it should stay empty."""


def raised() -> set[str]:
    """The names of the codes that the source uses outside their declaration."""
    used = set()
    for folder in ("app", "rest", "schema", "seed"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
                    used.add(node.attr)
    return used


def test_catalogue() -> None:
    """The source raises exactly the codes of the catalogue."""
    assert raised() == Code.__members__.keys() - NOT_RAISED


def test_policies() -> None:
    """Keys replay what a command decides on stored data; GraphQL reports faults that are not the user's as errors."""
    assert {code.spec.status for code in Code if code.spec.replayable} == {404, 409, 412}
    assert not {code for code in Code if code.spec.replayable and not code.spec.user_error}
    assert {code.spec.status for code in Code if not code.spec.user_error} == {401, 403, 500, 503}


@pytest.mark.parametrize("code", list(Code))
def test_page(served: Served, code: Code) -> None:
    """Browsers get a page that says what the code means, loads nothing, and is bound to that by its policy."""
    answer = served.client().get(f"/errors/{code}", accept="text/html,*/*;q=0.8")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert code in answer.text
    assert escape(code.spec.title) in answer.text
    assert str(code.spec.status) in answer.text
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
    status, title, advice, *_ = Code.RATE_LIMITED.spec
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
