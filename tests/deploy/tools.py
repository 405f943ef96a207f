"""Programs that judge the files of deploy/."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
_PLACES = os.pathsep.join(str(ROOT / ".tools" / name / "bin") for name in ("deploy", "proxies"))


def run(name: str, *arguments: object, **environment: str) -> str:
    """Run a program that must succeed; its output. Skips or fails the test where the machine has none."""
    found = shutil.which(name, path=_PLACES) or shutil.which(name)
    if found is None:
        if "deploy" in os.environ.get("TANDEM_TEST_REQUIRE", ""):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    command = [found, *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
