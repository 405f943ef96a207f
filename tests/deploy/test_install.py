"""deploy/install, which makes the image's environment: it serves, and its bytecode is compiled."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.tools import DEPLOY

pytestmark = pytest.mark.skipif("TANDEM_TEST_OUTSIDE" not in os.environ, reason="`make deploy` runs it")

MOST_BYTES = 130_000_000


def test_install(tmp_path: Path) -> None:
    """The command of the image runs, from any folder, and each module of ours and of others has its bytecode.

    What the image holds besides Python takes at most 130 MB: the rest of its 200 is for Python and Debian.
    """
    target = tmp_path / "tandem"
    environment = os.environ | {"npm_config_registry": "http://127.0.0.1:1"}  # `make wheel` builds the pages
    subprocess.run([DEPLOY / "install", target], env=environment, check=True, capture_output=True)
    subprocess.run([DEPLOY / "slim", target], check=True, capture_output=True)
    program = tmp_path / "tandem" / "bin" / "tandem"
    told = subprocess.run([program, "doctor"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (1, "")
    assert "run `tandem migrate`" in told.stdout
    for command in ("migrate", "doctor"):
        subprocess.run([program, command], cwd=tmp_path, check=True, capture_output=True)
    assert not (target / "bin" / "python").resolve().is_relative_to(Path.home())  # the service's user has to run it
    (packages,) = (tmp_path / "tandem" / "lib").glob("python*/site-packages")
    for path in (path for package in ("app", "rest", "schema") for path in (DEPLOY.parent / package).rglob("*.py")):
        if "node_modules" not in path.parts:  # the code of this checkout, not of an earlier build
            assert (packages / path.relative_to(DEPLOY.parent)).read_bytes() == path.read_bytes(), path
    for name in ("app/main.py", "schema/http/served_schema.py", "fastapi/applications.py"):
        source = packages / name
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")), name
    assert sum(path.lstat().st_size for path in target.rglob("*") if path.is_file()) < MOST_BYTES
