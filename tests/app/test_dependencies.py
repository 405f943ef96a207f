"""The packages that the code imports are those that it declares."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OURS = {"app", "rest", "schema", "seed"}
WITHOUT_IMPORT = {"uvloop"}
"""Packages that uvicorn uses where they are installed."""


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=;~! ]", requirement)[0].replace("_", "-").lower()


def _imported() -> list[set[str]]:
    """For each imported module the distributions that it may come from: several have one namespace."""
    modules = set[str]()
    for path in (path for folder in OURS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    distributions = packages_distributions()
    others = modules - OURS - sys.stdlib_module_names
    return [set(map(_name, distributions[module])) for module in others]


def test_imports_are_declared() -> None:
    """Each imported package is a dependency or belongs to an extra, and each dependency is imported."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = set(map(_name, project["dependencies"]))
    optional = {_name(one) for extra in project["optional-dependencies"].values() for one in extra}
    imported = _imported()
    assert [names for names in imported if not names & (required | optional)] == []
    assert required - set().union(*imported) == WITHOUT_IMPORT
