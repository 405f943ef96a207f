"""Proof: a partner keeps 3,291 real products in step through a proxy that cuts one answer in five, each effect once;
and 100 batches at once that touch the same 200 products in opposite orders lose no update.

    python -m tests.prove.partners

`TANDEM_TEST_DATA` names the folder of the real products; without them as many made-up ones stand in.
`tests/server/test_partners.py` and `tests/behaviour/test_batches.py` are the short forms.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from app.domain.unit_of_work import Engine
from tests import cut_answers, lines, partners, proofs
from tests.databases import Databases
from tests.servers import Server

ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
PROTOCOLS = ("v2", "graphql")
PRODUCTS, SIZE = 3_291, 50
CLIENTS, SHARED = 100, 200
Row = Sequence[Any]


def catalogue() -> tuple[str, list[dict[str, Any]]]:
    """What the products are, and their lines."""
    root = Path(__file__).parent.parent.parent
    path = Path(os.environ.get("TANDEM_TEST_DATA", root.parent / "shared" / "data")) / "bestbuy-products.ndjson"
    if path.exists():
        return "real", [json.loads(line) for line in path.read_text().splitlines()]
    flat = ({**lines.line(n), "categories": [f"Shelf {n % 90}", "Offers"]} for n in range(PRODUCTS))
    return "made up", list(flat)


def journey(databases: Databases, folder: Path, engine: Engine, protocol: str, found: list[dict[str, Any]]) -> Row:
    """One journey; the last two cells are what differs, and what did not happen once."""
    server = Server(databases.create(engine), folder / f"{engine}-{protocol}", TANDEM_AUTH="open")
    begun = time.monotonic()
    with cut_answers.cutting(server.port) as proxy:
        kept = partners.keep(partners.Partner(proxy.port, protocol), found, SIZE)
    seconds = time.monotonic() - begun
    server.stop()
    counts = (proxy.answers, proxy.cuts, kept.replays, f"{seconds:.0f}")
    return (engine, protocol, *counts, len(kept.differences), len(kept.not_once))


def opposite(databases: Databases, folder: Path, engine: Engine, protocol: str) -> Row:
    """Batches at once over the same products, in opposite orders, each of which edits and restocks every one of them.

    The last cell counts products that lack an edit or a piece.
    """
    server = Server(databases.create(engine), folder / f"{engine}-{protocol}-opposite", TANDEM_AUTH="open")
    skus = [f"S{n}" for n in range(SHARED)]
    first = partners.Partner(server.port, protocol)
    first.upsert([{"sku": sku, "name": sku, "price": 1, "stock": 0} for sku in skus], SHARED, "make")
    clients = [partners.Partner(server.port, protocol) for _ in range(CLIENTS)]
    failed: list[BaseException] = []

    def run(number: int, client: partners.Partner) -> None:
        try:
            client.edit_and_restock(skus[:: 1 if number % 2 else -1], f"batch-{number}")
        except BaseException as error:  # noqa: BLE001 - it is counted
            failed.append(error)
            click.echo(f"{engine} {protocol}: {error!r}"[:500], err=True)

    threads = [threading.Thread(target=run, args=one) for one in enumerate(clients)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begun
    found = [(product.stock, version) for _, product, version in first.catalogue()]
    wrong = sum(one != (CLIENTS, 1 + CLIENTS) for one in found) + abs(len(found) - SHARED)
    server.stop()
    return (engine, protocol, sum(client.retries for client in clients), f"{seconds:.1f}", len(failed), wrong)


def main() -> int:
    """Print both tables; the exit status says whether nothing differs."""
    with proofs.databases() as (databases, folder):
        kind, found = catalogue()
        every = [(engine, protocol) for engine in ENGINES for protocol in PROTOCOLS]
        journeys = [journey(databases, folder, *one, found) for one in every]
        title = f"{len(found):,} {kind} products made, changed and sold by batches of {SIZE}, one answer in five cut"
        header = ("engine", "over", "answers", "cut", "replays", "seconds", "differences", "not once")
        proofs.table(title, header, journeys)
        crossing = [opposite(databases, folder, *one) for one in every]
        title = f"{CLIENTS} batches at once over the same {SHARED} products, in opposite orders"
        proofs.table(title, ("engine", "over", "asked again", "seconds", "failed", "wrong products"), crossing)
    return int(any(row[-1] or row[-2] for row in (*journeys, *crossing)))


if __name__ == "__main__":
    sys.exit(main())
