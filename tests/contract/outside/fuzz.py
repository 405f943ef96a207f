"""schemathesis over a server of its own: a fixed seed for the gate, or a random one for as long as it is told.

`python -m tests.contract.outside.fuzz SECONDS` is the random form (`make fuzz`).
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.contract.outside.conftest import ROOT
from tests.contract.outside.stocked import stock
from tests.databases import Databases
from tests.servers import Server

SCHEMATHESIS = ROOT / ".tools" / "python" / "bin" / "schemathesis"
TOOLS = ROOT / "tests" / "contract" / "tools"
HOOKS = {"v1": "rest_hooks.py", "v2": "rest_hooks.py", "graphql": "graphql_hooks.py"}
TARGETS = {"v1": "/v1/openapi.json", "v2": "/v2/openapi.json", "graphql": "/graphql"}
# It forbids to refuse what fits the schema; but a category that is named must exist, too.
LEFT_OUT = {"v1": "positive_data_acceptance", "v2": "positive_data_acceptance"}
# Its word for a GraphQL error of the server is any error with a path; `graphql_hooks.py` has ours.
LEFT_OUT["graphql"] = "positive_data_acceptance,not_a_server_error"


class Fuzzed(NamedTuple):
    """How a run ended, how many cases it made, and all that it said."""

    status: int
    cases: int
    said: str


def fuzz(name: str, folder: Path, *options: str) -> Fuzzed:
    """Run schemathesis against a fresh server that asks for keys, without a rate limit, with a key that may do all."""
    databases = Databases(folder)
    url, log = databases.create("sqlite"), folder / "log"
    key = stock(url, log, ["fuzz"])["fuzz"]
    with Server(url, log, TANDEM_AUTH="keys") as server:
        command = [
            SCHEMATHESIS,
            "--no-color",
            "--config-file",
            TOOLS / "schemathesis.toml",
            "run",
            f"http://127.0.0.1:{server.port}{TARGETS[name]}",
        ]
        command += ["-H", f"Authorization: Bearer {key}", "--checks", "all", "--exclude-checks", LEFT_OUT[name]]
        command += ["--continue-on-failure", "--generation-database", "none", *options]
        hooks = os.environ | {"SCHEMATHESIS_HOOKS": str(TOOLS / HOOKS[name])}
        ended = subprocess.run(command, cwd=folder, env=hooks, capture_output=True, text=True, check=False)
    counted = re.search(r"(\d+) generated", ended.stdout)
    return Fuzzed(ended.returncode, int(counted[1]) if counted else 0, ended.stdout + ended.stderr)


def main(seconds: int) -> int:
    """Fuzz each target for its part of the time; the worst status."""
    worst = 0
    for name in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            found = fuzz(name, Path(folder), "--max-time", str(seconds // len(TARGETS)), "--max-examples", "100000")
            sys.stdout.write(f"{found.said}\n{name}: {found.cases} cases, status {found.status}\n")
            worst = max(worst, found.status)
    return worst


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
