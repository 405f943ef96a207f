"""A seeded catalogue that asks for keys, with a key that may do everything for each of some names."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.servers import files_beside

TANDEM = Path(sys.executable).parent / "tandem"
SCOPES = "catalog:read catalog:write orders:read orders:write files:write webhooks:write".split()


def stock(url: str, log: Path, names: Iterable[str]) -> dict[str, str]:
    """Seed a database, its images beside the log of the server to come; the secrets of the keys, by name."""
    environment = os.environ | {"TANDEM_DATABASE_URL": url, "TANDEM_FILES_URL": files_beside(log)}
    subprocess.run([TANDEM, "seed"], env=environment, check=True)
    return {name: _key(name, environment) for name in names}


def _key(name: str, environment: dict[str, str]) -> str:
    command = [TANDEM, "keys", "create", "--name", name, *(word for scope in SCOPES for word in ("--scope", scope))]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
