"""Proof: 2 GiB go up and down in flat memory, on disk and in S3; stalled readers hold little; kill -9 leaves no half.

`python -m tests.prove.files [MIB [UPLOADS]]`
"""

import asyncio
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from tests import proofs, transfers
from tests.databases import Databases
from tests.s3_server import BUCKET, S3Server
from tests.servers import Server
from tests.torture import uploads
from tests.torture.nursery import Nursery
from tests.transfers import MIB, Memory, Stalled

_STALLED, _MOST_STALLED = 50, 32
_MOST = {"disk": 8, "S3": 48}
_WARM = 64


def transfer(databases: Databases, folder: Path, kind: str, mib: int, **settings: str) -> tuple[object, ...]:
    """A file up and down a server, and its readers stalled: MiB that memory grew by, and MiB a second."""
    settings["TANDEM_MAX_UPLOAD_BYTES"] = str(mib * MIB)
    with Server(databases.create("sqlite"), folder / f"log-{kind}", code=transfers.PATIENT, **settings) as server:
        transfers.download(server, transfers.upload(server, min(mib, _WARM)))
        memory = Memory(server)
        sent = transfers.upload(server, mib)
        up = memory.grown()
        down = transfers.download(server, sent)
        grown, memory = memory.grown(), Memory(server)
        stalled = Stalled(server, sent.url, _STALLED)
        held = memory.grown()
        stalled.close()
    grown_mib, held_mib = grown / MIB, held / MIB
    holds = grown_mib <= _MOST[kind] and held_mib <= _MOST_STALLED
    speeds = (f"{mib / sent.seconds:.0f}", f"{mib / down:.0f}")
    return kind, mib, f"{up / MIB:.1f}", f"{grown_mib:.1f}", _MOST[kind], f"{held_mib:.1f}", *speeds, holds


def prove(databases: Databases, folder: Path, mib: int, count: int) -> bool:
    """Measure all of it, print the tables, and say whether it holds."""
    rows = [transfer(databases, folder, "disk", mib, TANDEM_FILES_URL=(folder / "files").as_uri())]
    with S3Server() as s3:
        rows.append(transfer(databases, folder, "S3", mib, TANDEM_FILES_URL=f"s3://{BUCKET}/files", **s3.environment))
    header = ("store", "MiB", "growth: up", "up and down", "at most", "50 stalled readers", "MiB/s up", "MiB/s down")
    proofs.table("Memory for a large file, in MiB", header, [row[:-1] for row in rows])
    return all(bool(row[-1]) for row in rows) and killed(databases, folder, count)


def killed(databases: Databases, folder: Path, count: int) -> bool:
    """Kill the server among uploads, on both engines."""
    seed, told, good = secrets.randbelow(2**32), [], True
    with ExitStack() as at_end:
        nursery = Nursery(folder)
        at_end.callback(nursery.close)
        for engine in ("sqlite", "postgresql"):
            url = databases.create(engine)
            found = asyncio.run(uploads.run(url, nursery, folder / f"kept-{engine}", count, seed))
            databases.drop(url)
            told.append((engine, *found))
            good = good and not found.faults()
    proofs.table(f"kill -9 among uploads (seed {seed})", ("engine", *uploads.Found._fields), told)
    return good


def main(mib: int = 2048, count: int = 200) -> None:
    """Prove it."""
    with proofs.databases() as (made, folder):
        if not prove(made, folder, mib, count):
            click.echo("It does not hold.", err=True)
            sys.exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
