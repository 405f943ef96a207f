"""A breaking change of a contract fails against the last released one, and an addition does not.

`openapi/released/` and `graphql/released/` hold what was released last; a release copies the contracts there.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rest.openapi.contract import documents
from schema.root import sdl
from tests.contract.outside.conftest import ROOT, Tool

Change = Callable[[Any], object]
RELEASED = ROOT / "openapi" / "released"
SDL = ROOT / "graphql" / "released" / "schema.graphql"
ALLOWED = (
    "`If-Match` header parameter was removed.",
    "`anyOf` of `ProductView` was removed.",
    "`anyOf` of `CategoryView` was removed.",
    "`anyOf` of `OrderView` was removed.",
    "`ExportLines`",
    "`pattern` of `sku` changed",
    "`pattern` changed from '^[A-Za-z0-9_-]+$' to '^[A-Za-z0-9_-]*$'.",
)
"""Changes that the tool calls breaking and that break no client; openapi/CHANGELOG.md has the reason for each."""
_STRING = {"type": "string"}


def _schemas(document: Any) -> Any:
    return document["components"]["schemas"]


def _remove_field(document: Any) -> None:
    del _schemas(document)["Order"]["properties"]["reference"]
    _schemas(document)["Order"]["required"].remove("reference")


REST_BREAKS: dict[str, Change] = {
    "a field removed": _remove_field,
    "a type narrowed": lambda d: _schemas(d)["ProductInput"]["properties"]["stock"].update(type="integer"),
    "a required parameter": lambda d: d["paths"]["/products"]["get"]["parameters"].append(
        {"name": "tenant", "in": "query", "required": True, "schema": _STRING}
    ),
    "an enum value removed": lambda d: d["components"]["parameters"]["ProductSort"]["schema"]["enum"].remove("price"),
    "an operation removed": lambda d: d["paths"]["/products/{id}"].pop("delete"),
}
REST_ADDITIONS: dict[str, Change] = {
    "a member": lambda d: _schemas(d)["Product"]["properties"].update(colour=_STRING),
    "an optional member of a body": lambda d: _schemas(d)["ProductInput"]["properties"].update(colour=_STRING),
    "an optional parameter": lambda d: d["paths"]["/products"]["get"]["parameters"].append(
        {"name": "colour", "in": "query", "schema": _STRING}
    ),
    "an operation": lambda d: d["paths"].update(
        {"/colours": {"get": d["paths"]["/rate-limit"]["get"] | {"operationId": "getColours"}}}
    ),
    "a sort": lambda d: d["components"]["parameters"]["ProductSort"]["schema"]["enum"].append("sku"),
}
GRAPHQL_BREAKS = {
    "a field removed": ('  """The seller\'s own, unique number."""\n  sku: String\n', ""),
    "a type narrowed": ("  reference: String\n}\n\n", "  reference: Int\n}\n\n"),
    "a required argument": ("  product(\n", "  product(\n    tenant: String!\n"),
    "an enum value removed": ('  """It was called off, and its stock put back."""\n  CANCELLED\n', ""),
    "an operation removed": ("  rateLimit: RateLimit!\n", "  left: RateLimit!\n"),
}
GRAPHQL_ADDITIONS = {
    "a field": ("  sku: String\n", "  sku: String\n  colour: String\n"),
    "an optional argument": ("  product(\n", "  product(\n    colour: String\n"),
    "an optional input field": ("input ProductFilter {", "input ProductFilter {\n  colour: String"),
    "an operation": ("  rateLimit: RateLimit!\n", "  rateLimit: RateLimit!\n  colours: [String!]!\n"),
    "a type": ("type RateLimit {", "type Colour {\n  name: String!\n}\n\ntype RateLimit {"),
}


def _changed(change: Change, folder: Path) -> Path:
    document = yaml.load((RELEASED / "v2.yaml").read_text(), yaml.CSafeLoader)
    change(document)
    path = folder / "v2.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def _changed_sdl(change: tuple[str, str], folder: Path) -> Path:
    released = SDL.read_text()
    assert change[0] in released
    path = folder / "schema.graphql"
    path.write_text(released.replace(*change, 1))
    return path


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_rest_is_kept(node: Tool, version: str, tmp_path: Path) -> None:
    """What the code makes breaks nothing of the released REST contract."""
    now = tmp_path / f"{version}.yaml"
    now.write_text(documents()[f"openapi/{version}.yaml"])
    breaks = _breaks(node("redocly", "diff", RELEASED / now.name, now).stdout)
    assert [one for one in breaks if not any(allowed in one for allowed in ALLOWED)] == []
    assert breaks


def _breaks(told: str) -> list[str]:
    """What the comparison calls major: each change with the line that explains it."""
    lines = told.splitlines()
    return [f"{line} {lines[place + 1].strip()}" for place, line in enumerate(lines) if line.startswith("  ✖ major")]


def test_graphql_is_kept(node: Tool, tmp_path: Path) -> None:
    """What the code makes breaks nothing of the released GraphQL contract."""
    now = tmp_path / "schema.graphql"
    now.write_text(sdl())
    said = node("graphql-inspector", "diff", SDL, now)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("name", REST_BREAKS)
def test_rest_breaks(node: Tool, name: str, tmp_path: Path) -> None:
    """A planted breaking change of REST is refused."""
    said = node("redocly", "diff", RELEASED / "v2.yaml", _changed(REST_BREAKS[name], tmp_path))
    assert said.returncode != 0
    assert " major" in said.stdout


@pytest.mark.parametrize("name", REST_ADDITIONS)
def test_rest_additions(node: Tool, name: str, tmp_path: Path) -> None:
    """An addition to REST passes."""
    said = node("redocly", "diff", RELEASED / "v2.yaml", _changed(REST_ADDITIONS[name], tmp_path))
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("name", GRAPHQL_BREAKS)
def test_graphql_breaks(node: Tool, name: str, tmp_path: Path) -> None:
    """A planted breaking change of GraphQL is refused."""
    said = node("graphql-inspector", "diff", SDL, _changed_sdl(GRAPHQL_BREAKS[name], tmp_path))
    assert said.returncode != 0
    assert "breaking" in said.stdout + said.stderr


@pytest.mark.parametrize("name", GRAPHQL_ADDITIONS)
def test_graphql_additions(node: Tool, name: str, tmp_path: Path) -> None:
    """An addition to GraphQL passes."""
    said = node("graphql-inspector", "diff", SDL, _changed_sdl(GRAPHQL_ADDITIONS[name], tmp_path))
    assert said.returncode == 0, said.stdout
