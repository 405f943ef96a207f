"""The wheel: built where no Node is on PATH it holds and serves all pages; where npm's registry is away, plain ones."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.servers import until

ROOT = Path(__file__).parent.parent.parent
UV = shutil.which("uv") or str(ROOT / ".tools/uv/bin/uv")
PLAIN = "not built on this machine"
Serve = Callable[[Path], str]

pytestmark = pytest.mark.skipif("TANDEM_TEST_OUTSIDE" not in os.environ, reason="`make wheel` runs these")


def _uv(*arguments: object, **environment: str) -> str:
    command = [UV, *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a checkout has, and nothing that was built in it."""
    folder = tmp_path_factory.mktemp("sources")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    return folder


@pytest.fixture(scope="module")
def path_without_node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with all that this one finds, but Node and what comes with it."""
    folder = tmp_path_factory.mktemp("bin")
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(place).glob("*"):
            link = folder / program.name
            link.unlink(missing_ok=True)
            if program.name not in {"node", "nodejs", "npm", "npx", "corepack"}:
                link.symlink_to(program)
    assert shutil.which("node", path=str(folder)) is None
    return str(folder)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but what the wheel needs; the Python of it."""
    folder = tmp_path_factory.mktemp("installed")
    _uv("venv", "--python", sys.executable, folder)
    locked = folder / "locked.txt"
    _uv("export", "--frozen", "--no-dev", "--no-emit-project", "--quiet", "--output-file", locked, "--project", ROOT)
    _uv("pip", "install", "--python", folder / "bin/python", "--requirement", locked)
    return folder / "bin/python"


@pytest.fixture
def serve(installed: Path, tmp_path: Path) -> Iterator[Serve]:
    """Installs a wheel and serves from it, in a folder of its own; the address."""
    servers = []

    def start(wheel: Path) -> str:
        _uv("pip", "install", "--python", installed, "--reinstall-package", "tandem", "--no-deps", wheel)
        tandem, port = installed.with_name("tandem"), free_port()
        settings = {"TANDEM_DATABASE_URL": f"sqlite:///{tmp_path}/tandem.db"}
        subprocess.run([tandem, "migrate"], cwd=tmp_path, env=os.environ | settings, check=True)
        with (tmp_path / "log").open("wb") as log:
            server = subprocess.Popen(
                [tandem, "serve", "--port", str(port)], cwd=tmp_path, env=os.environ | settings, stderr=log
            )
        servers.append(server)
        until(lambda: _is_up(port) or server.poll() is not None)
        assert server.poll() is None, (tmp_path / "log").read_text()
        return f"http://127.0.0.1:{port}"

    yield start
    for server in servers:
        server.terminate()
        server.wait()


def _is_up(port: int) -> bool:
    try:
        return bool(_get(f"http://127.0.0.1:{port}/livez"))
    except OSError:
        return False


def _get(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "text/html,*/*"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
        body: bytes = answer.read()
    return body.decode("utf-8", errors="replace")


def _files(page: str) -> list[str]:
    return [f"/{path}" for path in re.findall(r'(?:src|href)="(?:\./|/)?(assets/[^"]+)"', page)]


def test_all_pages(sources: Path, path_without_node: str, serve: Serve, tmp_path: Path) -> None:
    """A wheel that is built with no Node on PATH holds all pages, and serves each with the files that it names."""
    told = _uv("build", "--wheel", "--out-dir", tmp_path, "--python", sys.executable, sources, PATH=path_without_node)
    (wheel,) = tmp_path.glob("*.whl")
    assert "plain ones take their place" not in told
    address = serve(wheel)
    for path in ("/", "/shop", "/graphql", "/docs", "/imports"):
        page = _get(address + path)
        assert PLAIN not in page
        assert _files(page)
        for file in _files(page):
            assert _get(address + file)
    assert "front end not built" not in (tmp_path / "log").read_text()


def test_registry_away(sources: Path, path_without_node: str, serve: Serve, tmp_path: Path) -> None:
    """With npm's registry out of reach the wheel is built all the same: plain pages serve, and the log says why."""
    for folder in ("app/pages/built", "graphql/playground/node_modules"):
        shutil.rmtree(sources / folder, ignore_errors=True)
    away = {
        "PATH": path_without_node,
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_cache": str(tmp_path / "npm"),
    }
    told = _uv("build", "--wheel", "--out-dir", tmp_path, "--python", sys.executable, sources, **away)
    assert "plain ones take their place" in told
    (wheel,) = tmp_path.glob("*.whl")
    address = serve(wheel)
    page = _get(f"{address}/graphql")
    assert PLAIN in page
    assert "Execute query" in page
    assert PLAIN in _get(f"{address}/docs")
    for file in _files(page):
        assert _get(address + file)
    query = f"{address}/graphql?query=%7Bproducts%7BtotalCount%7D%7D"
    assert '"totalCount":0' in _get(query)
    assert "front end not built" in (tmp_path / "log").read_text()
