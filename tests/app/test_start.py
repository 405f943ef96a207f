"""What a start costs: the modules that the server does not load, and the collector that runs again afterwards."""

import subprocess
import sys

_RARE = ("alembic", "mako", "redis", "opentelemetry.sdk")


def test_rare_packages_are_not_loaded() -> None:
    """A service without Redis and traces does not import their clients, and none imports Alembic."""
    code = f"import sys, app.main; app.main.served(); print(sorted(set({_RARE!r}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_collector_runs_again() -> None:
    """`tandem serve` starts without the garbage collector; the application that it serves has one."""
    code = "import gc, app.main; gc.disable(); app.main.served(); print(gc.isenabled(), gc.get_freeze_count() > 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True True"
