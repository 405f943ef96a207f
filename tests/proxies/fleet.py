"""The proxies that people put in front of a service, each compressing what it forwards."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

from tests.ports import free_port
from tests.proxies.processes import binary, listening
from tests.servers import PATIENCE, until

_CONFIGURATIONS = Path(__file__).parent / "configurations"


class Proxy(NamedTuple):
    """A proxy: its files in `configurations`, the arguments before the first of them, and the one for its version."""

    files: tuple[str, ...]
    arguments: tuple[str, ...]
    version: str


PROXIES = {
    "nginx": Proxy(("nginx.conf",), ("-c",), "-v"),
    "haproxy": Proxy(("haproxy.cfg",), ("-db", "-f"), "-v"),
    "caddy": Proxy(("Caddyfile",), ("run", "--adapter", "caddyfile", "--config"), "version"),
    "traefik": Proxy(("traefik.yaml", "traefik-routes.yaml"), ("--configFile",), "version"),
    "envoy": Proxy(("envoy.yaml",), ("--concurrency", "1", "--log-level", "warning", "-c"), "--version"),
}


@contextmanager
def running(name: str, folder: Path, upstream: int) -> Iterator[int]:
    """Run a proxy in front of a port; gives its own port. Skips or fails the test where the machine lacks it."""
    program, proxy, port = binary(name), PROXIES[name], free_port()
    for file in proxy.files:
        text = (_CONFIGURATIONS / file).read_text()
        for word, value in (("UPSTREAM", upstream), ("PORT", port), ("FOLDER", folder)):
            text = text.replace(word, str(value))
        (folder / file).write_text(text)
    with listening([program, *proxy.arguments, str(folder / proxy.files[0])], port, folder / f"{name}.log"):
        until(
            lambda: httpx2.get(f"http://127.0.0.1:{port}/livez", timeout=PATIENCE).status_code == 200
        )  # Traefik has no routes at first
        yield port


def version(name: str) -> str:
    """The version that a proxy tells."""
    told = subprocess.run([binary(name), PROXIES[name].version], capture_output=True, text=True, check=True)
    found = re.search(r"\d+\.\d+\.\d+", told.stdout + told.stderr)
    assert found, told
    return found[0]
