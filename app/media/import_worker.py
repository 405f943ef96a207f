"""The import worker of a process: runs the imports of a database one at a time, and continues killed ones."""

import asyncio
from collections import Counter
from contextlib import suppress
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

import msgspec
import structlog

from app.bulk import import_files, import_requests, import_runner
from app.bulk.import_options import Notes, UnreadableFile
from app.domain.bulk import import_jobs
from app.domain.bulk.import_jobs import Job, Stopped
from app.domain.bulk.imports import Report
from app.domain.errors import Conflict, Invalid, NotFound, TandemError
from app.domain.files import files
from app.domain.files.files import File
from app.domain.import_models import DONE, FAILED
from app.domain.unit_of_work import Unit
from app.media.blob_storage import Storage

_log = structlog.get_logger("tandem")
_SECONDS_BETWEEN_LOOKS = 5.0
"""The interval at which a process checks the imports of other processes."""
_SECONDS_IDLE = 30.0
"""Poll interval while no import is pending."""
_SECONDS_BETWEEN_SIGNS = import_jobs.LEASE / 4_000_000
_MAX_NOT_HELD = 100


class _Progress(NamedTuple):
    """Records the progress of a job while this worker holds it."""

    job: int
    worker: str
    skip: int

    async def record(self, unit: Unit, report: Report, lines: int, size: int) -> None:
        """Record the outcome of some lines in their transaction; raises `Stopped`."""
        await import_jobs.record(unit, self.job, self.worker, report, lines, size)


class ImportWorker:
    """Runs the queued imports of a database while no other process runs one."""

    def __init__(self, storage: Storage) -> None:
        self._storage, self._database = storage, storage.database
        self._name, self._wake = files.new_id(), asyncio.Event()

    def wake(self) -> None:
        """Signal that an import is queued."""
        self._wake.set()

    async def run(self) -> None:
        """Run imports until cancelled."""
        while True:
            self._wake.clear()
            seconds = _SECONDS_BETWEEN_LOOKS
            try:
                while await self.step():
                    pass
                if not (await self._database.read(import_jobs.line)).unfinished:
                    seconds = _SECONDS_IDLE
            except TandemError:  # the database is unavailable; a started import continues once its lease has expired
                pass
            except Exception:  # noqa: BLE001 - the next import may succeed
                _log.exception("import failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    async def sweep(self, ttl: int) -> bool:
        """Delete some imports that ended longer ago than `ttl` microseconds; returns whether there may be more."""
        return await self._database.write(lambda unit: import_jobs.sweep(unit, ttl))

    async def step(self) -> bool:
        """Run the next import; returns whether there was one."""
        if not (await self._database.read(import_jobs.line)).waits:
            return False
        job = await self._database.write(lambda unit: import_jobs.claim(unit, self._name))
        if job is None:
            return False
        signs = asyncio.create_task(self._show_signs(job))
        try:
            await self._import(job)
        except Stopped:
            _log.info("import stopped", id=job.id)
        finally:
            signs.cancel()
        return True

    async def _show_signs(self, job: Job) -> None:
        """Renew the lease between batches."""
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_SIGNS)
            with suppress(TandemError, Stopped):  # the next batch finds out
                await self._database.write(lambda unit: import_jobs.record(unit, job.id, self._name, Report()))

    async def _import(self, job: Job) -> None:
        notes = Notes()
        status, message = DONE, None
        try:
            file = await self._database.read(lambda unit: files.get(unit, job.file_id))
            with TemporaryFile() as stream:
                async for chunk in self._storage.read(file.sha256):
                    await asyncio.to_thread(stream.write, chunk)
                stream.seek(0)
                await self._read(job, file, stream, notes)
        except UnreadableFile as problem:
            status, message = FAILED, import_requests.about_file(problem)
        except NotFound:
            status, message = FAILED, "The file no longer exists."
        except (Conflict, Invalid):
            status, message = FAILED, "Other requests kept changing the same products. Import the file again."
        except (TandemError, Stopped, asyncio.CancelledError):
            raise
        except Exception:  # noqa: BLE001 - it would come again whoever tried
            _log.exception("import failed", id=job.id)
            status, message = FAILED, "The service failed to import the file."
        counts = notes.unused + (notes.summary.not_held if notes.summary else Counter[str]())
        held = counts.most_common(_MAX_NOT_HELD)
        await self._database.write(lambda unit: import_jobs.finish(unit, job.id, self._name, status, message, held))

    async def _read(self, job: Job, file: File, stream: BinaryIO, notes: Notes) -> None:
        """Run the importer over the lines of a file."""
        options = msgspec.json.decode(job.options)
        suffix = f".{file.name.rpartition('.')[2]}" if "." in file.name else ""
        lines = import_files.read(stream, suffix, import_requests.options(job.format, options), notes)
        await import_runner.run(
            self._database,
            lines,
            lambda *_: None,
            dry_run=bool(job.dry_run),
            last_wins=options["lastWins"],
            checkpoint=_Progress(job.id, self._name, job.lines),
        )
