"""Proof: clients that generators make of the contract work, or the generator's fault is named. Writes docs/clients.md.

`make clients` makes them first.
"""

import json
import re
import sys

from tests import proofs
from tests.generators.build import HERE, ROOT
from tests.generators.clients import CLIENTS, STEPS
from tests.generators.journeys import journeys

_WORDS = {"filter": "list with fields and categories", "patch": "patch with If-Match", "remove": "delete"}


def main() -> int:
    """Send every client on its journey, and write the table; whether any step failed for good."""
    with proofs.databases() as (databases, folder):
        verdicts = journeys(databases.create("sqlite"), folder)
    versions = _versions()
    header = ("client", "generator", *(_WORDS.get(step, step) for step in STEPS), "good to know")
    rows = [
        (
            name,
            f"{client.package} {versions[client.package]}",
            *(_verdict(*verdicts[name][step]) for step in STEPS),
            " ".join(filter(None, (client.fault.told, client.note))),
        )
        for name, client in CLIENTS.items()
    ]
    proofs.write_table("clients", header, rows)
    return int(any(steps[step][-1] != "ok" for steps in verdicts.values() for step in STEPS))


def _versions() -> dict[str, str]:
    """The pinned version of each package."""
    pinned = (ROOT / "tests" / "contract" / "tools" / "requirements.txt").read_text()
    packages: dict[str, str] = json.loads((HERE / "package.json").read_text())["devDependencies"]
    return packages | dict(re.findall(r"^([a-z-]+)==(\S+)", pinned, re.MULTILINE))


def _verdict(plain: str, around: str = "") -> str:
    if plain == "ok":
        return "yes"
    return "with the workaround" if around == "ok" else f"no: {around or plain}"


if __name__ == "__main__":
    sys.exit(main())
