"""Opens what the catalogue and lists are read from: the database, or replicas if the settings name some."""

import time
from collections.abc import Callable, Sequence

from app.domain.unit_of_work import Database, Readable
from app.stores.postgres.database import PostgresDatabase


def open_readable(database: Database, urls: Sequence[str], redis_url: str | None, clock: Callable[[], int]) -> Readable:
    """The replicas at these URLs, over a primary, or the database itself where there are none."""
    if not urls or redis_url is None or not isinstance(database, PostgresDatabase):
        return database
    # redis has 62 modules, 4 % of a start, and a service without replicas may need none of them.
    from app.stores.replicas.positions import LastWrites  # noqa: PLC0415
    from app.stores.replicas.reads import ReplicaReads  # noqa: PLC0415

    replicas = [PostgresDatabase(url, clock) for url in urls]
    return ReplicaReads(database, replicas, LastWrites(redis_url, time.monotonic))
