"""Streaming replicas of a PostgreSQL server of the tests' own."""

import asyncio
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from shutil import chown, rmtree

import asyncpg

from tests.databases import Cluster, execute
from tests.ports import free_port
from tests.servers import PATIENCE


class Standby(Cluster):
    """A replica, which streams from its primary."""

    def delay(self, milliseconds: int) -> None:
        """Apply commits so much later than the primary made them."""
        execute(self.url, f"ALTER SYSTEM SET recovery_min_apply_delay = {milliseconds}", "SELECT pg_reload_conf()")

    def pause(self) -> None:
        """Apply nothing more."""
        execute(self.url, "SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Apply what has come meanwhile."""
        execute(self.url, "SELECT pg_wal_replay_resume()")


def standby(at_end: ExitStack, primary: Cluster) -> Standby:
    """A replica of a server, started, until the end."""
    made = Standby(primary.binary, Path(tempfile.mkdtemp(prefix="tandem-standby-")), free_port())
    at_end.callback(rmtree, made.folder, ignore_errors=True)
    if made.owner:
        chown(made.folder, made.owner)
    copy = str(Path(made.binary).with_name("pg_basebackup"))
    source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres"]
    options = ["-D", str(made.folder / "data"), "-R", "--no-sync", "-c", "fast"]
    subprocess.run([copy, *source, *options], user=made.owner, cwd=made.folder, check=True, capture_output=True)
    at_end.callback(made.control, "stop", "-m", "immediate")
    made.start()
    return made


async def caught_up(primary: str, replica: str) -> None:
    """Wait until a replica has applied all that its primary has written."""
    one, other = await asyncpg.connect(primary), await asyncpg.connect(replica)
    end = await one.fetchval("SELECT pg_current_wal_flush_lsn()::text")
    async with asyncio.timeout(PATIENCE):
        while not await other.fetchval("SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", end):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await one.close()
    await other.close()
