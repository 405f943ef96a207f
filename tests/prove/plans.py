"""Proves that plans answer as graphql-core does over naive resolvers: 10,000 random documents an engine."""

import asyncio
import sys
from random import Random

import click

from app.domain.unit_of_work import Engine
from tests.proofs import databases, table
from tests.schema.differences import Compared, compare, fill
from tests.service import Service

DOCUMENTS = 10_000
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


def main() -> int:
    """Compare on both engines and print the table; 1 where anything differs."""
    with databases() as (made, _):
        urls = {engine: made.create(engine) for engine in _ENGINES}
        found = {engine: asyncio.run(_compare(url)) for engine, url in urls.items()}
    rows = [
        [engine, f"{DOCUMENTS:,}", f"{one.with_data:,}", f"{one.with_errors:,}", len(one.differences)]
        for engine, one in found.items()
    ]
    table(
        "GraphQL plans against graphql-core", ["engine", "documents", "with data", "errors beside", "different"], rows
    )
    for difference in [one for compared in found.values() for one in compared.differences[:3]]:
        click.echo(difference, err=True)
    return int(any(one.differences for one in found.values()))


async def _compare(url: str) -> Compared:
    service = Service(url, checked=False, graphql_max_cost=1_000_000)
    await fill(service)
    compared = await compare(service, DOCUMENTS, Random(20))
    await service.close()
    return compared


if __name__ == "__main__":
    sys.exit(main())
