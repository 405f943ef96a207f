"""Proof: of 20,000 mixed requests through each proxy, no answer is wrong. Writes the table of docs/proxies.md.

`python -m tests.prove.proxies [REQUESTS]`; `make proxies` brings the proxies.
"""

import asyncio
import sys
from pathlib import Path

from tests import proofs
from tests.databases import Databases
from tests.proxies import fleet, mixed
from tests.servers import Server


def proxied(databases: Databases, folder: Path, name: str, requests: int) -> mixed.Told:
    """What came of the requests through one proxy, to a server of its own."""
    folder.mkdir()
    with (
        Server(databases.create("sqlite"), folder / "log", TANDEM_AUTH="open") as server,
        fleet.running(name, folder, server.port) as port,
    ):
        return asyncio.run(mixed.visit(port, requests))


def main(requests: int = 20_000) -> int:
    """Send them, and write the table; whether any answer was wrong."""
    with proofs.databases() as (databases, folder):
        told = {name: proxied(databases, folder / name, name, requests) for name in fleet.PROXIES}
    kinds = sorted({kind for of in told.values() for kind in of.kinds})
    rows = [
        (
            f"{name} {fleet.version(name)}",
            *(f"{of.kinds[kind]:,}" for kind in kinds),
            f"{of.kinds.total():,}",
            len(of.wrong),
            ", ".join(_tags(of)),
        )
        for name, of in told.items()
    ]
    header = ("proxy", *kinds, "requests", "wrong answers", "tags by the encoding of the answer")
    proofs.write_table("proxies", header, rows)
    wrong = [f"{name}: {one}\n" for name, of in told.items() for one in of.wrong]
    sys.stderr.writelines(wrong[:20])
    return 1 if wrong else 0


def _tags(told: mixed.Told) -> list[str]:
    return [f"{encoding} {shape if shape == 'none' else f'`{shape}`'}" for encoding, shape in sorted(told.tags.items())]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
