"""The garbage collector and a server: what lives as long as the process is not looked through again and again."""

import os
import subprocess
import sys
from pathlib import Path

from tests.databases import Databases

_COUNT = "import gc; from app.main import served; app = served(); print(gc.get_freeze_count(), len(gc.get_objects()))"


def test_what_stays_is_left_alone(databases: Databases, tmp_path: Path) -> None:
    """Nearly all that a server has made by the time it serves stops no request later."""
    environment = os.environ | {
        "TANDEM_DATABASE_URL": databases.create("sqlite"),
        "TANDEM_FILES_URL": tmp_path.as_uri(),
    }
    command = [sys.executable, "-c", _COUNT]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    left_alone, looked_through = map(int, told.split())
    assert left_alone > 100 * looked_through
