"""The commands of deploy/backup.md, as they stand there: what is restored is what was backed up, on both engines."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.unit_of_work import Engine
from tests import processes
from tests.databases import Databases
from tests.deploy.tools import DEPLOY
from tests.proxies.processes import binary

pytestmark = pytest.mark.server
_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (DEPLOY / "backup.md").read_text(), re.DOTALL | re.MULTILINE)
_SCRIPTS = {"sqlite": _BLOCKS[:2], "postgresql": _BLOCKS[2:]}


@pytest.fixture
def place(databases: Databases, engine: Engine, tmp_path: Path) -> dict[str, str]:
    """The environment of a service in a folder of its own, with a product and its folders."""
    data, program = tmp_path / "data", tmp_path / "bin" / "tandem"
    for folder in (data / "files", tmp_path / "backup", program.parent):
        folder.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from app.cli import main; main()" "$@"\n')
    for name in ("systemctl", "chown"):  # there is no unit, and no user of its own
        (program.parent / name).write_text("#!/bin/sh\n")
    for one in program.parent.iterdir():
        one.chmod(0o755)
    url = f"sqlite:///{data}/tandem.db" if engine == "sqlite" else databases.create(engine)
    return os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(DEPLOY.parent),
        "TANDEM_DATABASE_URL": url,
        "TANDEM_FILES_URL": (data / "files").as_uri(),
    }


def _run(script: str, folder: Path, environment: dict[str, str]) -> None:
    (folder / "tandem.env").write_text(f"TANDEM_DATABASE_URL={environment['TANDEM_DATABASE_URL']}\n")
    script = script.replace("/etc/tandem.env", str(folder / "tandem.env"))
    script = script.replace("/var/lib/tandem", str(folder / "data")).replace("/backup/", f"{folder}/backup/")
    done = subprocess.run(["sh", "-euc", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_restore(place: dict[str, str], databases: Databases, engine: Engine, tmp_path: Path) -> None:
    """The catalogue comes back as it was; what came after the backup is gone."""
    if engine == "postgresql":
        binary("pg_dump")
    save, restore = _SCRIPTS[engine]
    _run("tandem migrate\n" + _imported("a"), tmp_path, place)
    _run(save, tmp_path, place)
    _run(_imported("b"), tmp_path, place)
    if engine == "postgresql":
        place = place | {"TANDEM_DATABASE_URL": databases.create(engine, empty=True)}
    _run(restore, tmp_path, place)
    exported = processes.run(place["TANDEM_DATABASE_URL"], "export", stdout=subprocess.PIPE).stdout.decode()
    assert re.findall(r'"sku": ?"(\w)"', exported) == ["a"]


def _imported(sku: str) -> str:
    return f"""printf '%s\\n' '{{"sku": "{sku}", "name": "A", "price": 1}}' | tandem import -\n"""
