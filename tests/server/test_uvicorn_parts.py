"""The private parts of uvicorn that the server builds on: a release that lacks one of them fails here, by name."""

import ast
import inspect
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.server.connection import Connection
from app.server.protocol import Protocol
from app.server.response_cycle import Cycle

NAMES = "HEADER_RE HEADER_VALUE_RE STATUS_LINE HttpToolsProtocol RequestResponseCycle".split()
PROTOCOL = (
    "app app_state client connection_lost connection_made cycle expect_100_continue flow headers loop on_body"
    " on_response_complete parser pipeline root_path scheme server server_state tasks timeout_keep_alive"
    " timeout_keep_alive_handler timeout_keep_alive_task transport url"
    " _unset_keepalive_if_required pause_writing resume_writing"
    " _start_asgi_task data_received on_header on_headers_complete on_message_begin on_message_complete"
    " send_400_response shutdown"
).split()
"""What `Connection` and `Protocol` use or override of their base class."""
CYCLE = (
    "access_log body chunked_encoding default_headers disconnected expected_content_length flow keep_alive logger"
    " message_event more_body"
    " on_response receive response_complete response_started run_asgi scope send transport waiting_for_100_continue"
).split()
"""What `Cycle` uses or overrides of its base class."""


@cache
def _members(cls: type) -> set[str]:
    """The attributes of a class, and those that its methods set on an instance."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(cls)))  # type: ignore[arg-type] # it has a module
    (node,) = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == cls.__name__)
    found = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and _is_self(one)}
    return found | set(vars(cls))


def _is_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


for _cls in (HttpToolsProtocol, RequestResponseCycle):
    _members(_cls)  # before any test leaves garbage: CPython 3.11 fails to parse while a finalizer raises


@pytest.mark.parametrize("name", NAMES)
def test_module(name: str) -> None:
    """The module has each name that is imported from it."""
    assert hasattr(httptools_impl, name)


@pytest.mark.parametrize("name", PROTOCOL)
def test_protocol(name: str) -> None:
    """uvicorn's protocol has each part."""
    assert name in _members(HttpToolsProtocol)


@pytest.mark.parametrize("name", CYCLE)
def test_cycle(name: str) -> None:
    """uvicorn's request and response cycle has each part."""
    assert name in _members(RequestResponseCycle)


@pytest.mark.parametrize(
    ("ours", "base", "named"),
    [
        (Connection, HttpToolsProtocol, PROTOCOL),
        (Protocol, HttpToolsProtocol, PROTOCOL),
        (Cycle, RequestResponseCycle, CYCLE),
    ],
)
def test_all_are_named(ours: type, base: type, named: list[str]) -> None:
    """Each part that our class shares with its base is one of those above."""
    shared = {name for name in _members(ours) & _members(base) if not name.startswith("__")}
    assert shared <= set(named)


def test_pinned() -> None:
    """Another minor release of uvicorn may change them, so none is accepted unseen."""
    text = (Path(__file__).parent.parent.parent / "pyproject.toml").read_text()
    major, minor, *_ = version("uvicorn").split(".")
    assert f'"uvicorn>={major}.{minor},<{major}.{int(minor) + 1}"' in text
