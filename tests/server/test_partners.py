"""A partner's journey: products by batches under its own skus, over a link that loses one answer in five."""

from pathlib import Path

import pytest

from app.domain.unit_of_work import Engine
from tests import cut_answers, lines, partners
from tests.databases import Databases
from tests.servers import Server

pytestmark = pytest.mark.server
PRODUCTS, SIZE = 300, 20


@pytest.mark.parametrize("protocol", ["v2", "graphql"])
def test_journey(databases: Databases, engine: Engine, tmp_path: Path, protocol: str) -> None:
    """The catalogue is the file's, and every batch took effect once, though answers were lost after their effect."""
    server = Server(databases.create(engine), tmp_path / "log", TANDEM_AUTH="open")
    found = [{**lines.line(n), "categories": [f"Shelf {n % 9}", "Offers"]} for n in range(PRODUCTS)]
    try:
        with cut_answers.cutting(server.port) as proxy:
            kept = partners.keep(partners.Partner(proxy.port, protocol), found, SIZE)
    finally:
        server.stop()
    assert kept.differences == []
    assert kept.not_once == []
    assert kept.retries == proxy.cuts > PRODUCTS // SIZE // 5
    assert kept.replays > 0
