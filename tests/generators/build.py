"""Makes the clients in `build/clients`, and compiles them with their journeys (`make clients`)."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.generators.clients import CLIENTS

ROOT = Path(__file__).parent.parent.parent
HERE, BUILT = ROOT / "tests" / "generators", ROOT / "build" / "clients"
_NODE, _PYTHON = ROOT / ".tools" / "clients" / "node_modules", ROOT / ".tools" / "python" / "bin"
_ENVIRONMENT = os.environ | {"PATH": f"{_NODE / '.bin'}:{_PYTHON}:{os.environ['PATH']}"}
_BUNDLE = "esbuild --bundle --packages=external --platform=node --outdir=js --log-level=warning"


def run(command: str) -> str:
    """What a command among the clients prints; raises with what it told if it fails."""
    words = shlex.split(command)
    ended = subprocess.run(words, cwd=BUILT, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{command}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def _at_once(commands: Iterable[str]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, commands))


def build() -> None:
    """Make and compile all of them."""
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.mkdir(parents=True)
    (BUILT / "node_modules").symlink_to(_NODE)
    (BUILT / "zodios").mkdir()  # openapi-zod-client makes no folder
    inputs = [*HERE.glob("typescript/*"), *HERE.glob("*.mjs"), *HERE.glob("*.json")]
    for file in (*inputs, ROOT / "openapi" / "v2.yaml", ROOT / "openapi" / "sdks" / "openapi-python-client.yaml"):
        shutil.copy(file, BUILT)
    for client in CLIENTS.values():
        if client.folder:
            shutil.copytree(HERE / "python", BUILT / client.folder)
    _at_once(client.command for client in CLIENTS.values() if client.command)
    journeys = " ".join(client.journey for client in CLIENTS.values() if not client.folder)
    _at_once(["tsc", f"{_BUNDLE} {journeys}"])


def travel(name: str, place: str) -> str:
    """What a client's journey tells of a place: the address, the API key and the ids, separated by spaces."""
    client = CLIENTS[name]
    if client.folder:
        return run(f"{_PYTHON / 'python'} {client.folder}/{client.journey} {place}")
    return run(f"node js/{Path(client.journey).stem}.js {place}")


if __name__ == "__main__":
    sys.exit(build())
