"""The parts of the application that routes and middleware share, opened by the settings, and the tasks beside them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cached_property, partial

from app.domain import commands
from app.domain.callers import EVERYONE, Caller
from app.domain.changes.change_log import ChangeLog
from app.domain.idempotency import IdempotentRunner
from app.domain.unit_of_work import Database
from app.http.outgoing import Network
from app.media.blob_storage import Storage
from app.media.image_pool import ImagePool
from app.media.import_worker import ImportWorker
from app.media.product_images import ProductImages
from app.media.resumable_uploads import ResumableUploads
from app.middleware.access import Access
from app.observability import logs, metrics
from app.observability.access_log import AccessLog
from app.observability.shared_metrics import SharedMetrics
from app.pages import start_up
from app.pages.health import Readiness
from app.rate_limiting.limits import Rates
from app.rate_limiting.token_bucket import Buckets, MemoryBuckets
from app.server.background_tasks import run_periodically
from app.server.webhook_sender import WebhookSender
from app.settings import Settings
from app.stores import keys
from app.stores.database import open_database
from app.stores.keys import Verifier
from app.stores.open_blobs import open_blobs
from app.stores.open_readable import open_readable
from app.stores.snapshot_cache import SnapshotCache


class Components:
    """The services of a process. `clock` is the time of day, `steady` the monotonic clock, both in microseconds."""

    def __init__(self, settings: Settings, clock: Callable[[], int], steady: Callable[[], int], *, local: bool) -> None:
        self.settings, self._clock = settings, clock
        self.database = open_database(settings.database_url, clock)
        self._readable = open_readable(self.database, settings.database_replica_urls, settings.redis_url, clock)
        self.cache = SnapshotCache(self._readable, settings.cache_bytes)
        self.runner = IdempotentRunner(self.database, settings.idempotency_ttl * 1_000_000)
        self.changes = ChangeLog(self.database, settings.changes_ttl * 1_000_000)
        verifier = None if settings.auth == "open" else Verifier(self.database)
        self.access = Access(verifier, local=local and settings.auth is None)
        self.developing = verifier is None or self.access.local
        self._buckets, ping = _open_buckets(settings, steady)
        self.rates = None if settings.rate_limit == "off" else Rates(settings.rate_limit, self._buckets)
        self.ready = Readiness(self.database, ping)
        self._storage, self._pool = Storage(open_blobs(settings.files_url), self.database), ImagePool()
        self.images = ProductImages(self._storage, self._pool)
        self.uploads = ResumableUploads(self._storage, settings.max_file_bytes)
        self._imports = ImportWorker(self._storage)
        self.runner.after[commands.IMPORT] = self._imports.wake
        self.metrics = SharedMetrics(metrics.REGISTRY, settings.metrics_folder)
        metrics.DATABASE.read = self.database.connections
        self.access_log = AccessLog(logs.write, readable=settings.log_format == "console")

    @cached_property
    def webhook_hosts(self) -> frozenset[str]:
        """The hosts that webhooks may reach in any network."""
        return frozenset(self.settings.webhook_hosts)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the tasks in the background; at the end, stop them and close everything."""
        ttl = self.changes.ttl
        owners = _owners(self.database, nameless=self.developing)
        webhooks = WebhookSender(self.database, owners, ttl, self._clock, Network(trusted=self.webhook_hosts))
        sweeps = (self.runner, self.changes, webhooks, self._storage, self.uploads)
        running = (
            *(run_periodically(one.sweep) for one in sweeps),
            run_periodically(partial(self._imports.sweep, ttl)),
            self._imports.run(),
            webhooks.run(),
            self.metrics.write_periodically(),
        )
        tasks = [asyncio.create_task(one) for one in running]
        await self._buckets.open()
        await start_up.report(str(self.access), self.settings.trusted_proxies, self.ready)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await webhooks.close()
        await self.changes.feed.close()
        self.access_log.flush()
        self._pool.close()
        await self._buckets.close()
        await self._readable.close()
        logs.end()


def _owners(database: Database, *, nameless: bool) -> Callable[[str], Awaitable[Caller | None]]:
    """Returns the caller that owns a webhook; without a name it is everyone, if the service is open."""

    async def owner(name: str) -> Caller | None:
        if not name:
            return EVERYONE if nameless else None
        return await keys.caller_of(database, name)

    return owner


def _open_buckets(
    settings: Settings, steady: Callable[[], int]
) -> tuple[Buckets, Callable[[], Awaitable[bool]] | None]:
    """The rate limiter's buckets, and what checks their Redis."""
    if settings.redis_url is None:
        return MemoryBuckets(steady), None
    # redis has 62 modules, 4 % of a start, and a service without it needs none of them.
    from app.rate_limiting import redis_token_bucket as redis  # noqa: PLC0415

    buckets = redis.RedisBuckets(settings.redis_url, settings.redis_deadline_ms / 1000)
    return buckets, partial(redis.answers, settings.redis_url)
